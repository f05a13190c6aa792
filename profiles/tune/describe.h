// From a plan and where its additions went to what the user is shown.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "profiles/sbpl/edit/insert_rules.h"
#include "profiles/sbpl/profile.h"
#include "profiles/tune/plan.h"
#include "profiles/tune/sift.h"
#include "profiles/tune/suggest.h"

namespace sbtune::tune {

[[nodiscard]] std::vector<EditedFragment> ApplyInsertion(const sbpl::Profile& profile,
                                                         const sbpl::Insertion& insertion);

// All of the user's files by name, edited where they are: standard input can be read only once.
[[nodiscard]] std::map<std::string, std::string> EditedTexts(const sbpl::Profile& profile,
                                                             std::span<const EditedFragment> fragments);

// One suggestion for each item of the plan, in its order. `insertion` has a place for each.
[[nodiscard]] std::vector<Suggestion> DescribeAdditions(const sbpl::Profile& profile, std::span<const Want> wants,
                                                        const Plan& plan, const sbpl::Insertion& insertion,
                                                        std::span<const EditedFragment> fragments);

}  // namespace sbtune::tune
