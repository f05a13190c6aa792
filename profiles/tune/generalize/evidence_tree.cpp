#include "profiles/tune/generalize/evidence_tree.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "profiles/catalog/glob.h"

namespace sbtune::tune {
namespace {

using catalog::Places;

// The tree of plain names, before shapes are found.
struct RawNode {
  std::uint32_t parent = 0;
  std::uint32_t root = 0;
  std::string_view name;
  bool own = false;
  std::vector<std::uint32_t> children;
  std::vector<std::uint32_t> runs;  // that have evidence at the node or below
  std::vector<TreeItem> items;
};

void Unite(std::vector<std::uint32_t>& into, std::span<const std::uint32_t> more) {
  std::vector<std::uint32_t> all;
  all.reserve(into.size() + more.size());
  std::set_union(into.begin(), into.end(), more.begin(), more.end(), std::back_inserter(all));
  into = std::move(all);
}

std::vector<NamePattern> PlainSteps(std::string_view rest) {
  std::vector<NamePattern> steps;
  while (!rest.empty()) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    if (slash > 0) steps.push_back(NamePattern::Plain(rest.substr(0, slash)));
    rest.remove_prefix(std::min(slash + 1, rest.size()));
  }
  return steps;
}

std::string AbsolutePath(const std::string& value, std::string_view rest) {
  if (rest.empty()) return value;
  return (value == "/" ? "/" : value + "/") + std::string(rest);
}

class Builder {
 public:
  Builder(std::span<const PathDenial> denials, const Placement& placement, const Places& places,
          const ReferenceTree* tree)
      : denials_(denials), placement_(placement), places_(places), tree_(tree) {}

  EvidenceTree Build() {
    NameOperations();
    Place();
    PlantRaw();
    MarkOwn();
    SetAside();
    GatherRuns();
    Shape();
    return std::move(result_);
  }

 private:
  void NameOperations() {
    std::map<std::string, catalog::Reach> operations;
    std::set<std::uint32_t> runs;
    for (const PathDenial& denial : denials_) {
      operations.emplace(denial.operation, denial.reach);
      runs.insert(denial.runs.begin(), denial.runs.end());
    }
    for (const auto& [name, reach] : operations) result_.operations.push_back({name, reach});
    result_.runs = runs.size();
  }

  std::uint32_t OperationIndex(const std::string& name) const {
    const auto found =
        std::lower_bound(result_.operations.begin(), result_.operations.end(), name,
                         [](const TreeOperation& a, const std::string& b) { return a.name < b; });
    return static_cast<std::uint32_t>(found - result_.operations.begin());
  }

  // Denials, run by run, at their placed paths.
  void Place() {
    std::map<std::pair<std::uint32_t, std::string_view>, std::uint32_t> literals;
    for (const PathDenial& denial : denials_) {
      const std::uint32_t operation = OperationIndex(denial.operation);
      for (const std::uint32_t run : denial.runs) {
        const Placed placed = placement_.Place(denial.path, run);
        const auto [found, fresh] = literals.try_emplace({placed.root, placed.rest}, 0);
        if (fresh) {
          found->second = static_cast<std::uint32_t>(result_.literals.size());
          result_.literals.push_back(placed);
        }
        items_.push_back({operation, found->second, {run}, {denial.id}});
      }
    }
    std::sort(items_.begin(), items_.end(), [](const TreeItem& a, const TreeItem& b) {
      return std::tie(a.literal, a.operation) < std::tie(b.literal, b.operation);
    });
    std::size_t kept = 0;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      if (kept > 0 && items_[kept - 1].literal == items_[i].literal &&
          items_[kept - 1].operation == items_[i].operation) {
        Unite(items_[kept - 1].runs, items_[i].runs);
        Unite(items_[kept - 1].ids, items_[i].ids);
      } else {
        if (kept != i) items_[kept] = std::move(items_[i]);
        ++kept;
      }
    }
    items_.resize(kept);
  }

