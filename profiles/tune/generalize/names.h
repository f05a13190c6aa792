// Widening for what is no path: service names, sysctl names, preference domains, … Like paths, exact names stay
// exact unless at least three names over at least two runs share a shape, or a beginning that ends at a dot.
//
//   for (const NameRule& rule : GeneralizeNames(denials, catalog)) …
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/rule.h"

namespace sbtune::tune {

struct NameDenial {
  const catalog::Operation* operation = nullptr;
  std::string filter;  // canonical: "global-name"
  std::string name;
  std::vector<std::uint32_t> runs;  // sorted, distinct
  std::uint32_t id = 0;
};

struct NameRule {
  const catalog::Operation* operation = nullptr;
  sbpl::Filter filter;
  std::string opens;                   // in words
  std::vector<std::uint32_t> covers;   // ids, sorted
};

// Only rules that are wider than one name; denials in none of them are for exact rules. Prefixes are for names with
// at least three parts of which Apple is not the first two ("com.apple."): those services have nothing in common
// but their maker.
[[nodiscard]] std::vector<NameRule> GeneralizeNames(std::span<const NameDenial> denials,
                                                    const catalog::Catalog& catalog);

}  // namespace sbtune::tune
