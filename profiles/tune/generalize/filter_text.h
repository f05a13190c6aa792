// A filter as profile text, with the profile's parameters: (subpath (string-append (param "HOME")
// "/.cache/tool")).
#pragma once

#include <string>

#include "profiles/catalog/places.h"
#include "profiles/tune/generalize/general_rule.h"
#include "profiles/tune/generalize/placement.h"

namespace sbtune::tune {

[[nodiscard]] std::string FilterText(const PathFilter& filter, const Root& root,
                                     const catalog::Places& places);

// About how many bytes such a text has whose part below the root has `size` bytes.
[[nodiscard]] double TextSize(FilterKind kind, const Root& root, std::size_t size);

}  // namespace sbtune::tune
