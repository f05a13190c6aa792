// Denied paths of all runs as one tree per root, in which names of one shape have become one node. Nodes are
// numbered so that a parent comes before its children: whoever works bottom-up walks backwards, without
// recursion.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "profiles/catalog/places.h"
#include "profiles/tune/generalize/general_rule.h"
#include "profiles/tune/generalize/placement.h"
#include "profiles/tune/generalize/reference_tree.h"

namespace sbtune::tune {

// The denials of one operation at one placed path, merged over the runs that place it there.
struct TreeItem {
  std::uint32_t operation = 0;  // into EvidenceTree::operations
  std::uint32_t literal = 0;    // into EvidenceTree::literals: the path as seen
  std::vector<std::uint32_t> runs;
  std::vector<std::uint32_t> ids;
};

struct TreeOperation {
  std::string name;
  catalog::Reach reach = catalog::Reach::kRead;
};

struct TreeNode {
  std::uint32_t parent = 0;  // of a root: itself
  std::uint32_t root = 0;    // of the placement
  std::uint32_t depth = 0;   // steps below the root
  NamePattern name;          // of a root: nothing
  bool patterned = false;    // this name or one above it is no plain name
  bool once = false;       // only one run has evidence here or below, though there are more runs
  bool own = false;          // the program's own folder, or in it
  std::vector<TreeItem> items;
};

struct EvidenceTree {
  std::vector<TreeOperation> operations;  // by name
  std::vector<TreeNode> nodes;
  std::vector<Placed> literals;  // distinct placed paths; `rest` views into the denials
  std::size_t runs = 0;          // that have evidence at all
  std::vector<Asked> asked;

  [[nodiscard]] std::vector<NamePattern> Steps(std::uint32_t node) const;
};

// `tree` may be null. The result views into `denials`.
[[nodiscard]] EvidenceTree BuildEvidenceTree(std::span<const PathDenial> denials, const Placement& placement,
                                             const catalog::Places& places, const ReferenceTree* tree);

// The pattern's absolute forms for asking about places: one for each value of its root and each ending of its
// names. For the program's own roots one value speaks for all (Placement has asked about every one).
[[nodiscard]] std::vector<std::vector<catalog::PathStep>> AbsoluteForms(const Root& root,
                                                                        std::span<const NamePattern> steps);

// The worst over all forms.
[[nodiscard]] catalog::Survey AskAll(const catalog::Places& places,
                                     std::span<const std::vector<catalog::PathStep>> forms,
                                     catalog::Places::Extent extent, catalog::Reach reach,
                                     catalog::Places::Owner owner);

}  // namespace sbtune::tune
