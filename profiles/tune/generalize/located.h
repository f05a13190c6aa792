// Where the nodes of the evidence lie in the reference tree, or how much they usually hold where there is no tree.
//
//   const Located located = Locate(evidence, placement, places, options.tree);
//   located.places[node];  // of the tree; more than one where runs have different roots or the node is a shape
#pragma once

#include <vector>

#include "profiles/catalog/places.h"
#include "profiles/tune/generalize/evidence_tree.h"
#include "profiles/tune/generalize/placement.h"
#include "profiles/tune/generalize/reference_tree.h"

namespace sbtune::tune {

struct Located {
  std::vector<std::vector<ReferenceTree::Node>> places;  // for each node; all empty without a tree
  std::vector<double> usual;                             // paths at and below each node; empty with a tree
};

// `tree` may be null.
[[nodiscard]] Located Locate(const EvidenceTree& evidence, const Placement& placement, const catalog::Places& places,
                             const ReferenceTree* tree);

}  // namespace sbtune::tune
