#include "profiles/regions/rule_table.h"

#include "profiles/regions/condition.h"

namespace sbtune::regions {

bool IsAllowedByDefault(const catalog::Operation& operation) {
  return operation.default_allowed || operation.terminal == catalog::Terminal::kAllowed;
}

base::Result<RuleTable> RuleTable::Compile(const sbpl::Profile& profile, const sbpl::PolicyOptions& options) {
  auto policy = sbpl::Policy::Compile(profile, options);
  if (!policy) return std::unexpected(policy.error());
  RuleTable table;
  table.policy_ = std::make_unique<const sbpl::Policy>(std::move(*policy));
  for (const sbpl::Rule& rule : profile.rules) table.rules_.push_back(&rule);
  for (const sbpl::Rule& rule : table.policy_->implicit_rules()) table.rules_.push_back(&rule);
  const catalog::Catalog& catalog = table.catalog();
  table.own_.resize(catalog.operations().size());
  for (RuleId id = 0; id < table.rules_.size(); ++id) {
    const sbpl::Rule& rule = *table.rules_[id];
    auto filter = sbpl::CompileAny(rule.filters, {catalog, profile.sources, options.case_rule});
    if (!filter) return std::unexpected(filter.error());
    table.filters_.push_back(std::move(*filter));
    for (const sbpl::RuleOperation& named : rule.operations) {
      const catalog::Operation* operation = catalog.FindLoggedOperation(named.name);
      if (operation == nullptr) continue;
      Own& own = table.own_[catalog.Id(*operation)];
      std::vector<RuleId>& list = rule.filters.empty() ? own.plain : own.filtered;
      if (list.empty() || list.back() != id) list.push_back(id);
    }
  }
  return table;
}

const RuleTable::Own& RuleTable::OwnRules(const catalog::Operation& operation) const {
  return own_[catalog().Id(operation)];
}

std::vector<RuleId> RuleTable::Chain(const catalog::Operation& operation) const {
  std::vector<RuleId> chain;
  for (const catalog::Operation* at = &operation; at != nullptr; at = catalog().Parent(*at)) {
    const Own& own = OwnRules(*at);
    chain.insert(chain.end(), own.filtered.rbegin(), own.filtered.rend());
    if (!own.plain.empty()) {
      chain.push_back(own.plain.back());
      break;
    }
    if (IsAllowedByDefault(*at)) break;
  }
  return chain;
}

std::vector<std::string> RuleTable::BasesUsed(const catalog::Operation& operation) const {
  std::vector<std::string> bases;
  for (const RuleId id : Chain(operation)) CollectBases(filter(id), bases);
  return bases;
}

}  // namespace sbtune::regions
