// The table of rules by operation, and the walk along one chain of operations that finds the entry which decides.
// For policy.cpp and profiles/regions, not for others.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/decide/evaluate.h"
#include "profiles/sbpl/decide/rule_index.h"
#include "profiles/sbpl/policy.h"

namespace sbtune::sbpl {

struct CompiledRule {
  const Rule* rule = nullptr;
  Node filter;  // any of the rule's filters
};

// The rules that name one operation.
struct OperationRules {
  std::vector<std::uint32_t> filtered;  // positions in RuleTable::rules, ascending: the last one is asked first
  const Rule* plain = nullptr;          // the last unfiltered one
  std::unique_ptr<RuleIndex> index;     // null: `filtered` is tried one by one
};

struct RuleTable {
  const catalog::Catalog* catalog = nullptr;
  std::vector<CompiledRule> rules;         // in evaluation order, the system's own last
  std::vector<OperationRules> operations;  // by the catalog's id

  [[nodiscard]] const OperationRules& Of(const catalog::Operation& operation) const {
    return operations[catalog->Id(operation)];
  }
};

[[nodiscard]] inline Decision DecisionOf(access::Action action) {
  return action == access::Action::kAllow ? Decision::kAllow : Decision::kDeny;
}

// For one query: use once. With `steps` the rules are tried one by one and everything is noted.
class Walk {
 public:
  Walk(const RuleTable& table, Subject& subject, std::vector<Step>* steps)
      : table_(table), subject_(subject), steps_(steps) {}

  [[nodiscard]] Verdict Run(const catalog::Operation& asked);
  // Notes every rule of the chain that matches, as if nothing decided before it.
  void CollectMatches(const catalog::Operation& asked);

 private:
  struct Pending {  // a rule that nobody can judge, passed on the way
    const Rule* rule;
    const Leaf* leaf;
    std::string_view operation;
  };

  std::int64_t FindMatch(const catalog::Operation& at, const OperationRules& own);
  std::int64_t TryAll(const catalog::Operation& at, const OperationRules& own);
  Truth Try(const catalog::Operation& at, std::uint32_t position);
  bool Holds(const catalog::Operation& at, const Node& filter, std::uint32_t position);
  Verdict Settled(Decision decision, Basis basis, const Rule* rule, const catalog::Operation& at);
  std::string Reason(const Pending& pending) const { return UnknownReason(*pending.leaf, subject_); }
  void Note(Step step);

  const RuleTable& table_;
  Subject& subject_;
  std::vector<Step>* steps_;
  std::vector<Pending> pending_;
};

}  // namespace sbtune::sbpl
