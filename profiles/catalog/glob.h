// Names with `*` (any run of characters) and `?` (one character), compared without case, as volumes do by
// default. Inside one path component: a `*` never crosses a slash because there is none. Names that are put together by a
// program have wildcards of their own, which know what they stand for: a random name is never "x.p12", since no dot is in it.
#pragma once

#include <string>
#include <string_view>

namespace sbtune::catalog {

// ASCII letters to lower case; other bytes as they are.
[[nodiscard]] std::string FoldCase(std::string_view text);

// The same, and what a Mac's volumes take for ASCII: the letters outside of it that fold to some (U+017F is an s, U+212A
// a k, U+FB01 the two letters fi, …), and characters of no width left out, as HFS+ does. For asking how sensitive a name
// is: "/Users/me/.ſsh" opens the same folder as "/Users/me/.ssh". From Unicode's full case folding, which APFS is
// known to use; not measured.
[[nodiscard]] std::string FoldName(std::string_view name);

// Bytes that no name to be matched holds. Only GlobsMeet knows them.
inline constexpr char kOneWord = '\x01';  // a letter, digit or underscore
inline constexpr char kWords = '\x02';    // any number of these
inline constexpr char kOneAlnum = '\x03';  // a letter or digit
inline constexpr char kAlnums = '\x04';
inline constexpr char kOneHex = '\x05';  // a digit or a letter from a to f
inline constexpr char kHexes = '\x06';
inline constexpr char kDigits = '\x07';   // any number of digits
inline constexpr char kNumbers = '\x08';  // any number of digits and dots

[[nodiscard]] bool HasWildcard(std::string_view glob);

// Both already folded. Cost: the product of the lengths at worst, no recursion.
[[nodiscard]] bool GlobMatches(std::string_view glob, std::string_view name);

// Whether some name matches both.
[[nodiscard]] bool GlobsMeet(std::string_view a, std::string_view b);

}  // namespace sbtune::catalog
