// Finds the rules of one operation that may match a query without trying them all. What it answers is by
// construction the same as asking the rules one by one, last first. For policy.cpp and profiles/regions, not for others.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "profiles/sbpl/decide/subject.h"
#include "profiles/sbpl/decide/text_index.h"

namespace sbtune::sbpl {

// The clauses of one operation that look at one fact ("path", "global-name", "syscall-number").
struct FactIndex {
  std::string name;
  bool is_path = false;
  const catalog::Filter* filter = nullptr;
  TextIndex texts;
  RegexIndex regexes;
  std::unordered_map<std::int64_t, Posting> numbers;
  bool folds_case = false;
};

class RuleIndex {
 public:
  explicit RuleIndex(const catalog::Catalog& catalog) : catalog_(&catalog) {}
  void Add(std::uint32_t position, const Node& filters);  // the node must outlive the index
  void Build();

  // Gathers everything that may match, sorted. False when the query lacks a fact that some rule is indexed by:
  // then the rules have to be asked one by one.
  [[nodiscard]] bool Find(const Subject& subject, Candidates& found) const;

 private:
  void AddFilter(std::uint32_t position, std::uint32_t order, const Node& filter);
  void AddLeaf(const Clause& clause, const Leaf& leaf);
  FactIndex& IndexOf(const Leaf& leaf);
  bool FindByFact(const FactIndex& index, std::string_view text, Candidates& found) const;

  const catalog::Catalog* catalog_;
  std::vector<std::unique_ptr<FactIndex>> facts_;
  std::vector<Clause> always_;  // clauses that no fact can exclude
};

}  // namespace sbtune::sbpl
