// Changes of the profile's rules: their order, their operations, their paths, and their absence.
#include <algorithm>

#include <fmt/format.h>

#include "profiles/whatif/finder.h"

namespace sbtune::whatif {
namespace {

constexpr std::size_t kRemoved = 3;  // rules together that were not there

bool IsPathFilter(const std::string& name) { return name == "path" || name == "subpath" || name == "path-prefix"; }

// The path as the kernel spells it; nothing where it already is.
std::optional<std::string> Canonical(const std::string& path, const std::string& filter) {
  std::string text = path;
  constexpr std::string_view kData = "/System/Volumes/Data/";
  if (text.starts_with(kData)) text.erase(0, kData.size() - 1);
  for (const std::string_view link : {"/tmp", "/var", "/etc"}) {
    if (text == link || text.starts_with(std::string(link) + "/")) {
      text = "/private" + text;
      break;
    }
  }
  if (filter != "path-prefix") {
    while (text.size() > 1 && text.ends_with('/')) text.pop_back();
  }
  return text == path ? std::nullopt : std::optional(text);
}

// Respells the paths of a rule; what was done first, as "X instead of Y".
std::string Respell(sbpl::Rule& rule) {
  std::string done;
  std::vector<sbpl::Filter*> stack;
  for (sbpl::Filter& filter : rule.filters) stack.push_back(&filter);
  while (!stack.empty()) {
    sbpl::Filter& filter = *stack.back();
    stack.pop_back();
    for (sbpl::Filter& below : filter.subfilters) stack.push_back(&below);
    if (!IsPathFilter(filter.name)) continue;
    for (sbpl::Argument& argument : filter.arguments) {
      auto* text = std::get_if<std::string>(&argument.value);
      const auto canonical = text == nullptr ? std::nullopt : Canonical(*text, filter.name);
      if (!canonical) continue;
      if (done.empty()) done = fmt::format("{} instead of {}", *canonical, *text);
      *text = *canonical;
    }
  }
  return done;
}

void MoveBehind(std::vector<sbpl::Rule>& rules, std::size_t index, std::size_t other) {
  const auto at = [&](std::size_t i) { return rules.begin() + static_cast<std::ptrdiff_t>(i); };
  std::rotate(at(index), at(index + 1), at(other + 1));
}

}  // namespace

std::optional<sbpl::Verdict> Finder::VerdictOf(const Rules& rules) const {
  sbpl::Profile changed;
  changed.sources = question_.profile.sources;
  changed.version = question_.profile.version;
  changed.macos = question_.profile.macos;
  changed.rules = rules;
  const auto compiled = sbpl::Policy::Compile(changed, question_.policy);
  if (!compiled) return std::nullopt;
  sbpl::Verdict verdict = compiled->Decide(query_);
  // Rules die with `changed`: keep the place in the list instead.
  verdict.rule = verdict.rule == nullptr || verdict.rule->implicit ? nullptr : &rules[static_cast<std::size_t>(verdict.rule - changed.rules.data())];
  return verdict;
}

std::optional<sbpl::Decision> Finder::WithRules(const Rules& rules) const {
  const auto verdict = VerdictOf(rules);
  return verdict ? Other(*verdict) : std::nullopt;
}

// Rules of the profile that match, say another thing, and do not decide.
std::vector<std::size_t> Finder::HiddenOpposites() const {
  std::vector<std::size_t> indexes;
  for (const sbpl::Step& step : now_.hidden) {
    const auto index = IndexOf(step.rule);
    if (!index || step.kind == sbpl::Step::Kind::kRuleUnknown || step.operation == "default") continue;
    const bool allows = step.rule->action == access::Action::kAllow;
    const bool opposite = now_.verdict.decision != (allows ? sbpl::Decision::kAllow : sbpl::Decision::kDeny);
    if (opposite && std::ranges::find(indexes, *index) == indexes.end()) indexes.push_back(*index);
  }
  return indexes;
}

void Finder::TryOrder() {
  const auto decider = IndexOf(now_.verdict.rule);
  if (!decider) return;
  for (const std::size_t index : HiddenOpposites()) {
    if (index > *decider) continue;
    Rules rules = question_.profile.rules;
    MoveBehind(rules, index, *decider);
    if (const auto decision = WithRules(rules)) {
      return Add(Kind::kOrder, *decision,
                 fmt::format("the rule at {} came after the one at {}", WhereIs(question_.profile.rules[index]),
                             WhereIs(question_.profile.rules[*decider])));
    }
  }
}

// Where it stands, or else behind the rule that decides.
void Finder::TryOperations() {
  const std::string operation(now_.verdict.operation);
  const auto decider = IndexOf(now_.verdict.rule);
  if (operation.empty()) return;
  for (const std::size_t index : HiddenOpposites()) {
    Rules rules = question_.profile.rules;
    sbpl::Rule& named = rules[index];
    const auto known = [&](const sbpl::RuleOperation& one) { return one.name == operation; };
    if (std::ranges::any_of(named.operations, known)) continue;
    named.operations.push_back({operation, operation, {}});
    const std::string text = fmt::format("the rule at {} named {} as well", WhereIs(named), operation);
    if (const auto decision = WithRules(rules)) return Add(Kind::kOperation, *decision, text);
    if (!decider || index > *decider) continue;
    const std::string behind = WhereIs(rules[*decider]);
    MoveBehind(rules, index, *decider);
    if (const auto decision = WithRules(rules)) {
      return Add(Kind::kOperation, *decision, fmt::format("{} and came after the one at {}", text, behind));
    }
  }
}

void Finder::TryRulePaths() {
  for (const sbpl::Rule* rule : RulesNear()) {
    const auto index = IndexOf(rule);
    if (!index) continue;
    sbpl::Rule mended = *rule;
    const std::string done = Respell(mended);
    if (done.empty()) continue;
    Rules rules = question_.profile.rules;
    rules[*index] = std::move(mended);
    if (const auto decision = WithRules(rules)) {
      return Add(Kind::kRulePath, *decision, fmt::format("the rule at {} said {}", WhereIs(*rule), done));
    }
  }
}

void Finder::TryRemoval() {
  Rules rules = question_.profile.rules;
  const sbpl::Rule* decider = IndexOf(now_.verdict.rule) ? now_.verdict.rule : nullptr;
  if (decider == nullptr) return;
  std::size_t at = *IndexOf(decider);
  std::vector<std::string> places;
  while (places.size() < kRemoved) {
    places.push_back(WhereIs(rules[at]));
    rules.erase(rules.begin() + static_cast<std::ptrdiff_t>(at));
    const auto verdict = VerdictOf(rules);
    if (!verdict) return;
    if (const auto decision = Other(*verdict)) {
      std::string list;
      for (std::size_t i = 0; i < places.size(); ++i) list += (i == 0 ? "" : i + 1 == places.size() ? " and " : ", ") + places[i];
      return Add(Kind::kRemoval, *decision, fmt::format("the rule{} at {} {} not there", places.size() == 1 ? "" : "s", list, places.size() == 1 ? "was" : "were"));
    }
    if (verdict->rule == nullptr) return;
    at = static_cast<std::size_t>(verdict->rule - rules.data());
  }
}

}  // namespace sbtune::whatif
