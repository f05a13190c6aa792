// Whole outputs kept as files under tests/golden, reviewed like code. With SBTUNE_UPDATE_GOLDEN=1 in the
// environment they are rewritten instead of compared.
//
//   test::CheckGolden("suggest/crlf.txt", output);
#pragma once

#include <string>
#include <string_view>

namespace sbtune::test {

// Bytes that a text file does not keep well (CR, escapes, bytes beyond ASCII) should come as \xHH: see Visible.
void CheckGolden(std::string_view name, const std::string& actual);

// Printable ASCII and newlines as they are; a backslash doubled; every other byte as \xHH, CR as \r, tab as \t.
[[nodiscard]] std::string Visible(std::string_view bytes);

}  // namespace sbtune::test
