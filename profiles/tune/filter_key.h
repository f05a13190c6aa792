// Filters as comparable text, for telling equal ones: canonical names and values, no places, no spelling.
#pragma once

#include <string>

#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/rule.h"

namespace sbtune::tune {

// Two filters with one key are written alike.
[[nodiscard]] std::string ExactKey(const sbpl::Filter& filter);

// Two filters with one key match the same targets: where paths compare without case, so does the key.
[[nodiscard]] std::string MatchKey(const sbpl::Filter& filter, const catalog::Catalog& catalog,
                                   sbpl::CaseRule case_rule);

// The same rule but for the places where it stands.
[[nodiscard]] bool SameRule(const sbpl::Rule& a, const sbpl::Rule& b);

}  // namespace sbtune::tune
