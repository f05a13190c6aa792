#include "profiles/lint/entries.h"

#include <algorithm>
#include <functional>
#include <tuple>

#include "profiles/automata/search.h"
#include "profiles/regions/condition.h"
#include "profiles/regions/decisions.h"

namespace sbtune::lint {
namespace {

using automata::Automaton;
using automata::DiagramId;
using automata::Label;
using catalog::Operation;
using regions::RuleId;
using regions::RuleTable;
using regions::TargetSpace;

// What a decision does beside allowing or denying; two rules with the same effect can stand for each other.
std::string EffectOf(const sbpl::Rule& rule) {
  std::string effect(access::Name(rule.action));
  for (const sbpl::Modifier& modifier : rule.modifiers) {
    effect += "\n" + modifier.name;
    for (const sbpl::Argument& argument : modifier.arguments) {
      if (const auto* text = std::get_if<std::string>(&argument.value)) effect += "\r" + *text;
      if (const auto* number = std::get_if<std::int64_t>(&argument.value)) effect += "\r" + std::to_string(*number);
    }
    if (!modifier.message_rules.empty()) effect += "\r" + std::to_string(modifier.range.offset);  // each its own
  }
  return effect;
}

// Values of decisions: who decides, and who would without it.
class Outcomes {
 public:
  struct Outcome {
    Decider first;
    access::Action action = access::Action::kDeny;  // of the table, when `first` is nothing
    std::optional<std::uint32_t> then;              // the outcome whose `first` would decide
    auto operator<=>(const Outcome&) const = default;
  };

  std::uint32_t Intern(const Outcome& outcome) {
    const auto [at, is_new] = known_.try_emplace(outcome, static_cast<std::uint32_t>(outcomes_.size() + 1));
    if (is_new) outcomes_.push_back(outcome);
    return at->second;
  }
  [[nodiscard]] const Outcome& operator[](std::uint32_t value) const { return outcomes_[value - 1]; }

  std::uint32_t Before(std::uint32_t first, std::uint32_t then) {
    if (then == regions::kUndecided || (*this)[first].then) return first;
    Outcome outcome = (*this)[first];
    Outcome alone = (*this)[then];
    alone.then.reset();
    outcome.then = Intern(alone);
    return Intern(outcome);
  }

  // Who decides.
  regions::Valuing First() {
    return {[this](RuleId id, const Operation& operation) { return Intern({Entry{id, &operation}, {}, {}}); },
            [this](access::Action action) { return Intern({{}, action, {}}); },
            [](std::uint32_t first, std::uint32_t) { return first; }};
  }
  // Who decides, and who would without it.
  regions::Valuing FirstTwo() {
    regions::Valuing valuing = First();
    valuing.before = [this](std::uint32_t first, std::uint32_t then) { return Before(first, then); };
    valuing.depth = regions::Valuing::Depth::kAll;
    return valuing;
  }

 private:
  std::map<Outcome, std::uint32_t> known_;
  std::vector<Outcome> outcomes_;
};

class Finder {
 public:
  Finder(const RuleTable& table, const sbpl::PolicyOptions& options)
      : table_(table), space_(table.catalog(), options), options_(options), decisions_(space_, table, outcomes_.First()),
        deeper_(space_, table, outcomes_.FirstTwo()) {
    for (RuleId id = 0; id < table.size(); ++id) effects_.push_back(EffectOf(table.rule(id)));
  }

  EntryReport Run() {
    const std::vector<Asked> asked = AskedOperations();
    for (const Asked& one : asked) LookWhoDecides(one);
    for (const Asked& one : asked) LookWhoMatters(one);
    for (const Asked& one : asked) LookForSurprises(one);
    FindInstead();
    return std::move(report_);
  }

 private:
  struct Asked {
    const Operation* operation;
    TargetSpace targets;
  };

  TargetSpace TargetsOf(const Operation& operation) const {
    return regions::SpaceOf(operation, table_.catalog(), options_.case_rule, table_.BasesUsed(operation));
  }

