// The sets of targets that the filters of two profiles name, by which differences are told. Private to this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "profiles/regions/describe.h"
#include "profiles/regions/rule_table.h"
#include "profiles/regions/space.h"

namespace sbtune::compare {

// Filters of the rules that the operation asks: expressions, and combinations that no other fact has a part in.
[[nodiscard]] std::vector<regions::NamedSet> NamedSets(regions::Space& space, const regions::RuleTable& table,
                                                       const std::vector<regions::RuleId>& rules,
                                                       const regions::TargetSpace& targets);

// The filter as the profile language writes it.
[[nodiscard]] std::string Written(const sbpl::Filter& filter);

// How the profiles spell paths that are compared without case: a folded path gets its capitals back as far as a
// filter has it.
class Spellings {
 public:
  void Add(const sbpl::Profile& profile);
  [[nodiscard]] std::string Of(std::string folded) const;
  void Apply(regions::Piece& piece) const;

 private:
  std::vector<std::pair<std::string, std::string>> known_;  // folded, as spelled; sorted
};

}  // namespace sbtune::compare
