// Texts under which filters are found, without trying them all: a radix tree for names, prefixes and paths, and
// regular expressions run together. Immutable once built, for any number of threads. Private to this folder.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "profiles/sbpl/decide/filter_tree.h"

namespace sbtune::sbpl {

// One filter of one rule. `test` is a regular expression that is still to be run on the looked-up text; where both
// are null the key alone decides.
struct Clause {
  std::uint32_t position = 0;  // of the rule, in evaluation order
  std::uint32_t order = 0;     // of the filter within the rule
  const Node* tree = nullptr;
  const StringTest* test = nullptr;
};

// Clauses that share a key.
struct Posting {
  std::int64_t certain = -1;     // the highest position that the key alone decides; -1: none
  std::vector<Clause> to_check;  // those that need more than the key
  void Add(const Clause& clause);
};

// What a lookup gathers: the highest rule that certainly matches, and the clauses that may. Points into the index,
// the query and its own texts.
struct Candidate {
  const Clause* clause;
  std::string_view text;  // what clause->test is run on
};
struct Candidates {
  std::int64_t certain = -1;
  std::vector<Candidate> to_check;
  std::list<std::string> texts;
  void Take(const Posting& posting, std::string_view text);
  void TakeClause(const Clause& clause, std::string_view text);
  // Those that can still beat `certain`, the later rule first.
  void Sort();
};

// Texts under which clauses are found: exact, prefix, and path prefix. Byte-wise radix tree, immutable once built.
class TextIndex {
 public:
  void Add(catalog::MatchKind kind, std::string_view key, const Clause& clause);
  void Find(std::string_view text, Candidates& found) const;

 private:
  struct Edge {
    unsigned char byte;
    std::uint32_t node;
  };
  struct TreeNode {
    std::string label;  // the bytes of the edge that leads here
    std::vector<Edge> edges;
    std::int32_t exact = -1, subpath = -1, prefix = -1;  // positions in postings_
  };
  std::uint32_t NodeFor(std::string_view key);
  std::uint32_t Split(std::uint32_t node, std::size_t at);

  std::vector<TreeNode> nodes_ = {TreeNode()};
  std::vector<Posting> postings_;
};

// Regular expressions of which nothing is known beforehand, run together where there are several.
class RegexIndex {
 public:
  RegexIndex();
  ~RegexIndex();
  RegexIndex(RegexIndex&&) noexcept;
  void Add(const Clause& clause);
  void Build();
  void Find(std::string_view text, Candidates& found) const;
  [[nodiscard]] bool empty() const { return clauses_.empty(); }

 private:
  struct Set;
  std::vector<Clause> clauses_;
  std::unique_ptr<Set> set_;  // null: few expressions, or too much memory
};

}  // namespace sbtune::sbpl
