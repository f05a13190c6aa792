// From wants to additions: equal filters once, accesses that a wider addition allows anyway not at all, operations
// of one target together, in an order that does not depend on the order of the evidence.
//
//   const Plan plan = *MakePlan({sifted.wants, passed_over, profile, catalog, mergeable, options});
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "profiles/sbpl/edit/insert_rules.h"
#include "profiles/sbpl/policy.h"
#include "profiles/tune/sift.h"

namespace sbtune::tune {

struct Planned {
  sbpl::Addition addition;
  // For each operation of the addition, the wants that it covers (indices, never empty).
  std::vector<std::vector<std::size_t>> wants;
  Width width = Width::kExact;
  std::vector<std::string> opens;  // sorted, distinct
};

using Plan = std::vector<Planned>;

// Sets of operations for which the profile has a rule that takes further filters.
using OperationSets = std::set<std::vector<std::string>>;

struct PlanRequest {
  std::span<const Want> wants;
  const std::vector<bool>& passed_over;  // wants that need no addition of their own: another one covers them
  const sbpl::Profile& profile;
  const catalog::Catalog& catalog;
  const OperationSets& mergeable;
  const sbpl::PolicyOptions& options;
};
[[nodiscard]] base::Result<Plan> MakePlan(const PlanRequest& request);

// A profile with the rules of `profile` and, behind all others, the chosen additions: one rule for each, or one for
// each run of additions with the same operations. For deciding only: it has no texts.
enum class Grouping : std::uint8_t { kOneRuleEach, kByOperations };
[[nodiscard]] sbpl::Profile WithAdditions(const sbpl::Profile& profile, std::span<const sbpl::Addition* const> chosen,
                                          Grouping grouping);

}  // namespace sbtune::tune
