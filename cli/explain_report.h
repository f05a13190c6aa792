// One decision told to a person or a program: the rule, its text with a caret, the way to it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/explain_alternatives.h"
#include "profiles/sbpl/policy.h"

namespace sbtune::cli {

// Points into the policy and the profile.
struct Explanation {
  const sbpl::Profile& profile;
  std::string operation;
  std::optional<std::string> target;
  std::optional<std::string> compared_as;  // the path that filters see, where the target spells another
  sbpl::Verdict verdict;
  std::vector<sbpl::Step> steps;
  std::vector<sbpl::Step> hidden;  // rules that match too but are asked later
  Alternatives alternatives;       // what would decide it the other way; Explain leaves it empty
};

[[nodiscard]] Explanation Explain(const sbpl::Policy& policy, const sbpl::Profile& profile, const std::string& operation,
                                  const std::optional<std::string>& target);
[[nodiscard]] std::string ToText(const Explanation& explanation);
[[nodiscard]] std::string ToJson(const Explanation& explanation);

// A usage error with the nearest name.
[[nodiscard]] Exit NoSuchOperation(const catalog::Catalog& catalog, const std::string& operation,
                                   const Invocation& invocation);

}  // namespace sbtune::cli
