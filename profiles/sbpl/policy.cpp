#include "profiles/sbpl/policy.h"

#include <algorithm>

#include "profiles/sbpl/decide/cases.h"
#include "profiles/sbpl/decide/implicit.h"
#include "profiles/sbpl/decide/walk.h"

namespace sbtune::sbpl {

using catalog::Operation;

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
  PolicyOptions options;
  PathRules paths;
  FactTable facts;
  std::vector<Rule> implicit;
  RuleTable table;
  const Rule* message_filter = nullptr;  // a rule with inner rules over messages

  base::Status AddRules(const std::vector<Rule>& added, const base::SourceMap& sources);
  void AddRule(const Rule& rule, std::uint32_t position);
  void BuildIndexes();
  Subject MakeSubject(const Query& query) const;
  Verdict Decide(const Operation& operation, Subject& subject, std::vector<Step>* steps) const;
};

base::Status Policy::State::AddRules(const std::vector<Rule>& added, const base::SourceMap& sources) {
  const FilterContext context{*table.catalog, sources, options.case_rule};
  for (const Rule& rule : added) {
    auto filter = CompileAny(rule.filters, context);
    if (!filter) return std::unexpected(filter.error());
    table.rules.push_back({&rule, std::move(*filter)});
    AddRule(rule, static_cast<std::uint32_t>(table.rules.size() - 1));
  }
  return {};
}

void Policy::State::AddRule(const Rule& rule, std::uint32_t position) {
  if (std::ranges::any_of(rule.modifiers, [](const Modifier& one) { return !one.message_rules.empty(); })) {
    message_filter = &rule;
  }
  for (const RuleOperation& named : rule.operations) {
    const Operation* operation = table.catalog->FindLoggedOperation(named.name);
    if (operation == nullptr) continue;  // the loader has told the user
    OperationRules& own = table.operations[table.catalog->Id(*operation)];
    if (rule.filters.empty()) {
      own.plain = &rule;
    } else {
      own.filtered.push_back(position);
    }
  }
}

void Policy::State::BuildIndexes() {
  for (OperationRules& own : table.operations) {
    if (own.filtered.empty()) continue;
    own.index = std::make_unique<RuleIndex>(*table.catalog);
    for (const std::uint32_t position : own.filtered) own.index->Add(position, table.rules[position].filter);
    own.index->Build();
  }
}

Subject Policy::State::MakeSubject(const Query& query) const {
  Subject subject;
  subject.Reset(query, facts, paths, *table.catalog);
  return subject;
}

// Messages are filtered by the inner rules of the rule that allowed the service or device, and a log line about a
// message names neither.
bool IsAboutMessages(const Operation& operation) {
  return operation.name == "default-message-filter" || operation.parent == "default-message-filter";
}

Verdict Policy::State::Decide(const Operation& operation, Subject& subject, std::vector<Step>* steps) const {
  if (message_filter != nullptr && IsAboutMessages(operation)) {
    return {Decision::kUnknown, Basis::kUnknownFact, message_filter, operation.name,
            "the profile filters messages, and which service or device this one goes to is not known"};
  }
  Verdict verdict = Walk(table, subject, steps).Run(operation);
  EndView& end = subject.remote.present ? subject.remote : subject.local;
  const Cases cases = Cases::Of(end);
  if (verdict.decision != Decision::kUnknown || !end.present || cases.open == 0) return verdict;
  // Perhaps every connection that the log line can mean is decided alike, or one question makes the difference.
  const EndView as_logged = end;
  Outcomes outcomes;
  Verdict first;
  for (int number = 0; number < Cases::kCount; ++number) {
    end = as_logged;
    cases.Apply(number, end);
    Verdict one = Walk(table, subject, nullptr).Run(operation);
    outcomes[static_cast<std::size_t>(number)] = one.decision;
    if (number == 0) first = std::move(one);
  }
  end = as_logged;
  const bool agreed = std::ranges::all_of(outcomes, [&](Decision one) { return one == outcomes.front(); });
  if (agreed && first.decision != Decision::kUnknown) return first;
  if (auto reason = DifferenceBetween(outcomes)) verdict.unknown_reason = std::move(*reason);
  return verdict;
}

Policy::Policy(std::unique_ptr<State> state) : state_(std::move(state)) {}
Policy::Policy(Policy&&) noexcept = default;
Policy& Policy::operator=(Policy&&) noexcept = default;
Policy::~Policy() = default;

bool Policy::ComparesCanonicalPaths() const { return state_->paths.spelling == Spelling::kCanonical; }
const catalog::Catalog& Policy::catalog() const { return *state_->table.catalog; }
const std::vector<Rule>& Policy::implicit_rules() const { return state_->implicit; }

base::Result<Policy> Policy::Compile(const Profile& profile, const PolicyOptions& options) {
  const auto found = catalog::Catalog::ForVersion(profile.macos);
  if (!found) return std::unexpected(found.error());
  auto state = std::make_unique<State>();
  state->options = options;
  state->paths = {options.case_rule, SpellingFor(**found)};
  state->facts = MakeFactTable(options.facts);
  state->implicit = ImplicitRules(profile.rules, **found);
  state->table.catalog = *found;
  state->table.operations.resize((*found)->operations().size());
  state->table.rules.reserve(profile.rules.size() + state->implicit.size());  // indexes point into it
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
  const Operation* operation = catalog().FindLoggedOperation(query.operation);
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
  const Operation* operation = catalog().FindLoggedOperation(query.operation);
  if (operation == nullptr) return steps;
  const Rule* decided = Decide(query).rule;
  Subject subject = state_->MakeSubject(query);
  Walk(state_->table, subject, &steps).CollectMatches(*operation);
  bool after = decided == nullptr;
  std::erase_if(steps, [&](const Step& step) {
    const bool is_decider = !after && step.rule == decided;
    after = after || is_decider;
    return is_decider || !after || step.kind == Step::Kind::kRuleDidNotMatch;
  });
  return steps;
}

}  // namespace sbtune::sbpl
