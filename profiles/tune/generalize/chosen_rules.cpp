#include "profiles/tune/generalize/chosen_rules.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "profiles/tune/generalize/filter_text.h"

namespace sbtune::tune {
namespace {

using catalog::Places;
using catalog::Reach;
using catalog::Width;

class Collector {
 public:
  Collector(const EvidenceTree& evidence, const Placement& placement, const Places& places, std::span<const Cells> cells)
      : evidence_(evidence), placement_(placement), places_(places), cells_(cells), counted_(evidence.nodes.size()) {}

  ChosenRules Run() {
    Collect();
    ChosenRules chosen;
    chosen.opened = opened_;
    for (auto& [key, rule] : rules_) {
      std::sort(rule.operations.begin(), rule.operations.end());
      Sort(rule.covers);
      Sort(rule.runs);
      chosen.rules.push_back(std::move(rule));
    }
    return chosen;
  }

 private:
  static void Sort(std::vector<std::uint32_t>& ids) {
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
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
          AddTo(TreeFilter(evidence_, places_, by->second, item.operation, CellOf(cells_[by->second], item.operation)->holes), item, by->second);
          continue;
        }
        const Cell* cell = CellOf(cells_[node], item.operation);
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
    const std::vector<std::string>& holes = CellOf(cells_[top], operation)->holes;
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
  std::span<const Cells> cells_;
  double opened_ = 0;
  std::vector<double> counted_;               // per node, in opened_
  std::map<std::string, GeneralRule> rules_;  // by the filter's text
};

}  // namespace

const Cell* CellOf(const Cells& cells, std::uint32_t operation) {
  const auto found = std::lower_bound(cells.begin(), cells.end(), operation,
                                      [](const Cell& cell, std::uint32_t wanted) { return cell.operation < wanted; });
  return found != cells.end() && found->operation == operation ? &*found : nullptr;
}

ChosenRules CollectRules(const EvidenceTree& evidence, const Placement& placement, const Places& places,
                         std::span<const Cells> cells) {
  return Collector(evidence, placement, places, cells).Run();
}

Places::Owner OwnerOf(const TreeNode& node) { return node.own ? Places::Owner::kProgram : Places::Owner::kAnybody; }

std::vector<std::uint32_t> FloatsLeftOut(const Places& places, Reach reach) {
  std::vector<std::uint32_t> floats;
  for (std::uint32_t i = 0; i < places.Floats().size(); ++i) {
    if (places.Floats()[i].place_class->At(reach).width < Width::kExact) floats.push_back(i);
  }
  return floats;
}

PathFilter TreeFilter(const EvidenceTree& evidence, const Places& places, std::uint32_t node, std::uint32_t operation,
                      const std::vector<std::string>& holes) {
  PathFilter filter{FilterKind::kTree, evidence.nodes[node].root, evidence.Steps(node), {}, holes};
  if (evidence.nodes[node].own) filter.leave_out = FloatsLeftOut(places, evidence.operations[operation].reach);
  return filter;
}

}  // namespace sbtune::tune
