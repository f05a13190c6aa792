#include "profiles/automata/pattern.h"

#include <memory>
#include <random>
#include <set>

#include <doctest/doctest.h>

namespace sbtune::automata {
namespace {

// The slow obvious matcher: a tree of expressions, each giving the set of places where it can end.
struct Tree {
  char kind = '.';  // a b: bytes; . any; ^ $; | c (concatenation) * + ?
  std::vector<Tree> parts;
};

std::set<std::size_t> Ends(const Tree& tree, const std::string& text, std::size_t from) {
  const auto chain = [&](const std::set<std::size_t>& starts, const Tree& next) {
    std::set<std::size_t> ends;
    for (const std::size_t start : starts) ends.merge(Ends(next, text, start));
    return ends;
  };
  switch (tree.kind) {
    case '^': return from == 0 ? std::set{from} : std::set<std::size_t>{};
    case '$': return from == text.size() ? std::set{from} : std::set<std::size_t>{};
    case 'c': {
      std::set<std::size_t> ends = {from};
      for (const Tree& part : tree.parts) ends = chain(ends, part);
      return ends;
    }
    case '|': {
      std::set<std::size_t> ends;
      for (const Tree& part : tree.parts) ends.merge(Ends(part, text, from));
      return ends;
    }
    case '?': {
      std::set<std::size_t> ends = Ends(tree.parts[0], text, from);
      ends.insert(from);
      return ends;
    }
    case '*':
    case '+': {
      std::set<std::size_t> ends = tree.kind == '*' ? std::set{from} : Ends(tree.parts[0], text, from);
      for (std::size_t before = ends.size() + 1; before != ends.size();) {
        before = ends.size();
        ends.merge(chain(ends, tree.parts[0]));
      }
      return ends;
    }
    default:
      if (from < text.size() && (tree.kind == '.' || text[from] == tree.kind)) return {from + 1};
      return {};
  }
}

bool Matches(const Tree& tree, const std::string& text) {
  for (std::size_t from = 0; from <= text.size(); ++from) {
    if (!Ends(tree, text, from).empty()) return true;
  }
  return false;
}

Tree RandomTree(std::mt19937& random, int depth) {
  static constexpr char kLeaves[] = {'a', 'b', 'a', 'b', '.', '^', '$'};
  static constexpr char kInner[] = {'c', 'c', '|', '*', '+', '?'};
  if (depth == 0) return {kLeaves[random() % std::size(kLeaves)], {}};
  Tree tree{kInner[random() % std::size(kInner)], {}};
  const std::size_t parts = tree.kind == 'c' || tree.kind == '|' ? random() % 4 : 1;
  for (std::size_t i = 0; i < parts; ++i) tree.parts.push_back(RandomTree(random, static_cast<int>(random() % static_cast<unsigned>(depth))));
  if (tree.kind == '|' && tree.parts.empty()) tree.kind = 'c';
  return tree;
}

using Kind = PatternItem::Kind;

void Write(const Tree& tree, std::vector<PatternItem>& out) {
  switch (tree.kind) {
    case '^': out.push_back({Kind::kBegin, {}, 0}); return;
    case '$': out.push_back({Kind::kEnd, {}, 0}); return;
    case 'c':
    case '|':
    case '*':
    case '+':
    case '?':
      out.push_back({Kind::kOpen, {}, 0});
      for (std::size_t i = 0; i < tree.parts.size(); ++i) {
        if (tree.kind == '|' && i > 0) out.push_back({Kind::kAlternative, {}, 0});
        Write(tree.parts[i], out);
      }
      out.push_back({Kind::kClose, {}, 0});
      if (tree.kind != 'c' && tree.kind != '|') out.push_back({Kind::kRepeat, {}, tree.kind});
      return;
    default: {
      ByteSet bytes;
      if (tree.kind == '.') bytes.set();
      if (tree.kind != '.') bytes.set(static_cast<unsigned char>(tree.kind));
      out.push_back({Kind::kBytes, bytes, 0});
    }
  }
}

TEST_CASE("a pattern's automaton agrees with the slow obvious matcher") {
  std::mt19937 random(4);
  for (int round = 0; round < 3000; ++round) {
    const Tree tree = RandomTree(random, 1 + static_cast<int>(random() % 4));
    std::vector<PatternItem> items;
    Write(tree, items);
    const auto automaton = BuildPattern(items);
    REQUIRE(automaton);
    for (int i = 0; i < 30; ++i) {
      std::string text;
      for (std::size_t length = random() % 6; text.size() < length;) text += "abc"[random() % 3];
      CAPTURE(round);
      CAPTURE(text);
      CHECK(((*automaton)(text) == 1) == Matches(tree, text));
    }
  }
}

TEST_CASE("the empty pattern matches everything") {
  CHECK(*BuildPattern({}) == Automaton::Constant(1));
}

TEST_CASE("a pattern that needs too many states is refused") {
  std::vector<PatternItem> items;  // (a|b)…: the twentieth byte from the end is an a
  ByteSet a, any;
  a.set('a');
  any.set();
  items.push_back({Kind::kBytes, a, 0});
  for (int i = 0; i < 20; ++i) items.push_back({Kind::kBytes, any, 0});
  items.push_back({Kind::kEnd, {}, 0});
  CHECK(!BuildPattern(items, 10'000));
}

}  // namespace
}  // namespace sbtune::automata