  void PlantRaw() {
    std::map<std::pair<std::uint32_t, std::string_view>, std::uint32_t> found_children;
    for (std::uint32_t root = 0; root < placement_.roots().size(); ++root) {
      raw_.push_back({root, root, "", placement_.roots()[root].own, {}, {}, {}});
    }
    std::vector<std::uint32_t> node_of(result_.literals.size());
    for (std::size_t literal = 0; literal < result_.literals.size(); ++literal) {
      std::uint32_t node = result_.literals[literal].root;
      std::string_view rest = result_.literals[literal].rest;
      while (!rest.empty()) {
        const std::size_t slash = std::min(rest.find('/'), rest.size());
        const std::string_view name = rest.substr(0, slash);
        rest.remove_prefix(std::min(slash + 1, rest.size()));
        if (name.empty()) continue;
        const auto fresh = static_cast<std::uint32_t>(raw_.size());
        const auto [child, added] = found_children.try_emplace({node, name}, fresh);
        if (added) {
          raw_.push_back({node, raw_[node].root, name, false, {}, {}, {}});
          raw_[node].children.push_back(fresh);
        }
        node = child->second;
      }
      node_of[literal] = node;
    }
    for (TreeItem& item : items_) raw_[node_of[item.literal]].items.push_back(std::move(item));
    items_.clear();
  }

  std::string RawRest(std::uint32_t node) const {
    std::vector<std::string_view> names;
    for (; raw_[node].parent != node; node = raw_[node].parent) names.push_back(raw_[node].name);
    std::string rest;
    for (std::size_t i = names.size(); i-- > 0;) {
      if (!rest.empty()) rest += '/';
      rest += names[i];
    }
    return rest;
  }

  // Below `top`: whether the program wrote something there in a run in which it made the folder, and how many
  // places of the reference tree nobody asked for.
  bool IsCreated(std::uint32_t top, const std::vector<std::uint32_t>& made_in) const {
    std::vector<std::uint32_t> waiting = raw_[top].children;
    while (!waiting.empty()) {
      const std::uint32_t node = waiting.back();
      waiting.pop_back();
      waiting.insert(waiting.end(), raw_[node].children.begin(), raw_[node].children.end());
      for (const TreeItem& item : raw_[node].items) {
        if (result_.operations[item.operation].reach != catalog::Reach::kWrite) continue;
        for (const std::uint32_t run : item.runs) {
          if (std::binary_search(made_in.begin(), made_in.end(), run)) return true;
        }
      }
    }
    return false;
  }

  bool HoldsForeign(std::uint32_t top, const std::string& path) const {
    if (tree_ == nullptr) return false;
    const auto start = tree_->Find(path);
    if (!start) return false;
    std::uint64_t known = 0;
    std::vector<std::pair<std::uint32_t, ReferenceTree::Node>> waiting{{top, *start}};
    while (!waiting.empty()) {
      const auto [node, place] = waiting.back();
      waiting.pop_back();
      ++known;
      for (const std::uint32_t child : raw_[node].children) {
        if (const auto there = tree_->Child(place, raw_[child].name)) waiting.emplace_back(child, *there);
      }
    }
    return tree_->Below(*start) > known;
  }

  void MarkOwn() {
    for (std::uint32_t node = 0; node < raw_.size(); ++node) {
      if (raw_[node].parent != node && raw_[raw_[node].parent].own) {
        raw_[node].own = true;
        continue;
      }
      const auto made =
          std::find_if(raw_[node].items.begin(), raw_[node].items.end(), [&](const TreeItem& item) {
            return result_.operations[item.operation].name == "file-write-create";
          });
      if (made == raw_[node].items.end() || raw_[node].children.empty()) continue;
      const std::string rest = RawRest(node);
      const std::vector<std::string>& values = placement_.roots()[raw_[node].root].values;
      raw_[node].own = std::all_of(values.begin(), values.end(),
                                   [&](const std::string& value) {
                                     const std::string path = AbsolutePath(value, rest);
                                     return places_.IsOwnerFolder(path) && !HoldsForeign(node, path);
                                   }) &&
                       IsCreated(node, made->runs);
    }
  }

