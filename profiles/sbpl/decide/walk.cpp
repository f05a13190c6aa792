#include "profiles/sbpl/decide/walk.h"

namespace sbtune::sbpl {

using catalog::Operation;
using catalog::Terminal;

Verdict Walk::Run(const Operation& asked) {
  for (const Operation* at = &asked;;) {
    const OperationRules& own = table_.Of(*at);
    const std::int64_t matched = steps_ == nullptr ? FindMatch(*at, own) : TryAll(*at, own);
    if (matched >= 0) {
      const Rule* rule = table_.rules[static_cast<std::size_t>(matched)].rule;
      return Settled(DecisionOf(rule->action), Basis::kFilteredRule, rule, *at);
    }
    if (own.plain != nullptr) {
      Note({Step::Kind::kPlain, std::string(at->name), "", own.plain, nullptr, ""});
      return Settled(DecisionOf(own.plain->action), Basis::kPlainRule, own.plain, *at);
    }
    const Operation* parent = table_.catalog->Parent(*at);
    if (at->default_allowed || parent == nullptr) {
      Note({Step::Kind::kTerminal, std::string(at->name), "", nullptr, nullptr, ""});
      const bool allowed = at->default_allowed || at->terminal == Terminal::kAllowed;
      return Settled(allowed ? Decision::kAllow : Decision::kDeny,
                     allowed ? Basis::kDefaultAllowed : Basis::kDefaultDenied, nullptr, *at);
    }
    Note({Step::Kind::kToParent, std::string(at->name), std::string(parent->name), nullptr, nullptr, ""});
    at = parent;
  }
}

void Walk::CollectMatches(const Operation& asked) {
  for (const Operation* at = &asked; at != nullptr; at = table_.catalog->Parent(*at)) {
    const OperationRules& own = table_.Of(*at);
    for (std::size_t i = own.filtered.size(); i-- > 0;) Try(*at, own.filtered[i]);
    if (own.plain != nullptr) Note({Step::Kind::kPlain, std::string(at->name), "", own.plain, nullptr, ""});
    if (at->default_allowed) return;  // the system itself never asks further
  }
}

// The position of the last rule that matches, by the index; -1: none.
std::int64_t Walk::FindMatch(const Operation& at, const OperationRules& own) {
  if (own.index == nullptr) return TryAll(at, own);
  Candidates found;
  if (!own.index->Find(subject_, found)) return TryAll(at, own);
  for (const Candidate& candidate : found.to_check) {
    const Clause& clause = *candidate.clause;
    const bool holds = clause.tree == nullptr ? MatchesString(*clause.test, candidate.text)
                                              : Holds(at, *clause.tree, clause.position);
    if (holds) return clause.position;
  }
  return found.certain;
}

// The same by trying one rule after the other.
std::int64_t Walk::TryAll(const Operation& at, const OperationRules& own) {
  for (std::size_t i = own.filtered.size(); i-- > 0;) {
    if (Try(at, own.filtered[i]) == Truth::kTrue) return own.filtered[i];
  }
  return -1;
}

// One rule: any of its filters.
Truth Walk::Try(const Operation& at, std::uint32_t position) {
  const std::vector<Node>& filters = table_.rules[position].filter.children;
  const Rule* rule = table_.rules[position].rule;
  const std::size_t pending_before = pending_.size();
  std::size_t unknown = filters.size();
  for (std::size_t i = 0; i < filters.size(); ++i) {
    const std::size_t before = pending_.size();
    if (Holds(at, filters[i], position)) {
      pending_.resize(pending_before);
      Note({Step::Kind::kRuleMatched, std::string(at.name), "", rule, &rule->filters[i], ""});
      return Truth::kTrue;
    }
    if (pending_.size() > before && unknown == filters.size()) unknown = i;
  }
  if (unknown == filters.size()) {
    Note({Step::Kind::kRuleDidNotMatch, std::string(at.name), "", rule, nullptr, ""});
    return Truth::kFalse;
  }
  if (steps_ != nullptr) {
    Note({Step::Kind::kRuleUnknown, std::string(at.name), "", rule, &rule->filters[unknown],
          Reason(pending_[pending_before])});
  }
  return Truth::kUnknown;
}

bool Walk::Holds(const Operation& at, const Node& filter, std::uint32_t position) {
  subject_.unknown = nullptr;
  subject_.entitlement = nullptr;
  const Truth truth = Evaluate(filter, subject_);
  if (truth != Truth::kUnknown) return truth == Truth::kTrue;
  pending_.push_back({table_.rules[position].rule, subject_.unknown, at.name});
  return false;
}

// The decision without the rules that nobody can judge; unknown if one of them would change it.
Verdict Walk::Settled(Decision decision, Basis basis, const Rule* rule, const Operation& at) {
  for (const Pending& pending : pending_) {
    if (DecisionOf(pending.rule->action) == decision) continue;
    return {Decision::kUnknown, Basis::kUnknownFact, pending.rule, pending.operation, Reason(pending)};
  }
  if (rule != nullptr && rule->implicit) basis = Basis::kImplicitRule;
  return {decision, basis, rule, at.name, ""};
}

void Walk::Note(Step step) {
  if (steps_ != nullptr) steps_->push_back(std::move(step));
}

}  // namespace sbtune::sbpl
