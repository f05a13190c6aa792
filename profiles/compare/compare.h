// What two profiles allow differently, in meaning: not which lines differ, but which accesses one allows and the
// other does not. Exact wherever it does not say otherwise; every difference comes with an access that both
// policies really answer differently.
//
//   const auto comparison = compare::Compare(before, after, {});
//   if (comparison && comparison->differences.empty() && comparison->gaps.empty()) …   // they mean the same
//
// Facts that no target carries (is it a directory? does the process hold an extension?) are compared for every
// answer, unless options give one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "profiles/regions/describe.h"
#include "profiles/regions/space.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/profile.h"

namespace sbtune::compare {

enum class Direction : std::uint8_t { kOnlyFirstAllows, kOnlySecondAllows };

// An access that the two profiles answer differently, asked of both.
struct Witness {
  std::string operation;
  std::string target;               // as explain and decide take it; empty: none
  std::vector<std::string> facts;   // as --fact takes them; all other facts do not hold
  sbpl::Query query;                // the question itself
  sbpl::Verdict first, second;      // rules point into the profiles
};

// A fact on which an answer hangs.
struct Condition {
  regions::FactVariable question;
  bool holds = false;
  std::string text;  // "(vnode-type DIRECTORY)", "not (extension \"x\")"
  bool operator==(const Condition&) const = default;
};

// One set of targets, and the conditions under which it is answered differently.
struct Change {
  Direction direction = Direction::kOnlyFirstAllows;
  std::vector<Condition> conditions;  // all must hold
  regions::Piece targets;             // in words
  regions::TargetSpace space;         // what the words mean
  automata::Automaton words;          // all targets that differ under these conditions, of which `targets` tells a part
  Witness witness;
};

// Changes that hold for the same operations.
struct Difference {
  std::vector<std::string> operations;  // in the catalog's order
  std::vector<Change> changes;
};

// Where the answer is not complete, and why.
struct Gap {
  std::vector<std::string> operations;
  std::string why;
  bool operator==(const Gap&) const = default;
};

// Combinations of facts under which answers differ too, left out as options.cases asked.
struct Untold {
  std::vector<std::string> operations;
  std::size_t combinations = 0;
  bool operator==(const Untold&) const = default;
};

struct Comparison {
  std::string macos;
  std::vector<Difference> differences;
  std::vector<Gap> gaps;
  std::vector<Untold> untold = {};
};

enum class Cases : std::uint8_t {
  kAll,       // each, with all its targets
  kPlainest,  // what differs whatever the facts, then what else differs where no fact holds; if nothing, one more case
};

struct CompareOptions {
  sbpl::PolicyOptions policy;
  std::vector<std::string> operations;  // only these; empty: all of the version
  std::size_t max_cases = 64;           // combinations of facts looked at for one operation and direction
  Cases cases = Cases::kAll;
};

// The profiles must outlive the result, and have been loaded for the same macOS. Fails as Policy::Compile does.
[[nodiscard]] base::Result<Comparison> Compare(const sbpl::Profile& first, const sbpl::Profile& second,
                                               const CompareOptions& options);

}  // namespace sbtune::compare
