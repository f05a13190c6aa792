#include "cli/what_if.h"

#include <algorithm>
#include <set>

namespace sbtune::cli {
namespace {

using sbpl::Decision;
using sbpl::Filter;
using sbpl::Rule;
using sbpl::Step;

constexpr std::size_t kMostParameters = 32;
constexpr std::size_t kMostEntitlements = 200;
constexpr std::size_t kMostRules = 8;

class Search {
 public:
  explicit Search(const RemedyRequest& request) : request_(request) {}

  std::vector<Remedy> Run() {
    if (request_.verdict.decision == Decision::kAllow || request_.verdict.operation.empty()) return {};
    Rules();
    Entitlements();
    Parameters();
    return std::move(found_);
  }

 private:
  bool Allows(const sbpl::Profile& profile, const sbpl::PolicyOptions& options) const {
    const auto policy = sbpl::Policy::Compile(profile, options);
    return policy && policy->Decide(request_.query).decision == Decision::kAllow;
  }

  // Rules that match and allow, but are not the ones that are asked first.
  void Rules() {
    std::size_t tried = 0;
    for (const Step& step : request_.hidden) {
      const bool filtered = step.kind == Step::Kind::kRuleMatched;
      if (!filtered || step.rule->implicit || step.rule->action != access::Action::kAllow) continue;
      if (++tried > kMostRules) return;
      const std::string operation(request_.verdict.operation);
      const bool same = step.operation == operation;
      sbpl::Profile changed;
      changed.macos = request_.profile.macos;
      changed.version = request_.profile.version;
      changed.rules = request_.profile.rules;
      Rule moved = *step.rule;
      if (!same) moved.operations = {{operation, operation, {}}};
      changed.rules.push_back(std::move(moved));
      if (!Allows(changed, request_.policy)) continue;
      found_.push_back({same ? Remedy::Kind::kOrder : Remedy::Kind::kOperation, operation, "", step.rule->range});
      return;  // the nearest one says it
    }
  }

  void Entitlements() {
    std::set<std::pair<std::string, std::string>> tried;
    for (const Rule& rule : request_.profile.rules) {
      for (const Filter* filter : FiltersOn(rule)) {
        const std::string* name = FirstText(*filter);
        if (!filter->name.starts_with("require-entitlement") || name == nullptr) continue;
        std::vector<std::string> values = {""};
        for (const Filter* inner : AllOf(filter->subfilters)) {
          for (const sbpl::Argument& argument : inner->arguments) {
            if (const auto* text = std::get_if<std::string>(&argument.value)) values.push_back(*text);
          }
        }
        for (const std::string& value : values) {
          if (tried.size() < kMostEntitlements && tried.emplace(*name, value).second) Entitlement(*name, value, *filter);
        }
      }
    }
  }

  void Entitlement(const std::string& name, const std::string& value, const Filter& filter) {
    sbpl::PolicyOptions options = request_.policy;
    options.facts.push_back({sbpl::Fact::Kind::kHolds, "entitlement", name + ":" + (value.empty() ? "true" : value)});
    if (!Allows(request_.profile, options)) return;
    found_.push_back({Remedy::Kind::kEntitlement, name, value, filter.range});
  }

  void Parameters() {
    if (std::ranges::find(request_.load.paths, "-") != request_.load.paths.end()) return;
    std::size_t tried = 0;
    for (const sbpl::ParameterUse& use : request_.profile.parameter_uses) {
      if (use.given || ++tried > kMostParameters) continue;
      for (const char* value : {"1", "TRUE", "YES"}) {
        sbpl::LoadOptions load = request_.load;
        load.parameters[use.name] = value;
        sbpl::DiskFiles files;
        const sbpl::LoadResult loaded = sbpl::LoadProfile(load, files);
        if (!loaded.ok() || !Allows(loaded.profile, request_.policy)) continue;
        found_.push_back({Remedy::Kind::kParameter, use.name, value, use.range});
        break;
      }
    }
  }

  static std::vector<const Filter*> AllOf(const std::vector<Filter>& filters) {
    std::vector<const Filter*> all;
    for (const Filter& filter : filters) all.push_back(&filter);
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (const Filter& sub : all[i]->subfilters) all.push_back(&sub);
    }
    return all;
  }

  // Only of rules on the operation that was asked, or on what it falls back to.
  std::vector<const Filter*> FiltersOn(const Rule& rule) const {
    const catalog::Catalog& catalog = **catalog::Catalog::ForVersion(request_.profile.macos);
    for (const catalog::Operation* at = catalog.FindLoggedOperation(request_.query.operation); at != nullptr;
         at = catalog.Parent(*at)) {
      const auto named = [&](const sbpl::RuleOperation& operation) { return operation.name == at->name; };
      if (std::ranges::any_of(rule.operations, named)) return AllOf(rule.filters);
    }
    return {};
  }

  static const std::string* FirstText(const Filter& filter) {
    return filter.arguments.empty() ? nullptr : std::get_if<std::string>(&filter.arguments.front().value);
  }

  const RemedyRequest& request_;
  std::vector<Remedy> found_;
};

}  // namespace

std::vector<Remedy> FindRemedies(const RemedyRequest& request) { return Search(request).Run(); }

}  // namespace sbtune::cli
