// The rule table built and walked literally as Apple's comment in sbpl.scm describes it: per operation a list of
// entries, filtered rules put in front (merged into the front entry of the same action and modifiers), unfiltered
// ones replacing the last entry, jumps to parents. Slow and obvious; the fast engine is tested against it.
#pragma once

#include <map>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "profiles/sbpl/decide/filter_tree.h"
#include "profiles/sbpl/decide/subject.h"
#include "profiles/sbpl/policy.h"

namespace sbtune::test {

class SlowPolicy {
 public:
  SlowPolicy(const sbpl::Profile& profile, const sbpl::PolicyOptions& options);
  [[nodiscard]] sbpl::Decision Decide(const sbpl::Query& query) const;

  struct Cache {  // what would be made anew for every question
    std::map<std::pair<std::string, bool>, std::optional<std::regex>> regexes;  // with folding
    std::map<const sbpl::Filter*, sbpl::Node> leaves;
  };

 private:
  struct Entry {
    std::vector<const sbpl::Filter*> filters;  // any of them; empty: unconditional
    bool jump = false;
    access::Action action = access::Action::kDeny;
    std::string modifiers;                     // spelled out, for merging
    std::string parent;                        // of a jump
  };
  using Outcomes = std::set<access::Action>;

  void AddRule(const sbpl::Rule& rule);
  void DecideOne(const std::string& operation, const sbpl::Query& query, Outcomes& outcomes) const;

  const catalog::Catalog* catalog_;
  sbpl::PolicyOptions options_;
  sbpl::FactTable facts_;
  bool filters_messages_ = false;
  mutable Cache cache_;
  std::vector<sbpl::Rule> implicit_;
  std::map<std::string, std::vector<Entry>> table_;
};

}  // namespace sbtune::test
