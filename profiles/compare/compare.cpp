#include "profiles/compare/compare.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "profiles/compare/named_sets.h"
#include "profiles/regions/condition.h"
#include "profiles/regions/decisions.h"
#include "profiles/regions/spellings.h"

namespace sbtune::compare {
namespace {

using automata::Automaton;
using automata::Cube;
using automata::DiagramId;
using automata::Label;
using catalog::Operation;
using regions::Decisions;
using regions::Piece;
using regions::RuleTable;
using regions::Space;
using regions::TargetSpace;

constexpr std::uint32_t kSame = 0, kOnlyFirst = 1, kOnlySecond = 2;

// Operations whose rules, defaults and targets are the same on both sides.
struct Group {
  std::vector<const Operation*> operations;
  std::vector<regions::RuleId> first, second;  // the chains
  TargetSpace targets;
};

// How an operation is decided where no rule of the chain does.
bool EndsAllowed(const RuleTable& table, const Operation& operation) {
  const Operation* at = &operation;
  for (; at != nullptr; at = table.catalog().Parent(*at)) {
    if (regions::IsAllowedByDefault(*at)) return true;
  }
  return false;
}

class Comparer {
 public:
  Comparer(const RuleTable& first, const RuleTable& second, const sbpl::Profile& a, const sbpl::Profile& b,
           const CompareOptions& options)
      : first_(first), second_(second), options_(options), space_(first.catalog(), options.policy),
        first_decisions_(space_, first, regions::ByAction(first)),
        second_decisions_(space_, second, regions::ByAction(second)), code_(space_.diagrams.NewOperation()) {
    spellings_.Add(a);
    spellings_.Add(b);
  }

  Comparison Run() {
    Comparison result;
    result.macos = first_.catalog().version();
    for (const Group& group : Groups()) CompareGroup(group, result);
    result.differences = Regrouped(std::move(result.differences));
    return result;
  }

 private:
  // Told by change, not by operation: what differs in the same way for many operations is told once.
  std::vector<Difference> Regrouped(std::vector<Difference> differences) const {
    std::vector<Difference> by_change;
    for (Difference& difference : differences) {
      for (Change& change : difference.changes) {
        const auto same = [&](const Difference& other) {
          const Change& known = other.changes.front();
          return known.direction == change.direction && known.conditions == change.conditions && regions::SaysTheSame(known.targets, change.targets);
        };
        const auto known = std::ranges::find_if(by_change, same);
        if (known == by_change.end()) {
          by_change.push_back({difference.operations, {std::move(change)}});
        } else {
          known->operations.insert(known->operations.end(), difference.operations.begin(), difference.operations.end());
          if (known->changes.front().witness.operation.ends_with('*')) known->changes.front() = std::move(change);
        }
      }
    }
    for (Difference& difference : by_change) SortByCatalog(difference.operations);
    std::vector<Difference> result;
    for (Difference& difference : by_change) {
      const auto known = std::ranges::find(result, difference.operations, &Difference::operations);
      if (known == result.end()) result.push_back(std::move(difference));
      else known->changes.push_back(std::move(difference.changes.front()));
    }
    return result;
  }

  void SortByCatalog(std::vector<std::string>& names) const {
    std::ranges::sort(names, {}, [&](const std::string& name) {
      return first_.catalog().Id(*first_.catalog().FindLoggedOperation(name));
    });
    const auto rest = std::ranges::unique(names);
    names.erase(rest.begin(), rest.end());
  }

  bool Wanted(const Operation& operation) const {
    if (operation.only_newer || operation.only_older || operation.name == "default") return false;
    for (const Operation* at = &operation; at != nullptr; at = first_.catalog().Parent(*at)) {
      if (at->name == "default-message-filter") return false;  // asked about messages, not about accesses
    }
    return options_.operations.empty() ||
           std::ranges::find(options_.operations, operation.name) != options_.operations.end();
  }

  std::vector<Group> Groups() const {
    using Key = std::tuple<std::vector<regions::RuleId>, std::vector<regions::RuleId>, bool, TargetSpace>;
    std::map<Key, std::size_t> known;
    std::vector<Group> groups;
    for (const Operation& operation : first_.catalog().operations()) {
      if (!Wanted(operation)) continue;
      std::vector<std::string> used = first_.BasesUsed(operation);
      for (std::string& base : second_.BasesUsed(operation)) used.push_back(std::move(base));
      Group group{{&operation}, first_.Chain(operation), second_.Chain(operation),
                  regions::SpaceOf(operation, first_.catalog(), options_.policy.case_rule, used)};
      const Key key{group.first, group.second, EndsAllowed(first_, operation), group.targets};
      const auto [at, is_new] = known.try_emplace(key, groups.size());
      if (is_new) groups.push_back(std::move(group));
      else groups[at->second].operations.push_back(&operation);
    }
    return groups;
  }

