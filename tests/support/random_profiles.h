// Random profiles and targets over small pools, so that rules meet, overlap and contradict each other often.
// Deterministic: the same seed gives the same profile on every machine.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/profile.h"

namespace sbtune::test {

class RandomProfiles {
 public:
  explicit RandomProfiles(std::uint32_t seed) : random_(seed) {}

  // Of the families of operations with the best known targets.
  [[nodiscard]] sbpl::Profile Profile(std::size_t rules, std::string macos = "");
  // Of every operation and every filter that the tables of this version know.
  [[nodiscard]] sbpl::Profile ProfileOfEverything(std::size_t rules, std::string macos = "");
  struct Asked {
    std::string operation;
    std::string target;  // as a log writes it; empty: none
  };
  [[nodiscard]] Asked Access();
  [[nodiscard]] std::vector<std::string> Facts();  // as --fact takes them
  [[nodiscard]] std::size_t Below(std::size_t limit) { return random_() % limit; }

 private:
  sbpl::Rule RandomRule();
  sbpl::Filter RandomFilter(std::size_t family, std::size_t depth);
  sbpl::Filter RandomLeaf(std::size_t family);
  const catalog::Operation& AnyOperation(const catalog::Catalog& catalog);
  sbpl::Filter AnyLeaf(const catalog::Catalog& catalog, const catalog::Operation& operation);
  std::string RandomPath();
  std::string Pick(const std::vector<std::string>& from) { return from[Below(from.size())]; }

  std::mt19937 random_;
};

}  // namespace sbtune::test
