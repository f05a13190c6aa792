#include "profiles/tune/generalize/generalize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "profiles/catalog/glob.h"
#include "profiles/sbpl/edit/string_literal.h"
#include "profiles/tune/generalize/chosen_rules.h"
#include "profiles/tune/generalize/evidence_tree.h"
#include "profiles/tune/generalize/filter_text.h"
#include "profiles/tune/generalize/located.h"

namespace sbtune::tune {
namespace {

using catalog::Places;
using catalog::Reach;
using catalog::Width;

constexpr int kMostTries = 40;  // of making dearer what is opened, each time by this much
constexpr double kDearer = 1.5;
// A folder is left out of the rule for the one around it only where it holds most of what that would open; the odd
// folder that nobody entered yet is what the rule is for.
constexpr double kHoleShare = 0.5;
constexpr std::size_t kMostHoles = 3;
constexpr double kHoleFrame = 30;  // bytes: (require-all (require-not ))
constexpr double kGuessedBudgets = 5;  // that one rule may take, where sizes are guessed (and guessed too high)

class Optimizer {
 public:
  Optimizer(const EvidenceTree& evidence, const Placement& placement, const Places& places,
            const GeneralizeOptions& options)
      : evidence_(evidence), placement_(placement), places_(places), options_(options) {}

  Generalized Run() {
    children_.resize(evidence_.nodes.size());
    for (std::uint32_t node = 0; node < evidence_.nodes.size(); ++node) {
      if (evidence_.nodes[node].parent != node) children_[evidence_.nodes[node].parent].push_back(node);
    }
    located_ = Locate(evidence_, placement_, places_, options_.tree);
    MeasureLeaveOuts();
    weights_ = options_.weights;
    ChosenRules chosen;
    for (int tries = 0; tries < kMostTries; ++tries) {
      cells_.assign(evidence_.nodes.size(), {});
      writes_.assign(evidence_.nodes.size(), false);
      for (std::size_t node = evidence_.nodes.size(); node-- > 0;) Solve(static_cast<std::uint32_t>(node));
      chosen = CollectRules(evidence_, placement_, places_, cells_);
      if (options_.tree == nullptr || chosen.opened <= options_.budget) break;
      weights_.alpha *= kDearer;
      weights_.excess *= kDearer;
    }
    Generalized result;
    result.rules = std::move(chosen.rules);
    result.asked = evidence_.asked;
    return result;
  }

 private:
  const Root& RootOf(std::uint32_t node) const { return placement_.roots()[evidence_.nodes[node].root]; }

  double Price(double opened, double weight) const {
    const double sum = std::max(0.0, opened) * weight;
    return weights_.alpha * std::log2(1 + sum) + weights_.excess * sum;
  }

  double LiteralCost(const TreeItem& item) const {
    const Placed& placed = evidence_.literals[item.literal];
    const double bytes =
        TextSize(FilterKind::kLiteral, placement_.roots()[placed.root], placed.rest.size() + 1);
    return weights_.byte * bytes + weights_.gamma * Misses(item);
  }

  // As many new ones will come in a run as came in only one of the runs seen.
  double Misses(const TreeItem& item) const {
    return evidence_.runs > 1 && item.runs.size() == 1 ? 1 / static_cast<double>(evidence_.runs) : 0;
  }

  // Names of one shape share a node: how many places of the tree are these very ones.
  std::uint32_t InReference(std::span<const TreeItem* const> items) const {
    std::set<ReferenceTree::Node> places;
    for (const TreeItem* item : items) {
      const Placed& placed = evidence_.literals[item->literal];
      for (const std::string& value : placement_.roots()[placed.root].values) {
        if (const auto place = options_.tree->Find(value + "/" + std::string(placed.rest))) places.insert(*place);
      }
    }
    return static_cast<std::uint32_t>(places.size());
  }

  bool IsPermitted(const PathFilter& filter, std::uint32_t operation) const {
    return !options_.permits || options_.permits(filter, evidence_.operations[operation].name);
  }

  // The node's own items of one operation.
  Cell Own(std::uint32_t node, std::uint32_t operation, std::span<const TreeItem* const> items) const {
    const TreeNode& it = evidence_.nodes[node];
    Cell cell{operation, static_cast<std::uint32_t>(items.size()), 0, 1, 0, 0, 0, false, false};
    for (const TreeItem* item : items) {
      cell.cost += LiteralCost(*item);
      cell.misses += Misses(*item);
    }
    if (!located_.places[node].empty()) cell.in_reference = it.patterned ? InReference(items) : 1;
    if (!it.patterned) return cell;
    const std::vector<NamePattern> steps = evidence_.Steps(node);
    const Reach reach = evidence_.operations[operation].reach;
    const catalog::Survey survey =
        AskAll(places_, AbsoluteForms(RootOf(node), steps), Places::Extent::kNodes, reach, OwnerOf(it));
    if (survey.treatment.width < Width::kShape || !IsPermitted({FilterKind::kShape, it.root, steps, {}}, operation)) {
      return cell;
    }
    std::size_t size = 0;
    for (const NamePattern& step : steps) size += step.Regex().size() + 1;
    const double opened = static_cast<double>(located_.places[node].size()) - cell.in_reference;
    // What somebody else has there under such a name is not the program's to change, whatever it costs.
    if (opened > 0 && reach >= Reach::kWrite && !it.own) return cell;
    const double cost = weights_.byte * TextSize(FilterKind::kShape, RootOf(node), size) +
                        Price(opened, survey.treatment.weight);
    if (cost < cell.cost) {
      cell.cost = cost;
      cell.opened = opened;
      cell.shape = true;
    }
    return cell;
  }

