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
#include "profiles/tune/generalize/evidence_tree.h"
#include "profiles/tune/generalize/filter_text.h"

namespace sbtune::tune {
namespace {

using catalog::Places;
using catalog::Reach;
using catalog::Width;

// How many paths a folder holds at this depth, where no reference tree tells: rounded from a few Macs' and
// Linux machines' trees. Only orders of magnitude matter.
double DepthSize(std::size_t depth) {
  constexpr double kSizes[] = {2'000'000, 500'000, 60'000, 4'000, 600, 200, 100, 60};
  return kSizes[std::min(depth, std::size(kSizes) - 1)];
}
constexpr double kUsualOwnSize = 100;
constexpr int kMostTries = 40;  // of making dearer what is opened, each time by this much
constexpr double kDearer = 1.5;
// A folder is left out of the rule for the one around it only where it holds most of what that would open; the odd
// folder that nobody entered yet is what the rule is for.
constexpr double kHoleShare = 0.5;
constexpr std::size_t kMostHoles = 3;
constexpr double kHoleFrame = 30;  // bytes: (require-all (require-not ))
constexpr double kGuessedBudgets = 5;  // that one rule may take, where sizes are guessed (and guessed too high)

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
    Locate();
    MeasureLeaveOuts();
    weights_ = options_.weights;
    for (int tries = 0; tries < kMostTries; ++tries) {
      cells_.assign(evidence_.nodes.size(), {});
      writes_.assign(evidence_.nodes.size(), false);
      for (std::size_t node = evidence_.nodes.size(); node-- > 0;) Solve(static_cast<std::uint32_t>(node));
      rules_.clear();
      opened_ = 0;
      counted_.assign(evidence_.nodes.size(), 0);
      Collect();
      if (options_.tree == nullptr || opened_ <= options_.budget) break;
      weights_.alpha *= kDearer;
      weights_.excess *= kDearer;
    }
    Generalized result;
    for (auto& [key, rule] : rules_) {
      std::sort(rule.operations.begin(), rule.operations.end());
      Sort(rule.covers);
      Sort(rule.runs);
      result.rules.push_back(std::move(rule));
    }
    result.asked = evidence_.asked;
    return result;
  }

 private:
  static void Sort(std::vector<std::uint32_t>& ids) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  }

  const Root& RootOf(std::uint32_t node) const { return placement_.roots()[evidence_.nodes[node].root]; }

  // The places of the reference tree that each node stands for.
  void Locate() {
    located_.resize(evidence_.nodes.size());
    if (options_.tree == nullptr) return Guess();
    for (std::uint32_t node = 0; node < evidence_.nodes.size(); ++node) {
      const TreeNode& it = evidence_.nodes[node];
      if (it.parent == node) {
        for (const std::string& value : RootOf(node).values) {
          if (const auto found = options_.tree->Find(value)) located_[node].push_back(*found);
        }
        continue;
      }
      for (const ReferenceTree::Node parent : located_[it.parent]) {
        if (!it.name.IsPlain()) {
          options_.tree->Children(parent, it.name, located_[node]);
        } else if (const auto child = options_.tree->Child(parent, it.name.PlainText())) {
          located_[node].push_back(*child);
        }
      }
    }
  }

  // Without a reference tree: a folder holds what folders of its name or depth hold, and at least what the
  // folders seen in it do. In what is the program's own nothing was before it came: there the evidence counts, and
  // not once more for each folder.
  void Guess() {
    usual_.assign(evidence_.nodes.size(), 1);
    std::vector<double> seen(evidence_.nodes.size(), 1);
    std::vector<bool> folder(evidence_.nodes.size(), false);
    for (std::size_t i = evidence_.nodes.size(); i-- > 0;) {
      const auto node = static_cast<std::uint32_t>(i);
      const TreeNode& it = evidence_.nodes[node];
      if (folder[node]) {
        if (it.own) {
          usual_[node] = std::max(seen[node], kUsualOwnSize);
        } else {
          const auto form = AbsoluteForms(RootOf(node), evidence_.Steps(node)).front();
          usual_[node] = std::max(usual_[node], std::max(places_.UsualSize(form), DepthSize(form.size())));
        }
      }
      if (it.parent == node) continue;
      folder[it.parent] = true;
      usual_[it.parent] += usual_[node];
      seen[it.parent] += seen[node];
    }
  }

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

