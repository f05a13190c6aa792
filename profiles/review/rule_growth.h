// What an edit does to a profile's rules, without regard to what it was meant to do: whoever applies a file that
// others may have written asks this.
//
//   RuleGrowth growth = CompareRules(before, after);
//   if (!growth.problem.empty()) … refuse …
#pragma once

#include <string>
#include <vector>

#include "profiles/sbpl/profile.h"

namespace sbtune::review {

struct RuleGrowth {
  std::string problem;              // empty: every old rule is there, in the old order, and all new ones allow something bounded
  std::vector<std::string> added;   // "(allow file-read-data (literal "/etc/hosts"))", one filter each
};

// Rules are compared one operation and one filter at a time, so that a filter may join a rule.
[[nodiscard]] RuleGrowth CompareRules(const sbpl::Profile& before, const sbpl::Profile& after);

}  // namespace sbtune::review