  static std::vector<std::string> NamesOf(const Group& group) {
    std::vector<std::string> names;
    for (const Operation* operation : group.operations) names.emplace_back(operation->name);
    return names;
  }

  void CompareGroup(const Group& group, Comparison& result) {
    if (SameText(group)) return;
    const Operation& operation = *group.operations.front();
    const auto a = first_decisions_.Of(operation, group.targets);
    const auto b = second_decisions_.Of(operation, group.targets);
    std::optional<Automaton> both;
    if (a && b) both = Differing(*a, *b);
    if (!both) {
      result.gaps.push_back({NamesOf(group), "the rules are too many and too tangled to compare exactly"});
      return;
    }
    Difference difference{NamesOf(group), {}};
    const Automaton universe = regions::AllTargets(group.targets);
    for (const std::uint32_t direction : {kOnlyFirst, kOnlySecond}) {
      AddChanges(group, *both, universe, direction, difference, result);
    }
    if (!difference.changes.empty()) result.differences.push_back(std::move(difference));
  }

  // Most rules of two versions of a profile are the same, letter by letter.
  bool SameText(const Group& group) const {
    return std::ranges::equal(group.first, group.second, [&](regions::RuleId x, regions::RuleId y) {
      const sbpl::Rule& a = first_.rule(x);
      const sbpl::Rule& b = second_.rule(y);
      return a.action == b.action && std::ranges::equal(a.filters, b.filters, {}, Written, Written);
    });
  }

  std::optional<Automaton> Differing(const Automaton& a, const Automaton& b) {
    const auto xor_values = [](std::uint32_t x, std::uint32_t y) {
      return x == y ? kSame : x == regions::kAllowed ? kOnlyFirst : kOnlySecond;
    };
    return automata::Combine(a, b, [&](Label x, Label y) { return space_.diagrams.Apply(code_, xor_values, x, y); });
  }

  // The conditions on facts under which some target differs in this direction, each with the targets.
  void AddChanges(const Group& group, const Automaton& both, const Automaton& universe, std::uint32_t direction,
                  Difference& difference, Comparison& result) {
    const std::uint32_t code = space_.diagrams.NewOperation();
    const auto holds = automata::Combine(both, universe, [&](Label x, Label y) {
      if (y == 0) return space_.diagrams.Terminal(0);
      return space_.diagrams.Map(code, [&](std::uint32_t value) { return value == direction ? 1u : 0u; }, x);
    });
    if (!holds) return result.gaps.push_back({NamesOf(group), "too many sets of targets differ"});
    Telling telling{group, universe, direction, difference, result, {}};
    const std::vector<Cube> cases = CasesOf(*holds, group, result);
    if (options_.cases == Cases::kAll) {
      std::vector<std::pair<Cube, Automaton>> told;
      for (const Cube& cube : cases) {
        const Automaton set = WithoutTold(Where(*holds, cube), cube, told);
        Tell(telling, cube, set);
        if (!(set == Automaton::Constant(0))) told.emplace_back(cube, set);
      }
    } else {
      TellPlainest(telling, *holds, cases);
    }
  }

  // What the changes of one group in one direction have in common.
  struct Telling {
    const Group& group;
    const Automaton& universe;
    std::uint32_t direction;
    Difference& difference;
    Comparison& result;
    std::optional<std::vector<regions::NamedSet>> named;  // made when first needed
  };

  void Tell(Telling& telling, const Cube& cube, const Automaton& set) {
    if (set == Automaton::Constant(0)) return;
    if (!telling.named) telling.named = NamedOf(telling.group);
    for (Piece& piece : regions::Describe(set, telling.universe, telling.group.targets, *telling.named)) {
      AddChange(telling.group, cube, telling.direction, std::move(piece), set, telling.difference, telling.result);
    }
  }

