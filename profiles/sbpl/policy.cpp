#include "profiles/sbpl/policy.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "profiles/sbpl/implicit.h"
#include "profiles/sbpl/matcher.h"
#include "profiles/sbpl/rule_index.h"

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
  std::unique_ptr<RuleIndex> index;     // null where there are few filtered rules
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
  Spelling spelling = Spelling::kCanonical;
  FactTable facts;
  std::vector<Rule> implicit;
  std::vector<CompiledRule> rules;         // the profile's, then the implicit ones
  std::vector<OperationRules> operations;  // by the catalog's id
  bool filters_messages = false;           // some rule has inner rules over messages

  base::Status AddRules(const std::vector<Rule>& added, const base::SourceMap& sources);
  void AddRule(const Rule& rule, std::uint32_t position);
  void BuildIndexes();
  Subject MakeSubject(const Query& query) const;
  const OperationRules& RulesOf(const Operation& operation) const { return operations[catalog->Id(operation)]; }
  Verdict Decide(const Operation& operation, Subject& subject, std::vector<Step>* steps) const;
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

Subject Policy::State::MakeSubject(const Query& query) const {
  Subject subject;
  subject.Reset(query, facts, {options.case_rule, spelling}, *catalog);
  return subject;
}

void Policy::State::BuildIndexes() {
  for (OperationRules& own : operations) {
    if (own.filtered.empty()) continue;
    own.index = std::make_unique<RuleIndex>(*catalog);
    for (const std::uint32_t position : own.filtered) own.index->Add(position, rules[position].filter);
    own.index->Build();
  }
}

namespace {

// Walks one chain of operations and finds the entry that decides.
class Walk {
 public:
  Walk(const catalog::Catalog& catalog, const std::vector<CompiledRule>& rules, Subject& subject,
       std::vector<Step>* steps)
      : catalog_(catalog), rules_(rules), subject_(subject), steps_(steps) {}

  template <typename RulesOf>
  Verdict Run(const Operation& asked, RulesOf rules_of) {
    for (const Operation* at = &asked;;) {
      const OperationRules& own = rules_of(*at);
      const std::int64_t matched = steps_ == nullptr ? FindMatch(*at, own) : TryAll(*at, own);
      if (matched >= 0) {
        const Rule* rule = rules_[static_cast<std::size_t>(matched)].rule;
        return Settled(DecisionOf(rule->action), Basis::kFilteredRule, rule, *at);
      }
      if (own.plain != nullptr) {
        Note(Step::Kind::kPlain, *at, own.plain);
        return Settled(DecisionOf(own.plain->action), Basis::kPlainRule, own.plain, *at);
      }
      const Operation* parent = catalog_.Parent(*at);
      if (at->default_allowed || parent == nullptr) {
        Note(Step::Kind::kTerminal, *at, nullptr);
        const bool allowed = at->default_allowed || at->terminal == Terminal::kAllowed;
        return Settled(allowed ? Decision::kAllow : Decision::kDeny,
                       allowed ? Basis::kDefaultAllowed : Basis::kDefaultDenied, nullptr, *at);
      }
      Note(Step::Kind::kToParent, *at, nullptr, parent->name);
      at = parent;
    }
  }

  // Every rule of the chain that matches, as it would be asked if nothing decided before.
  template <typename RulesOf>
  void CollectMatches(const Operation& asked, RulesOf rules_of) {
    for (const Operation* at = &asked; at != nullptr; at = catalog_.Parent(*at)) {
      const OperationRules& own = rules_of(*at);
      for (std::size_t i = own.filtered.size(); i-- > 0;) Try(*at, own.filtered[i]);
      if (own.plain != nullptr) Note(Step::Kind::kPlain, *at, own.plain);
      if (at->default_allowed) return;  // the system itself never asks further
    }
  }

 private:
  struct Pending {  // a rule that nobody can judge, passed on the way
    const Rule* rule;
    const Leaf* leaf;
    std::string_view operation;
  };

  // The position of the last rule that matches, by the index; -1: none.
  std::int64_t FindMatch(const Operation& at, const OperationRules& own) {
    if (own.index == nullptr) return TryAll(at, own);
    Candidates found;
    if (!own.index->Find(subject_, found)) return TryAll(at, own);
    for (const Candidate& candidate : found.to_check) {
      const Clause& clause = *candidate.clause;
      if (clause.tree == nullptr) {
        if (MatchesString(*clause.test, candidate.text)) return clause.position;
      } else if (Holds(at, *clause.tree, clause.position)) {
        return clause.position;
      }
    }
    return found.certain;
  }

  // The same by trying one rule after the other.
  std::int64_t TryAll(const Operation& at, const OperationRules& own) {
    for (std::size_t i = own.filtered.size(); i-- > 0;) {
      if (Try(at, own.filtered[i]) == Truth::kTrue) return own.filtered[i];
    }
    return -1;
  }

