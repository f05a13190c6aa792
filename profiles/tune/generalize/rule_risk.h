// What a rule risks, whoever wrote it: the greatest risk of everything that it can cover. A wider filter or a larger set
// of operations never risks less (a property test holds it to that), so a person who edits a suggestion is told no
// less than the tuner would have told.
//
//   RuleRisk risk = RiskOfRule({{"file-read-data"}, filter}, catalog, places);
//   if (risk.word == Word::kNeeded) … ask a second time: no suggestion would go there …
//
// What a regex or a combination of filters covers is taken too wide where it cannot be told, never too narrow.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "profiles/catalog/catalog.h"
#include "profiles/catalog/places.h"
#include "profiles/sbpl/rule.h"

namespace sbtune::tune {

enum class Word : std::uint8_t {
  kNotNeeded,
  kNeeded,  // of the user: the places do not permit the rule to any suggestion
};

struct RuleRisk {
  catalog::Risk risk = catalog::Risk::kNone;
  std::string reason;  // the line of places.txt that gives it
  Word word = Word::kNotNeeded;
};

struct RiskyRule {
  std::span<const std::string> operations;  // canonical
  const sbpl::Filter* filter = nullptr;     // null: unconditional
};

[[nodiscard]] RuleRisk RiskOfRule(const RiskyRule& rule, const catalog::Catalog& catalog, const catalog::Places& places);

// The risk of one access, as logged: what an exact rule for it opens. Cheap: no rule is made.
[[nodiscard]] RuleRisk RiskOfAccess(const catalog::Operation& operation, std::string_view target, const catalog::Catalog& catalog,
                                    const catalog::Places& places);

// A set of paths that holds at least what a filter on paths matches.
struct PathCover {
  std::vector<catalog::PathStep> steps;
  catalog::Places::Extent extent = catalog::Places::Extent::kNodes;
  bool operator==(const PathCover&) const = default;
};

// Of an anchored regex the names as globs, as far as they are told apart by slashes; then everything below.
[[nodiscard]] PathCover CoverOfRegex(std::string_view regex);

}  // namespace sbtune::tune