  void TellPlainest(Telling& telling, const Automaton& holds, const std::vector<Cube>& cases) {
    Automaton told = Automaton::Constant(0);
    std::size_t left = 0;
    const auto [ordered, plain] = PlainestFirst(holds, cases);
    for (std::size_t at = 0; at < ordered.size(); ++at) {
      const Cube& cube = ordered[at];
      const bool any_told = !(told == Automaton::Constant(0));
      const Automaton set = Where(holds, cube);
      if (set == Automaton::Constant(0)) continue;
      const auto rest = automata::Combine(set, told, [](Label x, Label y) { return x != 0 && y == 0 ? 1u : 0u; });
      if (!rest || *rest == Automaton::Constant(0) || (any_told && at >= plain)) {
        ++left;
        continue;
      }
      Tell(telling, cube, *rest);
      if (auto both = automata::Combine(set, told, [](Label x, Label y) { return x != 0 || y != 0 ? 1u : 0u; })) told = std::move(*both);
    }
    if (left > 0) telling.result.untold.push_back({NamesOf(telling.group), left});
  }

  // No condition at all, the case in which no fact holds, and the others by how many facts must hold; how many the
  // first kinds are.
  std::pair<std::vector<Cube>, std::size_t> PlainestFirst(const Automaton& holds, std::vector<Cube> cases) {
    std::set<automata::VariableId> variables;
    for (const Cube& cube : cases) {
      for (const automata::Literal& literal : cube) variables.insert(literal.variable);
    }
    Cube plain;
    for (const automata::VariableId variable : variables) {
      plain.push_back({variable, false});
      if (!space_.Feasible(plain)) plain.back().holds = true;  // of some facts one always holds
    }
    const auto facts_held = [](const Cube& cube) { return std::ranges::count(cube, true, &automata::Literal::holds); };
    std::ranges::stable_sort(cases, {}, [&](const Cube& cube) { return std::pair(facts_held(cube), cube.size()); });
    std::erase(cases, Cube{});
    std::vector<Cube> first{Cube{}};
    if (space_.Feasible(plain)) {
      plain = ShortenedFor(holds, std::move(plain));
      std::erase_if(cases, [&](const Cube& cube) { return std::ranges::includes(plain, cube); });
      if (!plain.empty()) first.push_back(std::move(plain));
    }
    cases.insert(cases.begin(), first.begin(), first.end());
    return {std::move(cases), first.size()};
  }

  // The cube without what does not matter to the set of words.
  Cube ShortenedFor(const Automaton& holds, Cube cube) const {
    const Automaton set = Where(holds, cube);
    for (std::size_t i = cube.size(); i-- > 0;) {
      Cube shorter = cube;
      shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
      if (Where(holds, shorter) == set) cube = std::move(shorter);
    }
    return cube;
  }

  // What differs under fewer conditions has been told already.
  static Automaton WithoutTold(Automaton set, const Cube& cube, const std::vector<std::pair<Cube, Automaton>>& told) {
    for (const auto& [other, words] : told) {
      if (!std::ranges::includes(cube, other)) continue;
      if (auto rest = automata::Combine(set, words, [](Label x, Label y) { return x != 0 && y == 0 ? 1u : 0u; })) set = std::move(*rest);
    }
    return set;
  }

  std::vector<regions::NamedSet> NamedOf(const Group& group) {
    std::vector<regions::NamedSet> named = NamedSets(space_, first_, group.first, group.targets);
    for (regions::NamedSet& set : NamedSets(space_, second_, group.second, group.targets)) {
      const bool known = std::ranges::any_of(named, [&](const auto& other) { return other.text == set.text; });
      if (!known) named.push_back(std::move(set));
    }
    return named;
  }

  // Words for which every access that the cube describes is in.
  Automaton Where(const Automaton& holds, const Cube& cube) const {
    return automata::Map(holds, [&](Label label) { return space_.diagrams.HoldsThroughout(label, cube) ? 1u : 0u; });
  }

  // Cases that together make up everything that any word needs; those that contradict themselves left out.
  std::vector<Cube> CasesOf(const Automaton& holds, const Group& group, Comparison& result) {
    std::set<Label> labels(holds.labels().begin(), holds.labels().end());
    std::set<Cube> cases;
    bool capped = false;
    for (const Label label : labels) {
      space_.diagrams.ForEachCase(
          label, [](std::uint32_t value) { return value == 1; }, [&](const Cube& cube) { return space_.Feasible(cube); },
          [&](const Cube& cube) {
            cases.insert(Shortened(label, cube));
            capped = cases.size() >= options_.max_cases;
            return !capped;
          });
      if (capped) break;
    }
    if (capped) {
      result.gaps.push_back({NamesOf(group), fmt::format("more than {} combinations of facts matter; the others are not told",
                                                         options_.max_cases)});
    }
    std::vector<Cube> shortest_first(cases.begin(), cases.end());
    std::ranges::stable_sort(shortest_first, {}, &Cube::size);
    return shortest_first;
  }