  // One rule: any of its filters.
  Truth Try(const Operation& at, std::uint32_t position) {
    const std::vector<Node>& filters = rules_[position].filter.children;
    const Rule* rule = rules_[position].rule;
    const std::size_t pending_before = pending_.size();
    std::size_t unknown = filters.size();
    for (std::size_t i = 0; i < filters.size(); ++i) {
      const std::size_t before = pending_.size();
      if (Holds(at, filters[i], position)) {
        pending_.resize(pending_before);
        Note(Step::Kind::kRuleMatched, at, rule);
        if (steps_ != nullptr) steps_->back().filter = &rule->filters[i];
        return Truth::kTrue;
      }
      if (pending_.size() > before && unknown == filters.size()) unknown = i;
    }
    const bool judged = unknown == filters.size();
    Note(judged ? Step::Kind::kRuleDidNotMatch : Step::Kind::kRuleUnknown, at, rule);
    if (judged) return Truth::kFalse;
    if (steps_ != nullptr) {
      steps_->back().filter = &rule->filters[unknown];
      steps_->back().note = Reason(pending_[pending_before]);
    }
    return Truth::kUnknown;
  }

  bool Holds(const Operation& at, const Node& filter, std::uint32_t position) {
    subject_.unknown = nullptr;
    subject_.entitlement = nullptr;
    const Truth truth = Evaluate(filter, subject_);
    if (truth != Truth::kUnknown) return truth == Truth::kTrue;
    pending_.push_back({rules_[position].rule, subject_.unknown, at.name});
    return false;
  }

  std::string Reason(const Pending& pending) const { return UnknownReason(*pending.leaf, subject_); }

  // The decision without the rules that nobody can judge; unknown if one of them would change it.
  Verdict Settled(Decision decision, Basis basis, const Rule* rule, const Operation& at) {
    for (const Pending& pending : pending_) {
      if (DecisionOf(pending.rule->action) == decision) continue;
      return {Decision::kUnknown, Basis::kUnknownFact, pending.rule, pending.operation, Reason(pending)};
    }
    if (rule != nullptr && rule->implicit) basis = Basis::kImplicitRule;
    return {decision, basis, rule, at.name, ""};
  }

  void Note(Step::Kind kind, const Operation& at, const Rule* rule, std::string_view next = "", std::string note = "") {
    if (steps_ == nullptr) return;
    steps_->push_back({kind, std::string(at.name), std::string(next), rule, nullptr, std::move(note)});
  }

  const catalog::Catalog& catalog_;
  const std::vector<CompiledRule>& rules_;
  Subject& subject_;
  std::vector<Step>* steps_;
  std::vector<Pending> pending_;
};

// What of a connection a log leaves open. Two outcomes each, so that every case can be tried.
struct Cases {
  static constexpr int kProtocol = 1, kFamily = 2, kHost = 4, kCount = 8;
  int open = 0;

  static Cases Of(const EndView& end) {
    return {(end.protocol == 0 ? kProtocol : 0) | (end.family == 0 ? kFamily : 0) |
            (end.host == Host::kUnknown ? kHost : 0)};
  }
  void Apply(int number, EndView& end) const {
    if ((open & kProtocol) != 0) end.protocol = (number & kProtocol) == 0 ? kTcp : kUdp;
    if ((open & kFamily) != 0) end.family = (number & kFamily) == 0 ? kIp4 : kIp6;
    if ((open & kHost) != 0) end.host = (number & kHost) == 0 ? Host::kOther : Host::kLocalhost;
  }
};

// "it is allowed over tcp and denied over udp, …" where one open question alone makes the difference.
std::optional<std::string> DifferenceBetween(const std::array<Decision, Cases::kCount>& outcome) {
  struct Question {
    int bit;
    const char *no, *yes, *what_to_do;
  };
  static constexpr Question kQuestions[] = {
      {Cases::kProtocol, "over tcp", "over udp", "give --fact protocol=tcp or udp"},
      {Cases::kFamily, "over IPv4", "over IPv6", "give --fact protocol=ip4 or ip6"},
      {Cases::kHost, "to other hosts", "to localhost", "name the host in the target, as in remote:localhost:443"},
  };
  for (const Question& question : kQuestions) {
    const Decision no = outcome[0], yes = outcome[static_cast<std::size_t>(question.bit)];
    bool explains = no != yes && no != Decision::kUnknown && yes != Decision::kUnknown;
    for (int number = 0; number < Cases::kCount; ++number) {
      explains = explains && outcome[static_cast<std::size_t>(number)] == ((number & question.bit) == 0 ? no : yes);
    }
    if (!explains) continue;
    const auto word = [](Decision decision) { return decision == Decision::kAllow ? "allowed" : "denied"; };
    return fmt::format("it is {} {} and {} {}, and the log does not tell which; {}", word(no), question.no, word(yes),
                       question.yes, question.what_to_do);
  }
  return std::nullopt;
}

}  // namespace

