// From denied paths of several runs to fewer, wider filters that let the next run through as well.
//
//   Placement placement(runs, parameters, places);
//   Generalized result = GeneralizePaths(denials, placement, places, {.tree = &tree});
//
// Minimises  bytes of the rules
//            + sum over rules of alpha * log2(1 + w) + excess * w,  w = weight of the paths opened beyond the
//            evidence
//            + gamma * denials that the next run would still meet
// exactly, over every way to cover the evidence by literals, shapes and folders of the evidence's tree;
// within what the places permit (placement of guards: catalog/places.h), which no weight can buy off. What
// the next run would still meet is estimated by what only one run met (Good and Turing). Denials that need
// the user's word are handed back in `asked`. The result depends on the set of denials only, not on their
// order.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "profiles/catalog/places.h"
#include "profiles/tune/generalize/general_rule.h"
#include "profiles/tune/generalize/placement.h"
#include "profiles/tune/generalize/reference_tree.h"

namespace sbtune::tune {

struct GeneralizeWeights {
  double byte = 1;      // of profile text
  double alpha = 64;    // of doubling the weight of what is opened
  double gamma = 2600;  // of one denial that the next run meets: about what it costs to ask the user again
  double excess = 6.5;  // of each unit of weight opened: much stays dear, however much is open already
};

struct GeneralizeOptions {
  GeneralizeWeights weights;
  const ReferenceTree* tree = nullptr;  // without it folders count as folders of their name or depth usually hold
  // The most paths of the tree that the rules together may open beyond the evidence for looking and reading. Where
  // the cheapest answer opens more, opening is made dearer until it fits. Without a tree nobody can count; then no
  // single folder may usually hold more than five times as much.
  double budget = 1000;
  // Asked before a rule is made wider than one path; nothing: everything that the places permit.
  std::function<bool(const PathFilter&, const std::string& operation)> permits;
};

[[nodiscard]] Generalized GeneralizePaths(std::span<const PathDenial> denials, const Placement& placement,
                                          const catalog::Places& places, const GeneralizeOptions& options);

}  // namespace sbtune::tune