  // The cube without what does not matter to the label.
  Cube Shortened(Label label, Cube cube) const {
    for (std::size_t i = cube.size(); i-- > 0;) {
      Cube shorter = cube;
      shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(i));
      if (space_.diagrams.HoldsThroughout(label, shorter)) cube = std::move(shorter);
    }
    return cube;
  }

  void AddChange(const Group& group, const Cube& cube, std::uint32_t direction, Piece piece, const Automaton& words,
                 Difference& difference, Comparison& result) {
    Change change;
    change.space = group.targets;
    change.words = words;
    change.direction = direction == kOnlyFirst ? Direction::kOnlyFirstAllows : Direction::kOnlySecondAllows;
    for (const automata::Literal& literal : space_.Simplified(cube)) {
      change.conditions.push_back({space_.variables()[literal.variable], literal.holds, space_.Describe(literal)});
    }
    if (piece.shape == Piece::Shape::kSome) {
      AddGap(group, "a set of targets has no simple description; the one told is only a part of it", result);
    }
    std::string why;
    if (piece.example.empty() || !Show(group, cube, piece.example, change, why)) {
      AddGap(group, why.empty() ? "no example was found for a set of targets" : why, result);
      return;
    }
    spellings_.Apply(piece);
    change.targets = std::move(piece);
    difference.changes.push_back(std::move(change));
  }

  // Logs name leaves.
  static const Operation& Typical(const Group& group) {
    const auto leaf = std::ranges::find_if(group.operations, [](const Operation* o) { return !o->name.ends_with('*'); });
    return leaf == group.operations.end() ? *group.operations.front() : **leaf;
  }

  // The access is asked of both policies; only what they really answer differently is told.
  bool Show(const Group& group, const Cube& cube, const std::string& word, Change& change, std::string& why) {
    Witness& witness = change.witness;
    witness.operation = Typical(group).name;
    witness.query = regions::QueryOf(witness.operation, group.targets, word);
    if (witness.query.path) witness.query.path = spellings_.Of(*witness.query.path);
    const bool complete = space_.AddFacts(cube, witness.query);
    witness.target = regions::TargetText(group.targets, word);
    if (witness.query.path) witness.target = *witness.query.path;
    for (const automata::Literal& literal : space_.Simplified(cube)) {
      if (auto option = space_.FactOption(literal); !option.empty()) witness.facts.push_back(std::move(option));
    }
    witness.first = first_.policy().Decide(witness.query);
    witness.second = second_.policy().Decide(witness.query);
    const bool first_allows = change.direction == Direction::kOnlyFirstAllows;
    const auto expected = [](bool allows) { return allows ? sbpl::Decision::kAllow : sbpl::Decision::kDeny; };
    if (witness.first.decision == expected(first_allows) && witness.second.decision == expected(!first_allows)) return true;
    why = complete ? "an access that should be answered differently could not be confirmed"
                   : "a difference hangs on a filter whose meaning is not known";
    return false;
  }

  static void AddGap(const Group& group, std::string why, Comparison& result) {
    const Gap gap{NamesOf(group), std::move(why)};
    if (std::ranges::find(result.gaps, gap) == result.gaps.end()) result.gaps.push_back(gap);
  }

  const RuleTable& first_;
  const RuleTable& second_;
  const CompareOptions& options_;
  Space space_;
  Decisions first_decisions_, second_decisions_;
  std::uint32_t code_;
  regions::Spellings spellings_;
};

}  // namespace

base::Result<Comparison> Compare(const sbpl::Profile& first, const sbpl::Profile& second, const CompareOptions& options) {
  if (first.macos != second.macos) {
    return base::Fail(fmt::format("the profiles were loaded for macOS {} and {}: compare them for one version", first.macos, second.macos));
  }
  const auto a = RuleTable::Compile(first, options.policy);
  if (!a) return std::unexpected(a.error());
  const auto b = RuleTable::Compile(second, options.policy);
  if (!b) return std::unexpected(b.error());
  return Comparer(*a, *b, first, second, options).Run();
}

}  // namespace sbtune::compare