  // One rule for the whole folder, where that is permitted and cheaper.
  void TryTree(std::uint32_t node, Cell& cell) const {
    const TreeNode& it = evidence_.nodes[node];
    // The narrowest folder that holds the evidence is where it branches.
    if (it.patterned || cell.branches < 2) return;
    const Reach reach = evidence_.operations[cell.operation].reach;
    if (reach == Reach::kRun && !writes_[node]) return;
    const std::vector<NamePattern> steps = evidence_.Steps(node);
    std::size_t size = 0;
    for (const NamePattern& step : steps) size += step.PlainText().size() + 1;
    const double bytes = weights_.byte * (TextSize(FilterKind::kTree, RootOf(node), size) +
                                          (it.own ? leave_out_size_[static_cast<std::size_t>(reach)] : 0));
    if (bytes >= cell.cost) return;
    const std::vector<std::vector<catalog::PathStep>> forms = AbsoluteForms(RootOf(node), steps);
    const catalog::Survey survey = AskAll(places_, forms, Places::Extent::kTree, reach, OwnerOf(it));
    if (survey.treatment.width != Width::kTree) return;
    double opened = 0;
    if (options_.tree != nullptr) {
      for (const ReferenceTree::Node place : located_.places[node])
        opened += static_cast<double>(options_.tree->Below(place));
      opened -= cell.in_reference;
    } else {
      opened = std::max(0.0, located_.usual[node] - cell.items);
      if (!it.own && opened > kGuessedBudgets * options_.budget) return;
    }
    // A folder that only one run had lets nothing through that the next run's folder will hold.
    Folder folder{bytes, opened, it.once ? cell.misses : 0, cell.branches, {}};
    for (bool more = true; more; more = DigHole(node, cell.operation, folder)) {
      const double cost = folder.bytes + Price(folder.opened, survey.treatment.weight) + weights_.gamma * folder.misses;
      if (cost >= cell.cost || !IsPermitted(TreeFilter(evidence_, places_, node, cell.operation, folder.holes), cell.operation)) continue;
      cell.cost = cost;
      cell.opened = folder.opened;
      cell.tree = true;
      cell.holes = folder.holes;
    }
  }

  // A rule for a folder while it is being thought out.
  struct Folder {
    double bytes = 0;  // with what the evidence in the holes costs
    double opened = 0;
    double misses = 0;
    std::uint32_t branches = 0;
    std::vector<std::string> holes;
  };

  struct Child {
    std::string name;
    double size = 0;
    const Cell* cell = nullptr;  // of its evidence; null: none
  };

  // Leaves the greatest folder right below out, with rules of its own for the evidence in it: "site-packages" of a
  // library that is read here and there. False where none is great enough.
  bool DigHole(std::uint32_t node, std::uint32_t operation, Folder& folder) const {
    if (options_.tree == nullptr || evidence_.nodes[node].own || folder.holes.size() >= kMostHoles) return false;
    const auto child = Greatest(node, operation, folder);
    if (!child) return false;
    const TreeNode& it = evidence_.nodes[node];
    double size = static_cast<double>(child->name.size()) + 1;
    for (const NamePattern& step : evidence_.Steps(node)) size += static_cast<double>(step.PlainText().size() + 1);
    folder.bytes += weights_.byte * (TextSize(FilterKind::kTree, placement_.roots()[it.root], static_cast<std::size_t>(size)) +
                                     (folder.holes.empty() ? kHoleFrame : 0));
    folder.opened -= child->size;
    if (child->cell != nullptr) {
      folder.bytes += child->cell->cost;
      folder.branches -= 1;
      if (it.once) folder.misses -= child->cell->misses;
    }
    folder.holes.insert(std::upper_bound(folder.holes.begin(), folder.holes.end(), child->name), child->name);
    return folder.branches >= 2;
  }

