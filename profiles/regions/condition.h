// Filters as conditions: see space.h.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "profiles/regions/space.h"

namespace sbtune::regions {

// When all, or any, of the filters match. Nothing if too complex.
[[nodiscard]] std::optional<Automaton> ConditionOfAny(Space& space, const TargetSpace& targets,
                                                      std::span<const sbpl::Node* const> filters);
[[nodiscard]] std::optional<Automaton> ConditionOf(Space& space, const TargetSpace& targets, const sbpl::Node& filter);

// The base names of all filters in the tree, for SpaceOf.
void CollectBases(const sbpl::Node& filter, std::vector<std::string>& bases);

// Label-wise, over conditions. Nothing if too complex.
[[nodiscard]] std::optional<Automaton> And(Space& space, const Automaton& a, const Automaton& b);
[[nodiscard]] std::optional<Automaton> Or(Space& space, const Automaton& a, const Automaton& b);
[[nodiscard]] Automaton Not(Space& space, const Automaton& a);
[[nodiscard]] Automaton Always(Space& space);
[[nodiscard]] Automaton Never(Space& space);
// A set of words (labels 0 and 1) as a condition that no fact has a part in.
[[nodiscard]] Automaton ConditionFrom(Space& space, const Automaton& words);

}  // namespace sbtune::regions
