#include "profiles/automata/diagram.h"

#include <algorithm>
#include <random>

#include <doctest/doctest.h>

namespace sbtune::automata {
namespace {

constexpr VariableId kCount = 5;

// The same function as a table over all cases.
struct Function {
  DiagramId id;
  std::vector<std::uint32_t> table;
};

Function Random(Diagrams& diagrams, std::mt19937& random, int depth) {
  Function made{diagrams.Terminal(0), std::vector<std::uint32_t>(1u << kCount)};
  if (depth == 0) {
    const VariableId variable = random() % kCount;
    made.id = diagrams.Variable(variable);
    for (std::uint32_t bits = 0; bits < made.table.size(); ++bits) made.table[bits] = (bits >> variable) & 1;
    return made;
  }
  const Function a = Random(diagrams, random, depth - 1), b = Random(diagrams, random, depth - 1);
  const auto kind = random() % 3;
  made.id = kind == 0 ? diagrams.And(a.id, b.id) : kind == 1 ? diagrams.Or(a.id, b.id) : diagrams.Not(a.id);
  for (std::uint32_t bits = 0; bits < made.table.size(); ++bits) {
    const std::uint32_t x = a.table[bits], y = b.table[bits];
    made.table[bits] = kind == 0 ? x & y : kind == 1 ? x | y : 1 - x;
  }
  return made;
}

TEST_CASE("diagrams compute what the truth table says, and equal functions have equal ids") {
  std::mt19937 random(5);
  Diagrams diagrams;
  std::map<std::vector<std::uint32_t>, DiagramId> by_table;
  for (int round = 0; round < 500; ++round) {
    const Function made = Random(diagrams, random, 4);
    for (std::uint32_t bits = 0; bits < made.table.size(); ++bits) {
      CHECK(diagrams.Evaluate(made.id, [&](VariableId v) { return ((bits >> v) & 1) != 0; }) == made.table[bits]);
    }
    CHECK(by_table.try_emplace(made.table, made.id).first->second == made.id);
  }
}

TEST_CASE("the cases visited cover exactly where the value is wanted") {
  std::mt19937 random(6);
  Diagrams diagrams;
  for (int round = 0; round < 200; ++round) {
    const Function made = Random(diagrams, random, 4);
    std::vector<std::uint32_t> covered(made.table.size());
    diagrams.ForEachCase(
        made.id, [](std::uint32_t value) { return value == 1; }, [](const Cube&) { return true; },
        [&](const Cube& cube) {
          for (std::uint32_t bits = 0; bits < covered.size(); ++bits) {
            const bool in = std::ranges::all_of(cube, [&](const Literal& l) { return ((bits >> l.variable) & 1) == (l.holds ? 1u : 0u); });
            if (in) ++covered[bits];
          }
          return true;
        });
    CHECK(covered == made.table);
  }
}

TEST_CASE("cases that cannot be are cut off, and a visit can end the walk") {
  Diagrams diagrams;
  const DiagramId either = diagrams.Or(diagrams.Variable(0), diagrams.Variable(1));
  std::vector<Cube> seen;
  const auto wanted = [](std::uint32_t value) { return value == 1; };
  const auto visit_all = [&](const Cube& cube) { seen.push_back(cube); return true; };
  diagrams.ForEachCase(either, wanted, [](const Cube& cube) { return cube.size() != 1 || !cube[0].holds; }, visit_all);
  CHECK(seen == std::vector<Cube>{{{0, false}, {1, true}}});
  seen.clear();
  diagrams.ForEachCase(either, wanted, [](const Cube&) { return true; },
                       [&](const Cube& cube) { seen.push_back(cube); return false; });
  CHECK(seen.size() == 1);
}

TEST_CASE("values are those that some case has") {
  Diagrams diagrams;
  const DiagramId mapped = diagrams.Map(1, [](std::uint32_t x) { return x + 5; }, diagrams.Variable(3));
  CHECK(diagrams.Values(mapped) == std::vector<std::uint32_t>{5, 6});
  CHECK(diagrams.Values(diagrams.Terminal(9)) == std::vector<std::uint32_t>{9});
}

}  // namespace
}  // namespace sbtune::automata
