#include "profiles/automata/automaton.h"

#include <algorithm>
#include <random>

#include <doctest/doctest.h>

#include "profiles/automata/search.h"
#include "profiles/automata/wordset.h"

namespace sbtune::automata {
namespace {

struct Word {
  std::string text;
  WordSet::Kind kind;
};

bool Holds(const Word& word, const std::string& text) {
  if (word.kind == WordSet::Kind::kExact) return text == word.text;
  if (!text.starts_with(word.text)) return false;
  if (word.kind == WordSet::Kind::kPrefix || text.size() == word.text.size()) return true;
  return word.text.ends_with('/') || text[word.text.size()] == '/';
}

std::string RandomText(std::mt19937& random, std::size_t longest) {
  std::string text;
  const std::size_t length = random() % (longest + 1);
  while (text.size() < length) text += "ab/\xff"[random() % 4];
  return text;
}

std::vector<Word> RandomWords(std::mt19937& random) {
  std::vector<Word> words(random() % 5);
  for (Word& word : words) word = {RandomText(random, 5), static_cast<WordSet::Kind>(random() % 3)};
  return words;
}

Automaton Build(const std::vector<Word>& words) {
  WordSet set;
  for (const Word& word : words) set.Add(word.text, word.kind);
  return set.Build();
}

bool AnyHolds(const std::vector<Word>& words, const std::string& text) {
  return std::ranges::any_of(words, [&](const Word& word) { return Holds(word, text); });
}

TEST_CASE("a word set holds exactly what its words say") {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    const auto words = RandomWords(random);
    const Automaton set = Build(words);
    for (int i = 0; i < 50; ++i) {
      const std::string text = RandomText(random, 7);
      CAPTURE(text);
      CHECK((set(text) == 1) == AnyHolds(words, text));
    }
  }
}

TEST_CASE("combining two functions gives the combination of their labels, in the fewest states") {
  std::mt19937 random(2);
  for (int round = 0; round < 200; ++round) {
    const auto left = RandomWords(random), right = RandomWords(random);
    const Automaton a = Build(left), b = Build(right);
    const auto both = *Combine(a, b, [](Label x, Label y) { return x * 2 + y; });
    for (int i = 0; i < 50; ++i) {
      const std::string text = RandomText(random, 7);
      CAPTURE(text);
      CHECK(both(text) == (AnyHolds(left, text) ? 2u : 0u) + (AnyHolds(right, text) ? 1u : 0u));
    }
    CHECK(Map(both, [](Label label) { return label / 2; }) == a);
    CHECK(Map(both, [](Label label) { return label % 2; }) == b);
  }
}

TEST_CASE("sets that hold the same words are the same automaton however they were written") {
  const auto kSubpath = WordSet::Kind::kSubpath;
  const auto kExact = WordSet::Kind::kExact;
  const auto kPrefix = WordSet::Kind::kPrefix;
  CHECK(Build({{"/a", kSubpath}}) == Build({{"/a/", kPrefix}, {"/a", kExact}, {"/a/b", kSubpath}}));
  CHECK(Build({{"/a", kSubpath}}) != Build({{"/a", kPrefix}}));
  CHECK(Build({}) == Automaton::Constant(0));
  CHECK(Build({{"", kPrefix}}) == Automaton::Constant(1));
}

TEST_CASE("a prefix byte is put before every word") {
  const Automaton inner = Build({{"b", WordSet::Kind::kExact}});
  const Automaton outer = Prefixed('a', inner, 7);
  CHECK(outer("ab") == 1);
  CHECK(outer("aa") == 0);
  CHECK(outer("b") == 7);
  CHECK(outer("") == 7);
}

TEST_CASE("a product that would be too large is refused") {
  const Automaton a = Build({{"aaaaaaaaaa", WordSet::Kind::kExact}});
  const Automaton b = Build({{"aaaaaaaaaa", WordSet::Kind::kPrefix}});
  CHECK(!Combine(a, b, [](Label x, Label y) { return x + y; }, 5));
  CHECK(!FindWord(a, b, [](Label x, Label y) { return x > y; }, 5));
}

TEST_CASE("the word found is a shortest one that reads well") {
  const Automaton below = Build({{"/opt/", WordSet::Kind::kPrefix}});
  const Automaton exact = Build({{"/opt/", WordSet::Kind::kExact}, {"/opt/x", WordSet::Kind::kSubpath}});
  CHECK(FindWord(below, [](Label label) { return label == 1; }) == "/opt/");
  const auto difference = FindWord(below, exact, [](Label x, Label y) { return x == 1 && y == 0; });
  REQUIRE(difference);
  CHECK(*difference == "/opt/a");
  CHECK(FindWord(below, [](Label label) { return label == 2; }) == std::nullopt);
}

TEST_CASE("a word is found exactly when one exists") {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    const Automaton a = Build(RandomWords(random)), b = Build(RandomWords(random));
    const auto word = FindWord(a, b, [](Label x, Label y) { return x != y; });
    REQUIRE(word);
    CHECK(word->has_value() == (a != b));
    if (*word) CHECK(a(**word) != b(**word));
  }
}

}  // namespace
}  // namespace sbtune::automata
