// A set without simple shape, said with the sets that the profiles name: what describe.h falls back to.
//
//   CoverWithNames(all, named, prefix, kIn);  // what (regex "^/Users/[^/]+/tmp") matches and begins with "/Users/"
#pragma once

#include <string>
#include <vector>

#include "profiles/automata/automaton.h"
#include "profiles/regions/describe.h"

namespace sbtune::regions {

// Labels of the automaton that a description is made from.
inline constexpr automata::Label kOutside = 0;  // no target
inline constexpr automata::Label kNotIn = 1, kIn = 2;
[[nodiscard]] constexpr automata::Label Other(automata::Label label) { return label == kIn ? kNotIn : kIn; }

inline constexpr std::size_t kCoverStates = 50'000;  // of an automaton that is made on the way; above, the answer is rougher

// Pieces for the words that begin with `prefix` (its kind byte first) and have the label `want`. One has the shape
// kSome where the named sets cannot say all of it.
[[nodiscard]] std::vector<Piece> CoverWithNames(const automata::Automaton& all, const std::vector<NamedSet>& named,
                                                std::string prefix, automata::Label want);

}  // namespace sbtune::regions
