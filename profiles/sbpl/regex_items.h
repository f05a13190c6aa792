// Cuts a regular expression of the profile language into items, for those who translate it (regex.cpp), build
// automata from it, or look for mistakes in it. See regex.h for the dialect.
//
//   const auto items = ReadRegexItems("^/a[^/]*$", RegexCase::kExact);
#pragma once

#include <bitset>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "profiles/sbpl/regex.h"

namespace sbtune::sbpl {

using ByteSet = std::bitset<256>;

struct RegexItem {
  enum class Kind : std::uint8_t { kSet, kOpen, kClose, kAlternative, kBegin, kEnd, kRepeat };
  Kind kind = Kind::kSet;
  ByteSet set = {};         // of kSet: the bytes that this position takes
  char repeat = 0;          // of kRepeat: * + ?
  std::size_t offset = 0;   // where it stands in the expression
  std::size_t length = 0;
};

struct RegexItems {
  std::vector<RegexItem> items;  // groups balanced, every repetition behind its atom
  std::string uncertain;         // why the meaning is unknown; then the items are only a reading
};

[[nodiscard]] std::expected<RegexItems, RegexError> ReadRegexItems(std::string_view expression, RegexCase fold);

}  // namespace sbtune::sbpl
