#include "cli/top/text_fit.h"

#include <wchar.h>

#include <algorithm>
#include <vector>

#include "core/base/text.h"

namespace sbtune::top {
namespace {

struct Character {
  std::string_view bytes;
  std::size_t columns = 1;
};

std::size_t LengthOf(unsigned char lead) { return lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2; }

wchar_t CodeOf(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes[0]);
  std::uint32_t code = bytes.size() == 1 ? lead : lead & (0xFFu >> (bytes.size() + 1));
  for (std::size_t i = 1; i < bytes.size(); ++i) code = code << 6 | (static_cast<unsigned char>(bytes[i]) & 0x3Fu);
  return static_cast<wchar_t>(code);
}

std::vector<Character> Split(std::string_view text) {
  std::vector<Character> characters;
  while (!text.empty()) {
    const std::string_view bytes = text.substr(0, LengthOf(static_cast<unsigned char>(text[0])));
    const int width = ::wcwidth(CodeOf(bytes));
    characters.push_back({bytes, width < 0 ? 1u : static_cast<std::size_t>(width)});
    text.remove_prefix(bytes.size());
  }
  return characters;
}

std::size_t Sum(const std::vector<Character>& characters) {
  std::size_t columns = 0;
  for (const Character& character : characters) columns += character.columns;
  return columns;
}

}  // namespace

std::size_t Columns(std::string_view text) { return Sum(Split(text)); }

std::string Fit(std::string_view bytes, std::size_t columns, Keep keep) {
  const std::string text = base::EscapeForTerminal(bytes);
  std::vector<Character> characters = Split(text);
  std::size_t width = Sum(characters);
  if (columns == 0) return "";
  std::string out;
  if (width <= columns) {
    out = text;
  } else {
    if (keep == Keep::kEnd) std::reverse(characters.begin(), characters.end());
    std::vector<Character> kept;
    width = 1;  // of the mark
    for (const Character& character : characters) {
      if (width + character.columns > columns) break;
      width += character.columns;
      kept.push_back(character);
    }
    if (keep == Keep::kEnd) std::reverse(kept.begin(), kept.end());
    if (keep == Keep::kEnd) out = "…";
    for (const Character& character : kept) out += character.bytes;
    if (keep == Keep::kBeginning) out += "…";
  }
  return out + std::string(columns - width, ' ');
}

}  // namespace sbtune::top
