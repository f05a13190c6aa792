// The rules that the system's own policy adds after every profile, so in front of it. Private to this folder.
#pragma once

#include <vector>

#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/rule.h"

namespace sbtune::sbpl {

// In evaluation order, `implicit` set, without a place in any source.
[[nodiscard]] std::vector<Rule> ImplicitRules(const std::vector<Rule>& profile, const catalog::Catalog& catalog);

}  // namespace sbtune::sbpl
