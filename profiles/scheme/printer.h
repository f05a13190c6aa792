// Values as text, as `write` and `display` spell them. Without recursion, and never longer than asked for.
#pragma once

#include <cstddef>
#include <string>

#include "profiles/scheme/value.h"

namespace sbtune::scheme {

enum class PrintStyle { kWrite, kDisplay };  // strings with quotes and escapes, or their bytes

// What does not fit into `most` bytes is cut and marked "...".
[[nodiscard]] std::string Print(const Value& value, PrintStyle style, std::size_t most = 4096);

// A number in base 2, 8, 10 or 16; reals always in base 10.
[[nodiscard]] std::string FormatNumber(const Value& number, int base);

}  // namespace sbtune::scheme
