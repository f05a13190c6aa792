#include "profiles/sbpl/policy.h"

#include <algorithm>

#include "profiles/sbpl/implicit.h"
#include "profiles/sbpl/matcher.h"

namespace sbtune::sbpl {
namespace {

using access::Action;
using catalog::Operation;
using catalog::Terminal;

Decision DecisionOf(Action action) { return action == Action::kAllow ? Decision::kAllow : Decision::kDeny; }

struct CompiledRule {
  const Rule* rule = nullptr;
  Node filter;  // any of the rule's filters
};

// The rules that name one operation.
struct OperationRules {
  std::vector<std::uint32_t> filtered;  // positions in State::rules, ascending: the last one is asked first
  const Rule* plain = nullptr;          // the last unfiltered one
};

}  // namespace

std::string_view Name(Decision decision) {
  switch (decision) {
    case Decision::kAllow: return "allow";
    case Decision::kDeny: return "deny";
    case Decision::kUnknown: return "unknown";
  }
  return "unknown";
}

std::string_view Name(Basis basis) {
  switch (basis) {
    case Basis::kFilteredRule: return "filtered-rule";
    case Basis::kPlainRule: return "plain-rule";
    case Basis::kImplicitRule: return "implicit-rule";
    case Basis::kDefaultAllowed: return "default-allowed";
    case Basis::kDefaultDenied: return "default-denied";
    case Basis::kUnknownFact: return "unknown-fact";
    case Basis::kNoOperation: return "no-operation";
    case Basis::kBesideProfile: return "beside-profile";
  }
  return "unknown-fact";
}

struct Policy::State {
  const catalog::Catalog* catalog = nullptr;
  PolicyOptions options;
  FactTable facts;
  std::vector<Rule> implicit;
  std::vector<CompiledRule> rules;         // the profile's, then the implicit ones
  std::vector<OperationRules> operations;  // by the catalog's id
  bool filters_messages = false;           // some rule has inner rules over messages

  base::Status AddRules(const std::vector<Rule>& added, const base::SourceMap& sources);
  void AddRule(const Rule& rule, std::uint32_t position);
};

base::Status Policy::State::AddRules(const std::vector<Rule>& added, const base::SourceMap& sources) {
  const MatcherContext context{*catalog, sources, options.case_rule};
  for (const Rule& rule : added) {
    auto filter = CompileAny(rule.filters, context);
    if (!filter) return std::unexpected(filter.error());
    rules.push_back({&rule, std::move(*filter)});
    AddRule(rule, static_cast<std::uint32_t>(rules.size() - 1));
  }
  return {};
}

void Policy::State::AddRule(const Rule& rule, std::uint32_t position) {
  for (const Modifier& modifier : rule.modifiers) filters_messages |= !modifier.message_rules.empty();
  for (const RuleOperation& named : rule.operations) {
    const Operation* operation = catalog->FindLoggedOperation(named.name);
    if (operation == nullptr) continue;  // the loader has told the user
    OperationRules& own = operations[catalog->Id(*operation)];
    if (rule.filters.empty()) {
      own.plain = &rule;
    } else {
      own.filtered.push_back(position);
    }
  }
}

Policy::Policy(std::unique_ptr<State> state) : state_(std::move(state)) {}
Policy::Policy(Policy&&) noexcept = default;
Policy& Policy::operator=(Policy&&) noexcept = default;
Policy::~Policy() = default;

const catalog::Catalog& Policy::catalog() const { return *state_->catalog; }
const std::vector<Rule>& Policy::implicit_rules() const { return state_->implicit; }

base::Result<Policy> Policy::Compile(const Profile& profile, const PolicyOptions& options) {
  const auto found = catalog::Catalog::ForVersion(profile.macos);
  if (!found) return std::unexpected(found.error());
  auto state = std::make_unique<State>();
  state->catalog = *found;
  state->options = options;
  state->facts = MakeFactTable(options.facts);
  state->operations.resize(state->catalog->operations().size());
  state->implicit = ImplicitRules(profile.rules, *state->catalog);
  for (const std::vector<Rule>* rules : {&profile.rules, const_cast<const std::vector<Rule>*>(&state->implicit)}) {
    if (auto added = state->AddRules(*rules, profile.sources); !added) return std::unexpected(added.error());
  }
  return Policy(std::move(state));
}

namespace {

// Walks one chain of operations; the rules of each, last first.
class Walk {
 public:
  Walk(const catalog::Catalog& catalog, Subject& subject, std::vector<Step>* steps)
      : catalog_(catalog), subject_(subject), steps_(steps) {}