  // One operation for all that ask the same rules about the same targets.
  std::vector<Asked> AskedOperations() const {
    std::set<std::tuple<std::vector<Entry>, bool, TargetSpace>> seen;
    std::vector<Asked> asked;
    for (const Operation& operation : table_.catalog().operations()) {
      if (operation.only_newer || operation.only_older) continue;
      Asked one{&operation, TargetsOf(operation)};
      if (seen.insert({AllEntries(operation), regions::IsAllowedByDefault(operation), one.targets}).second) {
        asked.push_back(std::move(one));
      }
    }
    return asked;
  }

  std::vector<Entry> AllEntries(const Operation& operation) const {
    std::vector<Entry> entries;
    for (const Operation* at = &operation; at != nullptr; at = table_.catalog().Parent(*at)) {
      for (const RuleId id : table_.OwnRules(*at).filtered) entries.push_back({id, at});
      for (const RuleId id : table_.OwnRules(*at).plain) entries.push_back({id, at});
    }
    return entries;
  }

  [[nodiscard]] std::string Effect(const Outcomes::Outcome& outcome) const {
    return outcome.first ? effects_[outcome.first->rule] : std::string(access::Name(outcome.action));
  }
  [[nodiscard]] access::Action ActionOf(const Outcomes::Outcome& outcome) const {
    return outcome.first ? table_.rule(outcome.first->rule).action : outcome.action;
  }

  // The decisions about what can be asked; all others are kUndecided.
  std::optional<Automaton> About(regions::Decisions& decisions, const Asked& asked) {
    const auto all = decisions.Of(*asked.operation, asked.targets);
    if (!all) return std::nullopt;
    const DiagramId nothing = space_.diagrams.Terminal(regions::kUndecided);
    return automata::Combine(*all, regions::AllTargets(asked.targets), [&](Label x, Label y) { return y == 0 ? nothing : x; });
  }

  void LookWhoDecides(const Asked& asked) {
    const auto all = About(decisions_, asked);
    if (!all) return Skip(asked);
    for (const std::uint32_t value : ValuesOf(*all)) {
      if (outcomes_[value].first) report_.decide.insert(*outcomes_[value].first);
    }
  }

  void LookWhoMatters(const Asked& asked) {
    const auto all = About(deeper_, asked);
    if (!all) return Skip(asked);
    for (const std::uint32_t value : ValuesOf(*all)) Judge(outcomes_[value]);
  }

  // Of what was not looked at nothing bad is said.
  void Skip(const Asked& asked) {
    report_.skipped.insert(asked.operation);
    for (const Entry& entry : AllEntries(*asked.operation)) {
      report_.decide.insert(entry);
      report_.matter.insert(entry);
    }
  }

  // The values that some access has. Facts that exclude each other may make it more; never fewer.
  std::set<std::uint32_t> ValuesOf(const Automaton& automaton) const {
    std::set<Label> labels(automaton.labels().begin(), automaton.labels().end());
    std::set<std::uint32_t> values;
    for (const Label label : labels) {
      for (const std::uint32_t value : space_.diagrams.Values(label)) {
        if (value != regions::kUndecided) values.insert(value);
      }
    }
    return values;
  }

  void Judge(const Outcomes::Outcome& outcome) {
    if (!outcome.first || !outcome.then) return;
    const Outcomes::Outcome& then = outcomes_[*outcome.then];
    if (Effect(then) != Effect(outcome)) {
      report_.matter.insert(*outcome.first);
    } else {
      Decider& known = report_.otherwise[*outcome.first];
      if (!known) known = then.first;  // a rule says more than the table
      // The other one decides nothing as it is, and is told of for that.
      if (then.first && !report_.decide.contains(*then.first)) report_.matter.insert(*outcome.first);
    }
  }

  // Rules that all do the same surprise nobody.
  bool Disagree(const Operation& operation) const {
    std::set<access::Action> actions;
    for (const Entry& entry : AllEntries(operation)) {
      if (entry.operation->name != "default") actions.insert(table_.rule(entry.rule).action);
    }
    return actions.size() > 1;
  }

