// Which paths a filter lets through: one asked about, or all of a reference tree.
//
//   Lets(rule.filter, "/Users/me", "/Users/me/.cache/tool/x", places);  // the root's value in that run, then the path
#pragma once

#include <string_view>
#include <vector>

#include "profiles/catalog/places.h"
#include "profiles/tune/generalize/general_rule.h"
#include "profiles/tune/generalize/reference_tree.h"

namespace sbtune::tune {

// Whether the filter lets this path through, where the filter's root has the value `root`.
[[nodiscard]] bool Lets(const PathFilter& filter, std::string_view root, std::string_view path,
                        const catalog::Places& places);

// The filter as it compares on a volume that folds case: asked with a root and a path in lower case.
[[nodiscard]] PathFilter Folded(PathFilter filter);

// Paths of the tree that the filter lets through.
[[nodiscard]] std::vector<ReferenceTree::Node> OpenedIn(const ReferenceTree& tree, const PathFilter& filter,
                                                        std::string_view root, const catalog::Places& places);

}  // namespace sbtune::tune
