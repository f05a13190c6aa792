// Any bytes as a string literal of the profile language. What is written here reads back to exactly those bytes
// and cannot end the string early: targets come from logs, and whoever chooses a file's name chooses them.
//
//   *StringLiteral("/tmp/a\"b\n") == R"("/tmp/a\"b\n")"
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace sbtune::sbpl {

// With its quotes. Printable ASCII and well-formed printable UTF-8 stand as they are; a quote and a backslash get
// a backslash; \n \t \r; every other byte \xHH. Fails, with the reason, on bytes that no literal can carry: NUL
// (the interpreter's strings end there), and "${" (newer systems read it as a variable's name inside a pattern).
[[nodiscard]] base::Result<std::string> StringLiteral(std::string_view bytes);

}  // namespace sbtune::sbpl