  void LookForSurprises(const Asked& asked) {
    if (!Disagree(*asked.operation)) return;
    const auto real = About(decisions_, asked);
    const auto expected = decisions_.InTextOrder(*asked.operation, asked.targets);
    if (!real || !expected) return;
    const std::uint32_t code = space_.diagrams.NewOperation();
    std::map<std::uint32_t, std::pair<Entry, Entry>> pairs;
    std::map<std::pair<Entry, Entry>, std::uint32_t> numbers;
    const auto number = [&](std::uint32_t x, std::uint32_t y) -> std::uint32_t {
      if (x == regions::kUndecided || y == regions::kUndecided) return 0;
      const Outcomes::Outcome &is = outcomes_[x], &seems = outcomes_[y];
      if (!is.first || !seems.first || ActionOf(is) == ActionOf(seems)) return 0;
      const auto [at, is_new] = numbers.try_emplace({*seems.first, *is.first}, static_cast<std::uint32_t>(numbers.size() + 1));
      if (is_new) pairs[at->second] = at->first;
      return at->second;
    };
    const auto both = automata::Combine(*real, *expected, [&](Label x, Label y) { return space_.diagrams.Apply(code, number, x, y); });
    if (!both) return;
    for (const auto& [id, pair] : pairs) {
      if (!told_.insert(pair).second) continue;
      const auto word = automata::FindWord(*both, [&](Label label) {
        return std::ranges::binary_search(space_.diagrams.Values(label), id);
      });
      if (!word) continue;  // outside of what can be asked
      report_.surprises.push_back(
          {pair.first, pair.second, std::string(asked.operation->name), regions::TargetText(asked.targets, *word)});
    }
  }

  // Who decides what an entry that never decides would match.
  void FindInstead() {
    for (const Operation& operation : table_.catalog().operations()) {
      const RuleTable::Own& own = table_.OwnRules(operation);
      for (const std::vector<RuleId>* list : {&own.filtered, &own.plain}) {
        for (const RuleId id : *list) {
          const Entry entry{id, &operation};
          if (!report_.decide.contains(entry)) FindInstead(entry);
        }
      }
    }
  }

  void FindInstead(const Entry& entry) {
    const TargetSpace targets = TargetsOf(*entry.operation);
    const auto all = decisions_.Of(*entry.operation, targets);
    const auto matches = table_.rule(entry.rule).filters.empty() ? std::optional(regions::Always(space_))
                                                                 : regions::ConditionOf(space_, targets, table_.filter(entry.rule));
    if (!all || !matches) return;
    const auto where = regions::And(space_, *matches, regions::ConditionFrom(space_, regions::AllTargets(targets)));
    if (!where) return;
    const DiagramId no = space_.diagrams.Terminal(0);
    const std::function<bool(Label, Label)> both = [&](Label x, Label) { return x != no; };
    const auto word = automata::FindWord(*where, *all, both);
    if (!word || !*word) {
      report_.match_nothing.insert(entry);
      return;
    }
    // Any case of the facts in which the entry matches.
    std::uint32_t value = regions::kUndecided;
    const std::uint32_t code = space_.diagrams.NewOperation();
    const auto decided = space_.diagrams.Apply(code, [](std::uint32_t x, std::uint32_t y) { return x != 0 ? y : 0; }, (*where)(**word), (*all)(**word));
    for (const std::uint32_t one : space_.diagrams.Values(decided)) {
      if (one != regions::kUndecided) value = one;
    }
    report_.instead[entry] = value == regions::kUndecided ? std::nullopt : outcomes_[value].first;
  }

  const RuleTable& table_;
  regions::Space space_;
  const sbpl::PolicyOptions& options_;
  Outcomes outcomes_;
  EntryReport report_;
  regions::Decisions decisions_;  // who decides
  regions::Decisions deeper_;     // and who would without it
  std::vector<std::string> effects_;
  std::set<std::pair<Entry, Entry>> told_;
};

}  // namespace

EntryReport FindEntries(const RuleTable& table, const sbpl::PolicyOptions& options) {
  return Finder(table, options).Run();
}

}  // namespace sbtune::lint