  Places::Owner OwnerOf(const TreeNode& node) const {
    return node.own ? Places::Owner::kProgram : Places::Owner::kAnybody;
  }

  // The node's own items of one operation.
  Cell Own(std::uint32_t node, std::uint32_t operation, std::span<const TreeItem* const> items) const {
    const TreeNode& it = evidence_.nodes[node];
    Cell cell{operation, static_cast<std::uint32_t>(items.size()), 0, 1, 0, 0, 0, false, false};
    for (const TreeItem* item : items) {
      cell.cost += LiteralCost(*item);
      cell.misses += Misses(*item);
    }
    if (!located_[node].empty()) cell.in_reference = it.patterned ? InReference(items) : 1;
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
    const double opened = static_cast<double>(located_[node].size()) - cell.in_reference;
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
      for (const ReferenceTree::Node place : located_[node])
        opened += static_cast<double>(options_.tree->Below(place));
      opened -= cell.in_reference;
    } else {
      opened = std::max(0.0, usual_[node] - cell.items);
      if (!it.own && opened > kGuessedBudgets * options_.budget) return;
    }
    // A folder that only one run had lets nothing through that the next run's folder will hold.
    Folder folder{bytes, opened, it.once ? cell.misses : 0, cell.branches, {}};
    for (bool more = true; more; more = DigHole(node, cell.operation, folder)) {
      const double cost = folder.bytes + Price(folder.opened, survey.treatment.weight) + weights_.gamma * folder.misses;
      if (cost >= cell.cost || !IsPermitted(TreeFilter(node, cell.operation, folder.holes), cell.operation)) continue;
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
    for (const ReferenceTree::Node place : located_[node]) options_.tree->Children(place, below);
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

  const Cell* CellOf(std::uint32_t node, std::uint32_t operation) const {
    const std::vector<Cell>& cells = cells_[node];
    const auto found = std::lower_bound(cells.begin(), cells.end(), operation,
                                        [](const Cell& cell, std::uint32_t wanted) { return cell.operation < wanted; });
    return found != cells.end() && found->operation == operation ? &*found : nullptr;
  }

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

  // Top-down: the first chosen folder on the way to an item covers it.
  void Collect() {
    std::vector<std::vector<std::pair<std::uint32_t, std::uint32_t>>> covered(evidence_.nodes.size());
    for (std::uint32_t node = 0; node < evidence_.nodes.size(); ++node) {
      const TreeNode& it = evidence_.nodes[node];
      if (it.parent != node) {
        covered[node] = covered[it.parent];
        std::erase_if(covered[node], [&](const auto& pair) { return IsHole(pair.second, pair.first, node); });
      }
      for (const Cell& cell : cells_[node]) {
        if (!cell.tree) continue;
        const bool already = std::any_of(covered[node].begin(), covered[node].end(),
                                         [&](const auto& pair) { return pair.first == cell.operation; });
        if (already) continue;
        covered[node].emplace_back(cell.operation, node);
        Count(node, cell);
      }
      for (const TreeItem& item : it.items) {
        const auto by = std::find_if(covered[node].begin(), covered[node].end(),
                                     [&](const auto& pair) { return pair.first == item.operation; });
        if (by != covered[node].end()) {
          AddTo(TreeFilter(by->second, item.operation, CellOf(by->second, item.operation)->holes), item, by->second);
          continue;
        }
        const Cell* cell = CellOf(node, item.operation);
        if (cell->shape) {
          if (&item == FirstOf(it, item.operation)) Count(node, *cell);
          AddTo({FilterKind::kShape, it.root, evidence_.Steps(node), {}}, item, node);
        } else {
          AddTo(LiteralFilter(item), item, node);
        }
      }
    }
  }

  // Whether the rule for the folder `top` leaves this node out.
  bool IsHole(std::uint32_t top, std::uint32_t operation, std::uint32_t node) const {
    const TreeNode& it = evidence_.nodes[node];
    if (it.parent != top || !it.name.IsPlain()) return false;
    const std::vector<std::string>& holes = CellOf(top, operation)->holes;
    return std::binary_search(holes.begin(), holes.end(), it.name.PlainText());
  }

  static const TreeItem* FirstOf(const TreeNode& node, std::uint32_t operation) {
    return &*std::find_if(node.items.begin(), node.items.end(),
                          [&](const TreeItem& item) { return item.operation == operation; });
  }

  // Writing and running reach beyond the evidence only where nobody else has anything. Looking and reading at one
  // place count once.
  void Count(std::uint32_t node, const Cell& cell) {
    if (evidence_.operations[cell.operation].reach > Reach::kRead) return;
    double& counted = counted_[node];
    opened_ += std::max(0.0, cell.opened - counted);
    counted = std::max(counted, cell.opened);
  }

  PathFilter LiteralFilter(const TreeItem& item) const {
    const Placed& placed = evidence_.literals[item.literal];
    PathFilter filter{FilterKind::kLiteral, placed.root, {}, {}};
    std::string_view rest = placed.rest;
    while (!rest.empty()) {
      const std::size_t slash = std::min(rest.find('/'), rest.size());
      if (slash > 0) filter.steps.push_back(NamePattern::Plain(rest.substr(0, slash)));
      rest.remove_prefix(std::min(slash + 1, rest.size()));
    }
    return filter;
  }

  std::vector<std::uint32_t> LeftOut(Reach reach) const {
    std::vector<std::uint32_t> floats;
    for (std::uint32_t i = 0; i < places_.Floats().size(); ++i) {
      if (places_.Floats()[i].place_class->At(reach).width < Width::kExact) floats.push_back(i);
    }
    return floats;
  }

  void MeasureLeaveOuts() {
    for (std::size_t reach = 0; reach < catalog::kReaches; ++reach) {
      const PathFilter bare{FilterKind::kTree, 0, {}, {}};
      const PathFilter closed{FilterKind::kTree, 0, {}, LeftOut(static_cast<Reach>(reach))};
      const Root& root = placement_.roots().front();
      leave_out_size_[reach] = static_cast<double>(FilterText(closed, root, places_).size()) -
                               static_cast<double>(FilterText(bare, root, places_).size());
    }
  }

  // What a rule over a folder may never reach is left out of it; for looking and reading only where the
  // folder is the program's own, since what is installed holds nobody's secrets.
  PathFilter TreeFilter(std::uint32_t node, std::uint32_t operation, const std::vector<std::string>& holes) const {
    PathFilter filter{FilterKind::kTree, evidence_.nodes[node].root, evidence_.Steps(node), {}, holes};
    if (!evidence_.nodes[node].own) return filter;
    const Reach reach = evidence_.operations[operation].reach;
    filter.leave_out = LeftOut(reach);
    return filter;
  }

  void AddTo(PathFilter filter, const TreeItem& item, std::uint32_t node) {
    const Root& root = placement_.roots()[filter.root];
    GeneralRule& rule = rules_[FilterText(filter, root, places_)];
    const TreeOperation& operation = evidence_.operations[item.operation];
    if (std::find(rule.operations.begin(), rule.operations.end(), operation.name) == rule.operations.end()) {
      rule.operations.push_back(operation.name);
      const Places::Extent extent =
          filter.kind == FilterKind::kTree ? Places::Extent::kTree : Places::Extent::kNodes;
      const catalog::Survey survey = AskAll(places_, AbsoluteForms(root, filter.steps), extent,
                                            operation.reach, OwnerOf(evidence_.nodes[node]));
      if (rule.risk_reason.empty() || survey.treatment.risk > rule.risk) {
        rule.risk = survey.treatment.risk;
        rule.risk_reason = survey.reason;
      }
      rule.filter = std::move(filter);
    }
    rule.covers.insert(rule.covers.end(), item.ids.begin(), item.ids.end());
    rule.runs.insert(rule.runs.end(), item.runs.begin(), item.runs.end());
  }

  const EvidenceTree& evidence_;
  const Placement& placement_;
  const Places& places_;
  const GeneralizeOptions& options_;
  GeneralizeWeights weights_;
  std::array<double, catalog::kReaches> leave_out_size_{};  // bytes
  double opened_ = 0;
  std::vector<double> counted_;  // per node, in opened_
  std::vector<std::vector<ReferenceTree::Node>> located_;
  std::vector<double> usual_;  // paths at and below a node, where no tree tells
  std::vector<std::vector<std::uint32_t>> children_;
  std::vector<std::vector<Cell>> cells_;
  std::vector<bool> writes_;                  // something at or below the node was written
  std::map<std::string, GeneralRule> rules_;  // by the filter's text
};

// The part of a path below a root, if it lies there.
std::optional<std::string_view> Below(std::string_view root, std::string_view path) {
  if (root == "/") return path.substr(1);
  if (!path.starts_with(root)) return std::nullopt;
  if (path.size() == root.size()) return std::string_view();
  if (path[root.size()] != '/') return std::nullopt;
  return path.substr(root.size() + 1);
}

bool LeftOut(const PathFilter& filter, std::string_view path, const Places& places) {
  if (filter.leave_out.empty()) return false;
  const std::vector<catalog::PathStep> steps = catalog::StepsOf(path);
  return std::any_of(filter.leave_out.begin(), filter.leave_out.end(),
                     [&](std::uint32_t index) { return places.Matches(places.Floats()[index], steps); });
}

}  // namespace

