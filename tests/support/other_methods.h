// How other tools make rules of recorded accesses, reduced to their idea, for comparison in the bench: each
// gives filters for the same evidence over the same placed paths.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "profiles/tune/generalize/general_rule.h"
#include "profiles/tune/generalize/placement.h"

namespace sbtune::test {

// What was seen, one filter for each operation and path.
[[nodiscard]] std::vector<tune::GeneralRule> LiteralRules(std::span<const tune::PathDenial> denials,
                                                          const tune::Placement& placement);

// As KubeArmor's discovery: a folder with more than three observed entries becomes a rule for the whole
// folder.
[[nodiscard]] std::vector<tune::GeneralRule> ManyChildrenRules(std::span<const tune::PathDenial> denials,
                                                               const tune::Placement& placement);

// As landlock-genprof: everything below the third component of a path is one rule.
[[nodiscard]] std::vector<tune::GeneralRule> DepthThreeRules(std::span<const tune::PathDenial> denials,
                                                             const tune::Placement& placement);

}  // namespace sbtune::test
