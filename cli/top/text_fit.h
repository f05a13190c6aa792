// Text cut to columns of a terminal: escaped, so that no byte steers it, and measured, so that wide characters never
// push a line over the edge. Widths are those of the process's locale (wcwidth).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sbtune::top {

enum class Keep { kBeginning, kEnd };  // which part of a text that is too long

// Columns that valid UTF-8 takes; a character of unknown width counts as one.
[[nodiscard]] std::size_t Columns(std::string_view text);

// Exactly `columns` wide, filled with blanks; what was left away shows as "…".
[[nodiscard]] std::string Fit(std::string_view bytes, std::size_t columns, Keep keep);

}  // namespace sbtune::top
