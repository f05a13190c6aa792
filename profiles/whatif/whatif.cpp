#include "profiles/whatif/whatif.h"

#include <algorithm>

#include "profiles/whatif/finder.h"

namespace sbtune::whatif {
namespace {

constexpr std::size_t kRules = 200;  // near the access, whose facts and paths are tried

}  // namespace

std::string_view Name(Kind kind) {
  switch (kind) {
    case Kind::kParameter: return "parameter";
    case Kind::kEntitlement: return "entitlement";
    case Kind::kFact: return "fact";
    case Kind::kTarget: return "target";
    case Kind::kCase: return "case";
    case Kind::kOrder: return "order";
    case Kind::kOperation: return "operation";
    case Kind::kRulePath: return "rule-path";
    case Kind::kRemoval: return "removal";
  }
  return "removal";
}

Finder::Finder(const Question& question, const sbpl::Policy& policy, Now now, int max_loads)
    : question_(question), policy_(policy), now_(std::move(now)),
      query_(sbpl::QueryFromAccess(question.operation, question.target)), max_loads_(max_loads) {}

std::optional<sbpl::Decision> Finder::Other(const sbpl::Verdict& verdict) const {
  if (verdict.decision == sbpl::Decision::kUnknown || verdict.decision == now_.verdict.decision) return std::nullopt;
  return verdict.decision;
}

// The same said by two ways of looking is one answer.
void Finder::Add(Kind kind, sbpl::Decision decision, std::string text, std::vector<std::string> options) {
  const auto same = [&](const Alternative& known) { return known.kind == kind && known.text == text; };
  if (std::ranges::none_of(found_, same)) found_.push_back({kind, decision, std::move(text), std::move(options)});
}

std::optional<std::size_t> Finder::IndexOf(const sbpl::Rule* rule) const {
  const auto& rules = question_.profile.rules;
  if (rule == nullptr || rule->implicit || rules.empty()) return std::nullopt;
  const auto index = static_cast<std::size_t>(rule - rules.data());
  SBTUNE_ASSERT(index < rules.size());
  return index;
}

std::vector<const sbpl::Rule*> Finder::RulesNear() const {
  std::vector<const sbpl::Rule*> near;
  for (const auto* steps : {&now_.steps, &now_.hidden}) {
    for (const sbpl::Step& step : *steps) {
      if (step.rule == nullptr || near.size() == kRules) continue;
      if (std::ranges::find(near, step.rule) == near.end()) near.push_back(step.rule);
    }
  }
  return near;
}

std::vector<Alternative> FindAlternatives(const Question& question, int max_loads) {
  const auto policy = sbpl::Policy::Compile(question.profile, question.policy);
  if (!policy) return {};
  const sbpl::Query query = sbpl::QueryFromAccess(question.operation, question.target);
  Now now;
  now.verdict = policy->Explain(query, now.steps);
  if (now.verdict.basis == sbpl::Basis::kNoOperation || now.verdict.basis == sbpl::Basis::kBesideProfile) return {};
  now.hidden = policy->HiddenMatches(query);
  Finder finder(question, *policy, std::move(now), max_loads);
  finder.TryParameters();
  finder.TryEntitlements();
  finder.TryFacts();
  finder.TryTargets();
  finder.TryCase();
  if (finder.IsUnknown()) return finder.Take();  // first what is missing, then what could be changed
  finder.TryOrder();
  finder.TryOperations();
  finder.TryRulePaths();
  finder.TryRemoval();
  return finder.Take();
}

}  // namespace sbtune::whatif