  std::optional<Child> Greatest(std::uint32_t node, std::uint32_t operation, const Folder& folder) const {
    std::map<std::string_view, double> sizes;
    std::vector<ReferenceTree::Node> below;
    for (const ReferenceTree::Node place : located_.places[node]) options_.tree->Children(place, below);
    for (const ReferenceTree::Node place : below) {
      const auto size = static_cast<double>(options_.tree->Below(place));
      if (size >= kHoleShare * folder.opened) sizes[options_.tree->NameOf(place)] += size;
    }
    std::optional<Child> greatest;
    for (const auto& [name, size] : sizes) {
      if (std::find(folder.holes.begin(), folder.holes.end(), name) != folder.holes.end()) continue;
      const auto child = ChildOf(node, operation, name, size);
      if (!child || child->size < kHoleShare * folder.opened) continue;
      if (!greatest || child->size > greatest->size) greatest = child;
    }
    return greatest;
  }

  // Nothing where evidence stands under another spelling or a shape, which the hole would close.
  std::optional<Child> ChildOf(std::uint32_t node, std::uint32_t operation, std::string_view name, double size) const {
    Child child{std::string(name), size, nullptr};
    if (!sbpl::StringLiteral(name)) return std::nullopt;
    for (const std::uint32_t kid : children_[node]) {
      const NamePattern& kid_name = evidence_.nodes[kid].name;
      if (!kid_name.IsPlain()) {
        if (kid_name.Matches(name)) return std::nullopt;
        continue;
      }
      if (catalog::FoldCase(kid_name.PlainText()) != catalog::FoldCase(name)) continue;
      if (kid_name.PlainText() != name) return std::nullopt;
      child.cell = CellOf(kid, operation);
      if (child.cell != nullptr) child.size -= child.cell->in_reference;
    }
    return child;
  }

  const Cell* CellOf(std::uint32_t node, std::uint32_t operation) const { return tune::CellOf(cells_[node], operation); }

  std::map<std::uint32_t, std::vector<const TreeItem*>> ByOperation(std::uint32_t node) const {
    std::map<std::uint32_t, std::vector<const TreeItem*>> items;
    for (const TreeItem& item : evidence_.nodes[node].items) items[item.operation].push_back(&item);
    return items;
  }

  // Children were solved before; their cells have been added up in cells_[node].
  void Solve(std::uint32_t node) {
    std::vector<Cell>& cells = cells_[node];
    for (const auto& [operation, items] : ByOperation(node)) {
      const Cell own = Own(node, operation, items);
      const auto found =
          std::lower_bound(cells.begin(), cells.end(), operation,
                           [](const Cell& cell, std::uint32_t wanted) { return cell.operation < wanted; });
      if (found == cells.end() || found->operation != operation) {
        cells.insert(found, own);
      } else {
        found->items += own.items;
        found->in_reference += own.in_reference;
        found->branches += 1;
        found->cost += own.cost;
        found->misses += own.misses;
        found->opened = own.opened;
        found->shape = own.shape;
      }
      writes_[node] = writes_[node] || evidence_.operations[operation].reach == Reach::kWrite;
    }
    for (Cell& cell : cells) TryTree(node, cell);
    const std::uint32_t parent = evidence_.nodes[node].parent;
    if (parent == node) return;
    writes_[parent] = writes_[parent] || writes_[node];
    std::vector<Cell> sum;
    std::vector<Cell>& theirs = cells_[parent];
    auto at = theirs.begin();
    for (const Cell& cell : cells) {
      while (at != theirs.end() && at->operation < cell.operation) sum.push_back(*at++);
      Cell added{cell.operation, cell.items, cell.in_reference, 1, cell.cost, cell.misses, 0, false, false};
      if (at != theirs.end() && at->operation == cell.operation) {
        added.items += at->items;
        added.in_reference += at->in_reference;
        added.branches += at->branches;
        added.cost += at->cost;
        added.misses += at->misses;
        ++at;
      }
      sum.push_back(added);
    }
    sum.insert(sum.end(), at, theirs.end());
    theirs = std::move(sum);
  }

  void MeasureLeaveOuts() {
    for (std::size_t reach = 0; reach < catalog::kReaches; ++reach) {
      const PathFilter bare{FilterKind::kTree, 0, {}, {}};
      const PathFilter closed{FilterKind::kTree, 0, {}, FloatsLeftOut(places_, static_cast<Reach>(reach))};
      const Root& root = placement_.roots().front();
      leave_out_size_[reach] = static_cast<double>(FilterText(closed, root, places_).size()) -
                               static_cast<double>(FilterText(bare, root, places_).size());
    }
  }

  const EvidenceTree& evidence_;
  const Placement& placement_;
  const Places& places_;
  const GeneralizeOptions& options_;
  GeneralizeWeights weights_;
  std::array<double, catalog::kReaches> leave_out_size_{};  // bytes
  Located located_;
  std::vector<std::vector<std::uint32_t>> children_;
  std::vector<Cells> cells_;
  std::vector<bool> writes_;  // something at or below the node was written
};

}  // namespace

Generalized GeneralizePaths(std::span<const PathDenial> denials, const Placement& placement,
                            const Places& places, const GeneralizeOptions& options) {
  const EvidenceTree evidence = BuildEvidenceTree(denials, placement, places, options.tree);
  return Optimizer(evidence, placement, places, options).Run();
}

}  // namespace sbtune::tune
