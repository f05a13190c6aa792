// Whether a text was drawn by chance or written by somebody: "zpVXCc" and "0j_stqed" against "settings" and "libgcc_s".
//
//   ChanceBits("0j_stqed")  ~  9: chance explains it 2^9 times better than a word does
//   ChanceBits("settings")  ~ -13
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sbtune::tune {

// The inside of the narrowest regex class of letters, digits and underscores that holds what was seen.
[[nodiscard]] std::string AlphabetOf(std::span<const std::string_view> texts);

// log2 of how much likelier the text is if each character is drawn evenly from the alphabet than if it is written:
// in words letters follow letters, vowels take turns with consonants, and e is more frequent than z. Both texts are
// letters, digits and underscores; the alphabet is AlphabetOf some texts, this one among them.
[[nodiscard]] double ChanceBits(std::string_view text, std::string_view alphabet);
[[nodiscard]] double ChanceBits(std::string_view text);  // by its own alphabet

}  // namespace sbtune::tune
