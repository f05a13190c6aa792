// A set of words given by whole words, prefixes and folders, as profiles write them.
//
//   const Automaton set = WordSet().Add("/etc", WordSet::Kind::kSubpath).Add("/x", WordSet::Kind::kExact).Build();
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "profiles/automata/automaton.h"

namespace sbtune::automata {

class WordSet {
 public:
  // kSubpath: the word itself and everything that goes on with a slash; after a final slash, everything.
  enum class Kind : std::uint8_t { kExact, kPrefix, kSubpath };

  WordSet& Add(std::string_view word, Kind kind);
  [[nodiscard]] bool empty() const { return words_.empty(); }
  // Labels 1 (in the set) and 0. Cost: the bytes of all words.
  [[nodiscard]] Automaton Build() const;

 private:
  struct Word {
    std::string text;
    Kind kind;
  };
  std::vector<Word> words_;
};

}  // namespace sbtune::automata
