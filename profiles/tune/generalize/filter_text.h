// A filter as the profile has it, in terms of the profile's parameters:
//   (subpath (string-append (param "HOME") "/.cache/tool"))
// and, for deciding, with the values that the parameters have in one run.
#pragma once

#include <string>
#include <string_view>

#include "profiles/catalog/places.h"
#include "profiles/sbpl/rule.h"
#include "profiles/tune/generalize/general_rule.h"
#include "profiles/tune/generalize/placement.h"

namespace sbtune::tune {

// Each argument's value is what it evaluates to where the root's parameter is `value`; its alias is the text to
// write. For the file system's root `value` is "/".
[[nodiscard]] sbpl::Filter MakeFilter(const PathFilter& filter, const Root& root, std::string_view value,
                                      const catalog::Places& places);

[[nodiscard]] std::string FilterText(const PathFilter& filter, const Root& root, const catalog::Places& places);

// About how many bytes such a text has whose part below the root has `size` bytes.
[[nodiscard]] double TextSize(FilterKind kind, const Root& root, std::size_t size);

// A raw string where that reads better, else a string literal.
[[nodiscard]] std::string RegexLiteral(std::string_view regex);

}  // namespace sbtune::tune
