// From what was found best for each node of the evidence to the rules: the first chosen folder on the way from the
// root covers what lies below it, but for its holes.
//
//   const ChosenRules chosen = CollectRules(evidence, placement, places, cells);
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "profiles/catalog/places.h"
#include "profiles/tune/generalize/evidence_tree.h"
#include "profiles/tune/generalize/general_rule.h"
#include "profiles/tune/generalize/placement.h"

namespace sbtune::tune {

// What is best for one operation at one node and below.
struct Cell {
  std::uint32_t operation = 0;
  std::uint32_t items = 0;
  std::uint32_t in_reference = 0;  // items that the reference tree has
  std::uint32_t branches = 0;      // the node's own items, and children with items
  double cost = 0;
  double misses = 0;   // what the next run will still be denied, if the items stay literal
  double opened = 0;   // paths beyond the evidence, by the rule chosen here
  bool tree = false;   // one rule for the folder
  bool shape = false;  // the node's own items by one regex
  std::vector<std::string> holes{};  // of the folder's rule; see PathFilter
};

// Sorted by operation.
using Cells = std::vector<Cell>;
// Null where the operation has none.
[[nodiscard]] const Cell* CellOf(const Cells& cells, std::uint32_t operation);

struct ChosenRules {
  std::vector<GeneralRule> rules;  // by the text of their filters
  double opened = 0;               // paths beyond the evidence, for looking and reading
};

// `cells` has one element for each node of the evidence.
[[nodiscard]] ChosenRules CollectRules(const EvidenceTree& evidence, const Placement& placement,
                                       const catalog::Places& places, std::span<const Cells> cells);

[[nodiscard]] catalog::Places::Owner OwnerOf(const TreeNode& node);

// Places::Floats() that a rule over a folder leaves out for this way.
[[nodiscard]] std::vector<std::uint32_t> FloatsLeftOut(const catalog::Places& places, catalog::Reach reach);

// What a rule over a folder may never reach is left out of it; for looking and reading only where the folder is the
// program's own, since what is installed holds nobody's secrets.
[[nodiscard]] PathFilter TreeFilter(const EvidenceTree& evidence, const catalog::Places& places, std::uint32_t node,
                                    std::uint32_t operation, const std::vector<std::string>& holes);

}  // namespace sbtune::tune
