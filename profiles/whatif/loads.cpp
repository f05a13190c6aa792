// Changes that need the profile to be evaluated again: parameters and entitlements.
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "profiles/whatif/finder.h"
#include "profiles/whatif/literals.h"

namespace sbtune::whatif {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kValues = 8;     // tried for one parameter
constexpr std::size_t kSingles = 12;   // entitlements tried one by one; more are halved

bool Compares(std::string_view word) {
  static constexpr auto kWords = std::to_array<std::string_view>({"equal?", "string=?", "eqv?", "eq?", "member", "assoc"});
  return std::ranges::find(kWords, word) != kWords.end();
}

// In (equal? (param "NET") "full") the first literal is a name.
std::vector<std::string> ValuesCompared(const sbpl::Profile& profile) {
  std::vector<std::string> values;
  for (std::string& literal : LiteralsUnder(profile.sources, Compares)) {
    const bool is_name = std::ranges::find(profile.parameter_uses, literal, &sbpl::ParameterUse::name) != profile.parameter_uses.end();
    const bool fits = literal.size() <= 64 && literal.find('\0') == std::string::npos && !is_name;
    if (fits && values.size() < kValues && std::ranges::find(values, literal) == values.end()) values.push_back(std::move(literal));
  }
  return values;
}

}  // namespace

std::optional<sbpl::Decision> Finder::WithLoad(const sbpl::LoadOptions& load, const sbpl::PolicyOptions& policy) {
  if (loads_left_-- <= 0) return std::nullopt;
  const sbpl::LoadResult loaded = sbpl::LoadProfile(load, question_.files);
  if (!loaded.ok() && load.strictness == sbpl::Strictness::kAsTheKernel) return std::nullopt;
  const auto compiled = sbpl::Policy::Compile(loaded.profile, policy);
  return compiled ? Other(compiled->Decide(query_)) : std::nullopt;
}

bool Finder::TryValue(const std::string& name, const std::string& value) {
  sbpl::LoadOptions load = question_.load;
  load.parameters[name] = value;
  const auto decision = WithLoad(load, question_.policy);
  if (decision) Add(Kind::kParameter, *decision, fmt::format("-D {}={}", name, value), {"-D", name + "=" + value});
  return decision.has_value();
}

void Finder::TryParameters() {
  loads_left_ = max_loads_;
  const std::vector<std::string> compared = ValuesCompared(question_.profile);
  for (const sbpl::ParameterUse& use : question_.profile.parameter_uses) {
    const auto given = question_.load.parameters.find(use.name);
    if (given != question_.load.parameters.end()) {
      sbpl::LoadOptions load = question_.load;
      load.parameters.erase(use.name);
      if (const auto decision = WithLoad(load, question_.policy)) {
        Add(Kind::kParameter, *decision, fmt::format("-D {} is not given", use.name));
        continue;
      }
    }
    std::vector<std::string> values = compared;
    if (use.tested) values.insert(values.begin(), {"1", "true"});
    for (const std::string& value : values) {
      if (given != question_.load.parameters.end()) {
        if (value == given->second) continue;
        if (given->second.starts_with('/') && !value.starts_with('/')) continue;  // what holds a path is no switch
      }
      if (TryValue(use.name, value)) break;
    }
  }
}

// Each as true, or (for exceptions that name what they allow) as a list of the target. Many at once cannot all be of
// the kind that the profile expects: what it cannot load is then left out.
std::optional<sbpl::Decision> Finder::WithEntitlements(const std::set<std::string>& names, bool on_target) {
  Json json = Json::parse(question_.load.entitlements_json, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) json = Json::object();
  sbpl::PolicyOptions policy = question_.policy;
  for (const std::string& name : names) {
    if (on_target) json[name] = Json::array({*question_.target});
    else json[name] = true;
    sbpl::Fact fact{sbpl::Fact::Kind::kHolds, "entitlement", on_target ? name + ":" + *question_.target : name};
    policy.facts.insert(policy.facts.begin(), std::move(fact));
  }
  sbpl::LoadOptions load = question_.load;
  if (names.size() > 1) load.strictness = sbpl::Strictness::kLenient;
  load.entitlements_json = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return WithLoad(load, policy);
}

void Finder::AddEntitlement(const std::set<std::string>& names, bool on_target, sbpl::Decision decision) {
  std::string text = names.size() == 1 ? "the process had the entitlement " : "the process had the entitlements ";
  for (const std::string& name : names) text += (name == *names.begin() ? "" : " and ") + name;
  if (on_target) text += fmt::format(" for {}", *question_.target);
  Add(Kind::kEntitlement, decision, std::move(text));
}

void Finder::TryEntitlementsAs(std::vector<std::string> names, bool on_target) {
  if (names.size() <= kSingles) {
    for (const std::string& name : names) {
      if (const auto decision = WithEntitlements({name}, on_target)) AddEntitlement({name}, on_target, *decision);
    }
    return;
  }
  const auto some = [&](std::size_t begin, std::size_t end) {
    return std::set<std::string>(names.begin() + static_cast<std::ptrdiff_t>(begin), names.begin() + static_cast<std::ptrdiff_t>(end));
  };
  std::size_t begin = 0, end = names.size();
  auto decision = WithEntitlements(some(begin, end), on_target);
  if (!decision) return;
  while (end - begin > 1) {  // one half that does it, as long as there is one
    const std::size_t middle = begin + (end - begin) / 2;
    if (const auto left = WithEntitlements(some(begin, middle), on_target)) {
      end = middle, decision = left;
    } else if (const auto right = WithEntitlements(some(middle, end), on_target)) {
      begin = middle, decision = right;
    } else {
      break;
    }
  }
  if (end - begin > 1) return;
  decision = WithEntitlements(some(begin, end), on_target);  // as the kernel loads it
  if (decision) AddEntitlement(some(begin, end), on_target, *decision);
}

void Finder::TryEntitlements() {
  loads_left_ = max_loads_;
  std::vector<std::string> names = LiteralsUnder(
      question_.profile.sources, [](std::string_view word) { return word.find("entitlement") != std::string_view::npos; });
  std::erase_if(names, [](const std::string& name) { return name.find('.') == std::string::npos || name.find('/') != std::string::npos; });
  const std::size_t before = found_.size();
  TryEntitlementsAs(names, false);
  if (question_.target && found_.size() == before) TryEntitlementsAs(names, true);
}

}  // namespace sbtune::whatif