  // Takes out what needs the user's word. A denial of which any run's path needs it is out as a whole.
  void SetAside() {
    std::map<std::uint32_t, catalog::Survey> asked;
    for (const RawNode& node : raw_) {
      for (const TreeItem& item : node.items) {
        const Placed& placed = result_.literals[item.literal];
        const std::vector<NamePattern> steps = PlainSteps(placed.rest);
        catalog::Survey survey = AskAll(places_, AbsoluteForms(placement_.roots()[placed.root], steps),
                                        Places::Extent::kNodes, result_.operations[item.operation].reach,
                                        node.own ? Places::Owner::kProgram : Places::Owner::kAnybody);
        if (survey.treatment.width >= catalog::Width::kExact) continue;
        for (const std::uint32_t id : item.ids) asked.emplace(id, survey);
      }
    }
    for (auto& [id, survey] : asked) result_.asked.push_back({id, std::move(survey)});
    if (asked.empty()) return;
    for (RawNode& node : raw_) {
      for (TreeItem& item : node.items) {
        std::erase_if(item.ids, [&](std::uint32_t id) { return asked.contains(id); });
      }
      std::erase_if(node.items, [](const TreeItem& item) { return item.ids.empty(); });
    }
  }

  void GatherRuns() {
    for (std::size_t node = raw_.size(); node-- > 0;) {
      for (const TreeItem& item : raw_[node].items) Unite(raw_[node].runs, item.runs);
      if (raw_[node].parent != node) Unite(raw_[raw_[node].parent].runs, raw_[node].runs);
    }
  }

  // Whether the program created this child itself, where temporary things may be created.
  bool IsMade(const TreeNode& parent, std::vector<NamePattern> steps, std::string_view name,
              const std::vector<std::uint32_t>& raw) const {
    const bool created = std::all_of(raw.begin(), raw.end(), [&](std::uint32_t one) {
      return std::any_of(raw_[one].items.begin(), raw_[one].items.end(), [&](const TreeItem& item) {
        return result_.operations[item.operation].name == "file-write-create";
      });
    });
    if (!created) return false;
    steps.push_back(NamePattern::Plain(name));
    const bool own = std::all_of(raw.begin(), raw.end(), [&](std::uint32_t one) { return raw_[one].own; });
    return AskAll(places_, AbsoluteForms(placement_.roots()[parent.root], steps), Places::Extent::kNodes,
                  catalog::Reach::kWrite, own ? Places::Owner::kProgram : Places::Owner::kAnybody)
               .treatment.width >= catalog::Width::kShape;
  }

  // Top-down: the children of a node are grouped by shape; those of one shape become one node.
  void Shape() {
    std::vector<std::vector<std::uint32_t>> members;  // raw nodes of each node
    const auto add = [&](TreeNode node, std::vector<std::uint32_t> raw) {
      for (const std::uint32_t one : raw) {
        node.items.insert(node.items.end(), std::make_move_iterator(raw_[one].items.begin()),
                          std::make_move_iterator(raw_[one].items.end()));
      }
      std::vector<std::uint32_t> runs;
      for (const std::uint32_t one : raw) {
        if (runs.size() < 2) Unite(runs, raw_[one].runs);
      }
      node.once = result_.runs > 1 && runs.size() < 2;
      result_.nodes.push_back(std::move(node));
      members.push_back(std::move(raw));
    };
    for (std::uint32_t root = 0; root < placement_.roots().size(); ++root) {
      add({root, root, 0, NamePattern{}, false, false, raw_[root].own, {}}, {root});
    }
    for (std::uint32_t index = 0; index < result_.nodes.size(); ++index) {
      std::map<std::string_view, std::vector<std::uint32_t>> children;
      std::vector<std::uint32_t> runs_here;
      for (const std::uint32_t raw : members[index]) {
        for (const std::uint32_t child : raw_[raw].children) {
          if (!raw_[child].runs.empty()) children[raw_[child].name].push_back(child);
        }
        Unite(runs_here, raw_[raw].runs);
      }
      const std::vector<NamePattern> steps = result_.Steps(index);
      std::vector<std::vector<std::uint32_t>> runs(children.size());
      std::vector<NameSeen> names;
      std::vector<const std::vector<std::uint32_t>*> nodes;
      for (const auto& [name, raw] : children) {
        std::vector<std::uint32_t>& mine = runs[names.size()];
        for (const std::uint32_t one : raw) Unite(mine, raw_[one].runs);
        names.push_back({name, mine, IsMade(result_.nodes[index], steps, name, raw)});
        nodes.push_back(&raw);
      }
      std::vector<bool> grouped(names.size(), false);
      TreeNode child;
      child.parent = index;
      child.root = result_.nodes[index].root;
      child.depth = result_.nodes[index].depth + 1;
      const auto finish = [&](NamePattern pattern, std::vector<std::uint32_t> raw) {
        child.name = std::move(pattern);
        child.patterned = result_.nodes[index].patterned || !child.name.IsPlain();
        child.own = std::all_of(raw.begin(), raw.end(), [&](std::uint32_t one) { return raw_[one].own; });
        add(child, std::move(raw));
      };
      for (NameGroup& group : FindGroups(names, runs_here.size())) {
        std::vector<std::uint32_t> raw;
        for (const std::size_t member : group.members) {
          grouped[member] = true;
          raw.insert(raw.end(), nodes[member]->begin(), nodes[member]->end());
        }
        finish(std::move(group.pattern), std::move(raw));
      }
      for (std::size_t i = 0; i < names.size(); ++i) {
        if (!grouped[i]) finish(NamePattern::Plain(names[i].name), *nodes[i]);
      }
    }
  }

