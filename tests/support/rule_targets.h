// Targets made out of a profile's own strings, so that most of them meet a rule or just miss it: the string itself,
// its neighbours, other case, prefixes, /private spellings, and texts that a regular expression describes.
//
//   test::RuleTargets targets(profile, 7);
//   const auto [operation, target] = targets.Next();  // "file-read-data", "/private/tmp/x/y"
#pragma once

#include <random>
#include <string>
#include <vector>

#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/profile.h"
#include "tests/support/random_profiles.h"

namespace sbtune::test {

class RuleTargets {
 public:
  RuleTargets(const sbpl::Profile& profile, std::uint32_t seed);
  [[nodiscard]] RandomProfiles::Asked Next();

 private:
  void Collect(const std::vector<sbpl::Filter>& filters, std::vector<std::string>& texts) const;
  std::string Mutated(std::string text);
  std::string Operation(const std::string& named);
  std::size_t Below(std::size_t limit) { return random_() % limit; }

  struct Source {
    std::string operation;           // that a rule names
    std::vector<std::string> texts;  // of its filters; regular expressions begin with kRegexMark
  };
  const catalog::Catalog& catalog_;
  std::vector<Source> sources_;
  std::mt19937 random_;
};

}  // namespace sbtune::test
