// Compares the rules of a profile before and after an edit: after must be before, and the additions where the edit
// put them.
#pragma once

#include <string>

#include "profiles/sbpl/edit/insert_rules.h"
#include "profiles/sbpl/profile.h"
#include "profiles/tune/plan.h"

namespace sbtune::tune {

// Empty when the rules are as intended; else one sentence about the first thing that is not.
[[nodiscard]] std::string RuleDifference(const sbpl::Profile& before, const sbpl::Profile& after, const Plan& plan,
                                         const sbpl::Insertion& insertion);

}  // namespace sbtune::tune
