// Which additions of a plan could be left out without any denial coming back. Every answer is the policy's own.
//
// Leaving out one addition at a time would cost as many policies as there are additions. Instead each addition gets
// a set of rounds in which it is left out, all sets of one size and no two alike. So for any two additions there is
// a round without the first that has the second; if a witness of the first is denied in all its rounds, no other
// single addition allows it, and (allow rules only ever add) neither do all others together. For n additions that
// takes about log2(n) rounds. Where each witness is matched by its own addition alone, as is usual of exact ones, two
// policies show it: in one the last match decides, in the other, with the additions turned round, the first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/result.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/profile.h"
#include "profiles/tune/plan.h"

namespace sbtune::tune {

// For each of `count` additions the rounds in which it is left out, as bits.
struct Absences {
  std::uint32_t rounds = 0;
  std::vector<std::uint64_t> of;
};
[[nodiscard]] Absences PlanAbsences(std::size_t count);

// Indices of additions that have an operation whose first want stays allowed without them.
[[nodiscard]] base::Result<std::vector<std::size_t>> FindUnnecessary(const sbpl::Profile& before,
                                                                     std::span<const Want> wants, const Plan& plan,
                                                                     const sbpl::PolicyOptions& options);

}  // namespace sbtune::tune
