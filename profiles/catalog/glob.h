// Names with `*` (any run of characters) and `?` (one character), compared without case, as volumes do by
// default. Inside one path component: a `*` never crosses a slash because there is none.
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

[[nodiscard]] bool HasWildcard(std::string_view glob);

// Both already folded. Cost: the product of the lengths at worst, no recursion.
[[nodiscard]] bool GlobMatches(std::string_view glob, std::string_view name);

// Whether some name matches both.
[[nodiscard]] bool GlobsMeet(std::string_view a, std::string_view b);

}  // namespace sbtune::catalog