Verdict Policy::State::Decide(const Operation& operation, Subject& subject, std::vector<Step>* steps) const {
  const auto run = [&](std::vector<Step>* into) {
    return Walk(*catalog, rules, subject, into).Run(operation, [&](const Operation& at) -> const OperationRules& {
      return RulesOf(at);
    });
  };
  Verdict verdict = run(steps);
  EndView& end = subject.remote.present ? subject.remote : subject.local;
  const Cases cases = Cases::Of(end);
  if (verdict.decision != Decision::kUnknown || !end.present || cases.open == 0) return verdict;
  // Perhaps every connection that the log line can mean is decided alike, or one question makes the difference.
  const EndView as_logged = end;
  std::array<Decision, Cases::kCount> outcome;
  std::optional<Verdict> first;
  for (int number = 0; number < Cases::kCount; ++number) {
    end = as_logged;
    cases.Apply(number, end);
    Verdict one = run(nullptr);
    outcome[static_cast<std::size_t>(number)] = one.decision;
    if (!first) first = std::move(one);
  }
  end = as_logged;
  const bool agreed = std::ranges::all_of(outcome, [&](Decision one) { return one == outcome.front(); });
  if (agreed && first->decision != Decision::kUnknown) return *first;
  if (auto reason = DifferenceBetween(outcome)) verdict.unknown_reason = std::move(*reason);
  return verdict;
}

Policy::Policy(std::unique_ptr<State> state) : state_(std::move(state)) {}
Policy::Policy(Policy&&) noexcept = default;
Policy& Policy::operator=(Policy&&) noexcept = default;
Policy::~Policy() = default;

bool Policy::ComparesCanonicalPaths() const { return state_->spelling == Spelling::kCanonical; }
const catalog::Catalog& Policy::catalog() const { return *state_->catalog; }
const std::vector<Rule>& Policy::implicit_rules() const { return state_->implicit; }

base::Result<Policy> Policy::Compile(const Profile& profile, const PolicyOptions& options) {
  const auto found = catalog::Catalog::ForVersion(profile.macos);
  if (!found) return std::unexpected(found.error());
  auto state = std::make_unique<State>();
  state->catalog = *found;
  state->options = options;
  state->spelling = SpellingFor(*state->catalog);
  state->facts = MakeFactTable(options.facts);
  state->operations.resize(state->catalog->operations().size());
  state->implicit = ImplicitRules(profile.rules, *state->catalog);
  state->rules.reserve(profile.rules.size() + state->implicit.size());
  for (const auto* added : {&profile.rules, &std::as_const(state->implicit)}) {
    if (auto status = state->AddRules(*added, profile.sources); !status) return std::unexpected(status.error());
  }
  if (options.engine == Engine::kIndexed) state->BuildIndexes();
  return Policy(std::move(state));
}

Verdict Policy::Decide(const Query& query) const { return Ask(query, nullptr); }

Verdict Policy::Explain(const Query& query, std::vector<Step>& steps) const {
  steps.clear();
  return Ask(query, &steps);
}

Verdict Policy::Ask(const Query& query, std::vector<Step>* steps) const {
  const Operation* operation = state_->catalog->FindLoggedOperation(query.operation);
  if (operation == nullptr) {
    if (catalog::IsLogOnlyOperation(query.operation)) return {Decision::kDeny, Basis::kBesideProfile, nullptr, "", ""};
    return {Decision::kUnknown, Basis::kNoOperation, nullptr, "",
            "no operation is called '" + query.operation + "' in any version of macOS known here"};
  }
  Subject subject = state_->MakeSubject(query);
  return state_->Decide(*operation, subject, steps);
}

std::vector<Step> Policy::HiddenMatches(const Query& query) const {
  std::vector<Step> steps;
  const Operation* operation = state_->catalog->FindLoggedOperation(query.operation);
  if (operation == nullptr) return steps;
  const Rule* decided = Decide(query).rule;
  Subject subject = state_->MakeSubject(query);
  Walk(*state_->catalog, state_->rules, subject, &steps)
      .CollectMatches(*operation, [&](const Operation& at) -> const OperationRules& { return state_->RulesOf(at); });
  bool after = decided == nullptr;
  std::erase_if(steps, [&](const Step& step) {
    const bool is_decider = !after && step.rule == decided;
    after = after || is_decider;
    return is_decider || !after || step.kind == Step::Kind::kRuleDidNotMatch;
  });
  return steps;
}

}  // namespace sbtune::sbpl