  template <typename RulesOf>
  Verdict Run(const Operation& asked, const std::vector<CompiledRule>& rules, RulesOf rules_of) {
    for (const Operation* at = &asked;; at = catalog_.Parent(*at)) {
      const OperationRules& own = rules_of(*at);
      for (std::size_t i = own.filtered.size(); i-- > 0;) {
        if (Matched(*at, rules[own.filtered[i]])) return Settled(Verdict{DecisionOf(rules[own.filtered[i]].rule->action),
                                                                 Basis::kFilteredRule,
                                                                 rules[own.filtered[i]].rule, at->name, ""});
      }
      if (own.plain != nullptr) {
        Note(Step::Kind::kPlain, *at, own.plain);
        return Settled({DecisionOf(own.plain->action), Basis::kPlainRule, own.plain, at->name, ""});
      }
      if (at->default_allowed || at->terminal == Terminal::kAllowed) {
        Note(Step::Kind::kTerminal, *at, nullptr);
        return Settled({Decision::kAllow, Basis::kDefaultAllowed, nullptr, at->name, ""});
      }
      const Operation* parent = catalog_.Parent(*at);
      if (parent == nullptr) {
        Note(Step::Kind::kTerminal, *at, nullptr);
        return Settled({Decision::kDeny, Basis::kDefaultDenied, nullptr, at->name, ""});
      }
      if (steps_ != nullptr) steps_->push_back({Step::Kind::kToParent, std::string(at->name), std::string(parent->name), nullptr, ""});
    }
  }

 private:
  bool Matched(const Operation& at, const CompiledRule& compiled) {
    subject_.unknown = nullptr;
    subject_.entitlement = nullptr;
    const Truth truth = Evaluate(compiled.filter, subject_);
    switch (truth) {
      case Truth::kFalse: Note(Step::Kind::kRuleDidNotMatch, at, compiled.rule); return false;
      case Truth::kTrue: Note(Step::Kind::kRuleMatched, at, compiled.rule); return true;
      case Truth::kUnknown: break;
    }
    const std::string reason = UnknownReason(*subject_.unknown, subject_);
    Note(Step::Kind::kRuleUnknown, at, compiled.rule);
    if (steps_ != nullptr) steps_->back().note = reason;
    pending_.push_back({Decision::kUnknown, Basis::kUnknownFact, compiled.rule, at.name, reason});
    return false;
  }

  // The decision without the rules that nobody can judge; unknown if one of them would change it.
  Verdict Settled(Verdict verdict) {
    for (Verdict& pending : pending_) {
      if (DecisionOf(pending.rule->action) != verdict.decision) return std::move(pending);
    }
    if (verdict.rule != nullptr && verdict.rule->implicit) verdict.basis = Basis::kImplicitRule;
    return verdict;
  }

  void Note(Step::Kind kind, const Operation& at, const Rule* rule) {
    if (steps_ != nullptr) steps_->push_back({kind, std::string(at.name), "", rule, ""});
  }

  const catalog::Catalog& catalog_;
  Subject& subject_;
  std::vector<Step>* steps_;
  std::vector<Verdict> pending_;
};

}  // namespace

Verdict Policy::Decide(const Query& query) const {
  std::vector<Step> steps;
  return Explain(query, steps);
}

Verdict Policy::Explain(const Query& query, std::vector<Step>& steps) const {
  const Operation* operation = state_->catalog->FindLoggedOperation(query.operation);
  if (operation == nullptr) {
    if (catalog::IsLogOnlyOperation(query.operation)) return {Decision::kDeny, Basis::kBesideProfile, nullptr, "", ""};
    return {Decision::kUnknown, Basis::kNoOperation, nullptr, "", "no operation is called '" + query.operation + "'"};
  }
  Subject subject;
  subject.Reset(query, state_->facts, state_->options.case_rule, *state_->catalog);
  return Walk(*state_->catalog, subject, &steps).Run(*operation, state_->rules, [&](const Operation& at) -> const OperationRules& {
    return state_->operations[state_->catalog->Id(at)];
  });
}

}  // namespace sbtune::sbpl
