// How profiles spell paths that are compared without case: a folded path, as an automaton gives it, gets its capitals
// back as far as a filter has it.
//
//   Spellings spellings;
//   spellings.Add(profile);              // says (subpath "/Users/me")
//   spellings.Of("/users/me/.profile");  // "/Users/me/.profile"
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "profiles/regions/describe.h"
#include "profiles/sbpl/profile.h"

namespace sbtune::regions {

class Spellings {
 public:
  void Add(const sbpl::Profile& profile);
  [[nodiscard]] std::string Of(std::string folded) const;
  void Apply(Piece& piece) const;

 private:
  std::vector<std::pair<std::string, std::string>> known_;  // folded, as spelled; sorted
};

}  // namespace sbtune::regions
