// The sets of targets that the filters of two profiles name, by which differences are told. Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "profiles/regions/describe.h"
#include "profiles/regions/rule_table.h"
#include "profiles/regions/space.h"

namespace sbtune::compare {

// Filters of the rules that the operation asks: expressions, and combinations that no other fact has a part in.
[[nodiscard]] std::vector<regions::NamedSet> NamedSets(regions::Space& space, const regions::RuleTable& table,
                                                       const std::vector<regions::RuleId>& rules,
                                                       const regions::TargetSpace& targets);

// The filter as the profile language writes it.
[[nodiscard]] std::string Written(const sbpl::Filter& filter);

}  // namespace sbtune::compare
