// Regular expressions, already cut into items by whoever knows their dialect, as automata. `^` and `$` may stand
// anywhere, in groups too; the search is unanchored.
//
//   // ^a+$
//   BuildPattern({Item::Begin(), Item::Bytes(set_of_a), Item::Repeat('+'), Item::End()}, kMaxStates)
#pragma once

#include <bitset>
#include <optional>
#include <span>

#include "profiles/automata/automaton.h"

namespace sbtune::automata {

using ByteSet = std::bitset<256>;

struct PatternItem {
  enum class Kind : std::uint8_t { kBytes, kOpen, kClose, kAlternative, kBegin, kEnd, kRepeat };
  Kind kind = Kind::kBytes;
  ByteSet bytes;    // of kBytes
  char repeat = 0;  // of kRepeat: * + ? on what stands before it, an atom or a closed group
};

// Labels 1 for words in which the pattern matches somewhere, 0 for the others. Groups must be balanced and every
// repetition must have its atom (asserted). Nothing when more than `max_states` states are needed.
[[nodiscard]] std::optional<Automaton> BuildPattern(std::span<const PatternItem> items,
                                                    std::size_t max_states = kMaxStates);

}  // namespace sbtune::automata
