// The parts of the search share this: the question, how it is decided now, and deciding again with one change.
// Private to this folder.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "profiles/whatif/whatif.h"

namespace sbtune::whatif {

struct Now {
  sbpl::Verdict verdict;
  std::vector<sbpl::Step> steps;   // what was asked
  std::vector<sbpl::Step> hidden;  // what matches too
};

class Finder {
 public:
  Finder(const Question& question, const sbpl::Policy& policy, Now now, int max_loads);

  void TryParameters();
  void TryEntitlements();
  void TryFacts();
  void TryTargets();
  void TryCase();
  void TryOrder();
  void TryOperations();
  void TryRulePaths();
  void TryRemoval();
  [[nodiscard]] bool IsUnknown() const { return now_.verdict.decision == sbpl::Decision::kUnknown; }
  [[nodiscard]] std::vector<Alternative> Take() { return std::move(found_); }

 private:
  using Rules = std::vector<sbpl::Rule>;

  // A decision other than the present one, and known; else nothing.
  [[nodiscard]] std::optional<sbpl::Decision> Other(const sbpl::Verdict& verdict) const;
  [[nodiscard]] std::optional<sbpl::Decision> WithLoad(const sbpl::LoadOptions& load, const sbpl::PolicyOptions& policy);
  [[nodiscard]] std::optional<sbpl::Decision> WithPolicy(const sbpl::PolicyOptions& policy) const;
  [[nodiscard]] std::optional<sbpl::Verdict> VerdictOf(const Rules& rules) const;
  [[nodiscard]] std::optional<sbpl::Decision> WithRules(const Rules& rules) const;
  void Add(Kind kind, sbpl::Decision decision, std::string text, std::vector<std::string> options = {});

  // The index of a rule of the profile; nothing for the system's own.
  [[nodiscard]] std::optional<std::size_t> IndexOf(const sbpl::Rule* rule) const;
  [[nodiscard]] std::string WhereIs(const sbpl::Rule& rule) const { return question_.profile.sources.Where(rule.range); }
  // Rules that were asked or match, in that order, once each, at most `kRules`.
  [[nodiscard]] std::vector<const sbpl::Rule*> RulesNear() const;
  [[nodiscard]] std::vector<std::size_t> HiddenOpposites() const;

  bool TryValue(const std::string& name, const std::string& value);
  void TryOneFact(const sbpl::Fact& fact, const std::string& shown);
  void TryAllFacts(const sbpl::Rule& rule);
  [[nodiscard]] std::optional<sbpl::Decision> WithEntitlements(const std::set<std::string>& names, bool on_target);
  void TryEntitlementsAs(std::vector<std::string> names, bool on_target);
  void AddEntitlement(const std::set<std::string>& names, bool on_target, sbpl::Decision decision);

  const Question& question_;
  const sbpl::Policy& policy_;
  const Now now_;
  const sbpl::Query query_;
  const int max_loads_;
  int loads_left_ = 0;
  std::vector<Alternative> found_;
};

}  // namespace sbtune::whatif
