// Words that show something: a shortest one with a wanted label, and among the short ones one that reads well
// (letters before punctuation before bytes that no name holds).
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>

#include "profiles/automata/automaton.h"

namespace sbtune::automata {

struct TooLarge {};  // the search was given up; nothing is known

[[nodiscard]] std::optional<std::string> FindWord(const Automaton& automaton,
                                                  const std::function<bool(Label)>& wanted);

// A word w for which wanted(a(w), b(w)) holds; nothing when there is none.
[[nodiscard]] std::expected<std::optional<std::string>, TooLarge> FindWord(
    const Automaton& a, const Automaton& b, const std::function<bool(Label, Label)>& wanted,
    std::size_t max_states = kMaxStates);

}  // namespace sbtune::automata