Generalized GeneralizePaths(std::span<const PathDenial> denials, const Placement& placement,
                            const Places& places, const GeneralizeOptions& options) {
  const EvidenceTree evidence = BuildEvidenceTree(denials, placement, places, options.tree);
  return Optimizer(evidence, placement, places, options).Run();
}

bool Lets(const PathFilter& filter, std::string_view root, std::string_view path, const Places& places) {
  auto rest = Below(root, path);
  if (!rest) return false;
  for (const NamePattern& step : filter.steps) {
    if (rest->empty()) return false;
    const std::size_t slash = std::min(rest->find('/'), rest->size());
    if (!step.Matches(rest->substr(0, slash))) return false;
    rest->remove_prefix(std::min(slash + 1, rest->size()));
  }
  if (!rest->empty() && filter.kind != FilterKind::kTree) return false;
  const std::string_view next = rest->substr(0, std::min(rest->find('/'), rest->size()));
  if (std::binary_search(filter.holes.begin(), filter.holes.end(), next)) return false;
  return !LeftOut(filter, path, places);
}

PathFilter Folded(PathFilter filter) {
  for (NamePattern& step : filter.steps) {
    for (NamePiece& piece : step.pieces) {
      piece.text = catalog::FoldCase(piece.text);
      piece.alphabet = catalog::FoldCase(piece.alphabet);
    }
    for (std::string& ending : step.endings) ending = catalog::FoldCase(ending);
  }
  for (std::string& hole : filter.holes) hole = catalog::FoldCase(hole);
  std::sort(filter.holes.begin(), filter.holes.end());
  return filter;
}

std::vector<ReferenceTree::Node> OpenedIn(const ReferenceTree& tree, const PathFilter& filter,
                                          std::string_view root, const Places& places) {
  std::vector<ReferenceTree::Node> level;
  if (const auto start = tree.Find(root)) level.push_back(*start);
  for (const NamePattern& step : filter.steps) {
    std::vector<ReferenceTree::Node> next;
    for (const ReferenceTree::Node node : level) tree.Children(node, step, next);
    level = std::move(next);
  }
  if (filter.kind == FilterKind::kTree) {
    const std::size_t tops = level.size();
    for (std::size_t i = 0; i < level.size(); ++i) {
      const std::size_t before = level.size();
      tree.Children(level[i], level);
      if (i >= tops) continue;
      const auto fresh = level.begin() + static_cast<std::ptrdiff_t>(before);
      level.erase(std::remove_if(fresh, level.end(),
                                 [&](ReferenceTree::Node node) {
                                   return std::binary_search(filter.holes.begin(), filter.holes.end(), tree.NameOf(node));
                                 }),
                  level.end());
    }
  }
  std::erase_if(level, [&](ReferenceTree::Node node) { return LeftOut(filter, tree.Path(node), places); });
  return level;
}

}  // namespace sbtune::tune
