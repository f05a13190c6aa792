// The rules of a profile by the operations that ask them, in the order in which they are asked: what deciding walks
// through, laid out for those who look at all accesses at once.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/result.h"
#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/decide/evaluate.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/profile.h"

namespace sbtune::regions {

using RuleId = std::uint32_t;  // position in evaluation order; the system's implicit rules come after the profile's

class RuleTable {
 public:
  // `profile` must outlive the table. Fails as Policy::Compile does.
  [[nodiscard]] static base::Result<RuleTable> Compile(const sbpl::Profile& profile, const sbpl::PolicyOptions& options);

  struct Own {                        // the rules that name one operation, in evaluation order
    std::vector<RuleId> filtered;     // asked from the back
    std::vector<RuleId> plain;        // only the last one counts
  };
  [[nodiscard]] const Own& OwnRules(const catalog::Operation& operation) const;
  [[nodiscard]] const sbpl::Rule& rule(RuleId id) const { return *rules_[id]; }
  [[nodiscard]] const sbpl::Node& filter(RuleId id) const { return filters_[id]; }  // any of the rule's filters
  [[nodiscard]] std::size_t size() const { return rules_.size(); }
  [[nodiscard]] const catalog::Catalog& catalog() const { return policy_->catalog(); }
  [[nodiscard]] const sbpl::Policy& policy() const { return *policy_; }

  // Every rule that may be asked for the operation, in order: its own filtered ones from the last on, its last plain
  // one; without a plain one the parent's follow.
  [[nodiscard]] std::vector<RuleId> Chain(const catalog::Operation& operation) const;
  // The base names of the filters in the chain.
  [[nodiscard]] std::vector<std::string> BasesUsed(const catalog::Operation& operation) const;

 private:
  RuleTable() = default;
  std::unique_ptr<const sbpl::Policy> policy_;  // owns the implicit rules
  std::vector<const sbpl::Rule*> rules_;
  std::vector<sbpl::Node> filters_;
  std::vector<Own> own_;  // by the catalog's id
};

// Whether the operation is allowed, although no rule says so, before any parent is asked.
[[nodiscard]] bool IsAllowedByDefault(const catalog::Operation& operation);

}  // namespace sbtune::regions