  std::span<const PathDenial> denials_;
  const Placement& placement_;
  const Places& places_;
  const ReferenceTree* tree_;
  std::vector<TreeItem> items_;
  std::vector<RawNode> raw_;
  EvidenceTree result_;
};

}  // namespace

std::vector<NamePattern> EvidenceTree::Steps(std::uint32_t node) const {
  std::vector<NamePattern> steps(nodes[node].depth);
  for (std::size_t i = steps.size(); i-- > 0; node = nodes[node].parent) steps[i] = nodes[node].name;
  return steps;
}

EvidenceTree BuildEvidenceTree(std::span<const PathDenial> denials, const Placement& placement,
                               const Places& places, const ReferenceTree* tree) {
  return Builder(denials, placement, places, tree).Build();
}

std::vector<std::vector<catalog::PathStep>> AbsoluteForms(const Root& root,
                                                          std::span<const NamePattern> steps) {
  constexpr std::size_t kMostForms = 64;  // then endings are no longer told apart
  std::vector<std::vector<catalog::PathStep>> forms;
  for (const std::string& value : root.values) {
    std::vector<std::vector<catalog::PathStep>> mine{catalog::StepsOf(value)};
    for (const NamePattern& step : steps) {
      std::vector<catalog::PathStep> ways;
      if (step.IsPlain()) {
        ways.push_back({catalog::FoldName(step.PlainText()), false});
      } else {
        for (const std::string& glob : step.Globs()) ways.push_back({catalog::FoldCase(glob), true});
        if (mine.size() * ways.size() > kMostForms) ways = {{catalog::FoldCase(step.Glob()), true}};
      }
      const std::size_t before = mine.size();
      for (std::size_t way = 1; way < ways.size(); ++way) {
        for (std::size_t i = 0; i < before; ++i) {
          mine.push_back(mine[i]);
          mine.back().push_back(ways[way]);
        }
      }
      for (std::size_t i = 0; i < before; ++i) mine[i].push_back(ways[0]);
    }
    std::move(mine.begin(), mine.end(), std::back_inserter(forms));
    if (root.own) break;
  }
  return forms;
}

catalog::Survey AskAll(const Places& places, std::span<const std::vector<catalog::PathStep>> forms,
                       Places::Extent extent, catalog::Reach reach, Places::Owner owner) {
  catalog::Survey worst;
  bool first = true;
  for (const std::vector<catalog::PathStep>& form : forms) {
    catalog::Survey survey = places.Ask(form, extent, reach, owner);
    const catalog::Treatment had = worst.treatment;
    const catalog::Treatment now = survey.treatment;
    if (first || now.width < had.width || (now.width == had.width && now.risk > had.risk))
      worst = std::move(survey);
    if (!first) {
      worst.treatment.width = std::min(had.width, now.width);
      worst.treatment.weight = std::max(had.weight, now.weight);
      worst.treatment.risk = std::max(had.risk, now.risk);
    }
    first = false;
  }
  return worst;
}

}  // namespace sbtune::tune
