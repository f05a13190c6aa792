// Changes of what the process, the machine and the target are: facts, the target's spelling, the case of paths.
#include <algorithm>

#include <fmt/format.h>

#include "profiles/whatif/finder.h"

namespace sbtune::whatif {
namespace {

using sbpl::Fact;

constexpr std::size_t kFactsOfRule = 8;

struct Candidate {
  Fact fact;
  std::string value;  // as the profile writes it
  bool operator==(const Candidate&) const = default;
};

// (require-entitlement "name" test…): the name alone, or with each text that the tests compare its value with.
void AddEntitlements(const sbpl::Filter& filter, std::vector<Candidate>& found) {
  const auto* name = filter.arguments.empty() ? nullptr : std::get_if<std::string>(&filter.arguments.front().value);
  if (name == nullptr) return;
  std::vector<std::string> facts;
  std::vector<const sbpl::Filter*> stack = {};
  for (const sbpl::Filter& test : filter.subfilters) stack.push_back(&test);
  while (!stack.empty()) {
    const sbpl::Filter& test = *stack.back();
    stack.pop_back();
    for (const sbpl::Filter& below : test.subfilters) stack.push_back(&below);
    for (const sbpl::Argument& argument : test.arguments) {
      if (const auto* value = std::get_if<std::string>(&argument.value)) facts.push_back(*name + ":" + *value);
    }
  }
  if (facts.empty()) facts.push_back(*name);
  for (const std::string& fact : facts) {
    Candidate one{{Fact::Kind::kHolds, "entitlement", fact}, fact};
    if (std::ranges::find(found, one) == found.end()) found.push_back(std::move(one));
  }
}

// What the leaves of a rule ask for that no log carries.
std::vector<Candidate> FactsAskedBy(const sbpl::Rule& rule, const catalog::Catalog& catalog) {
  std::vector<Candidate> found;
  std::vector<const sbpl::Filter*> stack;
  const auto push = [&](const std::vector<sbpl::Filter>& filters) {
    for (std::size_t i = filters.size(); i-- > 0;) stack.push_back(&filters[i]);
  };
  push(rule.filters);
  while (!stack.empty()) {
    const sbpl::Filter& filter = *stack.back();
    stack.pop_back();
    if (filter.name == "require-entitlement") {
      AddEntitlements(filter, found);
      continue;
    }
    push(filter.subfilters);
    const catalog::Filter* known = catalog.FindFilter(filter.name);
    if (known == nullptr || sbpl::LogMayCarry(known->base) || known->base != known->name) continue;
    for (const sbpl::Argument& argument : filter.arguments) {
      Candidate one{{Fact::Kind::kHolds, std::string(known->base), ""}, ""};
      if (const auto* text = std::get_if<std::string>(&argument.value)) one.fact.value = *text;
      if (const auto* number = std::get_if<std::int64_t>(&argument.value)) one.fact.value = std::to_string(*number);
      one.value = argument.alias.empty() ? one.fact.value : argument.alias;
      if (!one.fact.value.empty() && std::ranges::find(found, one) == found.end()) found.push_back(std::move(one));
    }
    if (found.size() >= kFactsOfRule) break;
  }
  return found;
}

// The candidate takes the place of what was said about the same.
sbpl::PolicyOptions With(const sbpl::PolicyOptions& options, const Fact& fact) {
  sbpl::PolicyOptions changed = options;
  std::erase_if(changed.facts, [&](const Fact& old) {
    if (old.name != fact.name) return false;
    const bool several = sbpl::MayHoldSeveral(fact.name);
    return several ? old.value == fact.value : old.kind != Fact::Kind::kDoesNotHold || old.value == fact.value;
  });
  changed.facts.insert(changed.facts.begin(), fact);
  return changed;
}

std::string Shown(const Candidate& candidate) {
  const char* sign = candidate.fact.kind == Fact::Kind::kDoesNotHold ? "!=" : "=";
  return candidate.fact.name + sign + candidate.value;
}

// Other spellings of the same file, as far as they can be known without looking at a disk.
std::vector<std::string> Spellings(const std::string& target) {
  std::vector<std::string> other;
  constexpr std::string_view kPrivate = "/private", kData = "/System/Volumes/Data";
  if (target.starts_with(kData)) other.push_back(target.substr(kData.size()));
  if (target.starts_with("/private/")) other.push_back(target.substr(kPrivate.size()));
  for (const std::string_view link : {"/tmp", "/var", "/etc"}) {
    if (target == link || target.starts_with(std::string(link) + "/")) other.push_back(std::string(kPrivate) + target);
  }
  if (target.size() > 1 && target.ends_with('/')) other.push_back(target.substr(0, target.find_last_not_of('/') + 1));
  std::erase(other, "");
  return other;
}

}  // namespace

std::optional<sbpl::Decision> Finder::WithPolicy(const sbpl::PolicyOptions& policy) const {
  const auto compiled = sbpl::Policy::Compile(question_.profile, policy);
  return compiled ? Other(compiled->Decide(query_)) : std::nullopt;
}

void Finder::TryOneFact(const Fact& fact, const std::string& shown) {
  const auto decision = WithPolicy(With(question_.policy, fact));
  if (!decision) return;
  if (fact.name == "entitlement" && fact.kind == Fact::Kind::kHolds) {
    const std::size_t colon = fact.value.find(':');
    std::string text = "the process had the entitlement " + fact.value.substr(0, colon);
    if (colon != std::string::npos) text += fmt::format(" with \"{}\"", fact.value.substr(colon + 1));
    Add(Kind::kEntitlement, *decision, std::move(text), {"--fact", shown});
  } else {
    Add(Kind::kFact, *decision, "--fact " + shown, {"--fact", shown});
  }
}

// All that one rule asks for, together.
void Finder::TryAllFacts(const sbpl::Rule& rule) {
  const std::vector<Candidate> candidates = FactsAskedBy(rule, policy_.catalog());
  if (candidates.size() < 2) return;
  sbpl::PolicyOptions policy = question_.policy;
  std::string text;
  std::vector<std::string> options;
  for (const Candidate& candidate : candidates) {
    policy = With(policy, candidate.fact);
    text += (text.empty() ? "--fact " : " --fact ") + Shown(candidate);
    options.insert(options.end(), {"--fact", Shown(candidate)});
  }
  if (const auto decision = WithPolicy(policy)) Add(Kind::kFact, *decision, std::move(text), std::move(options));
}

void Finder::TryFacts() {
  std::vector<Candidate> tried;
  for (const sbpl::Rule* rule : RulesNear()) {
    const std::size_t before = found_.size();
    for (Candidate candidate : FactsAskedBy(*rule, policy_.catalog())) {
      for (const Fact::Kind kind : {Fact::Kind::kHolds, Fact::Kind::kDoesNotHold}) {
        candidate.fact.kind = kind;
        if (std::ranges::find(tried, candidate) != tried.end()) continue;
        tried.push_back(candidate);
        TryOneFact(candidate.fact, Shown(candidate));
      }
    }
    const sbpl::Decision meant = rule->action == access::Action::kAllow ? sbpl::Decision::kAllow : sbpl::Decision::kDeny;
    const bool alone = std::any_of(found_.begin() + static_cast<std::ptrdiff_t>(before), found_.end(),
                                   [&](const Alternative& one) { return one.decision == meant; });
    if (!alone) TryAllFacts(*rule);
  }
}

void Finder::TryTargets() {
  if (!question_.target) return;
  for (const std::string& spelling : Spellings(*question_.target)) {
    const auto decision = Other(policy_.Decide(sbpl::QueryFromAccess(question_.operation, spelling)));
    if (decision) Add(Kind::kTarget, *decision, "the target were spelled " + spelling);
  }
}

void Finder::TryCase() {
  sbpl::PolicyOptions policy = question_.policy;
  const bool folds = policy.case_rule == sbpl::CaseRule::kFoldPaths;
  policy.case_rule = folds ? sbpl::CaseRule::kExact : sbpl::CaseRule::kFoldPaths;
  const auto decision = WithPolicy(policy);
  if (!decision) return;
  Add(Kind::kCase, *decision, folds ? "paths were compared with their case" : "paths were compared without their case",
      folds ? std::vector<std::string>{"--case-sensitive"} : std::vector<std::string>{});
}

}  // namespace sbtune::whatif
