// How a file is written, so that what is added looks like it: words, indentation, line ends, where brackets close.
// Observed from the rules that stand as forms of their own; where a file shows nothing, the common way.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/edit/profile_map.h"
#include "profiles/sbpl/edit/rule_text.h"
#include "profiles/sbpl/profile.h"

namespace sbtune::sbpl {

enum class FilterLines { kInline, kOneEach };      // filters behind the operation, or one on each line
enum class Closing { kBehindLast, kOwnLine };      // where the last parenthesis of a rule of several lines stands

inline constexpr std::size_t kLineWidth = 100;  // columns (bytes); a longer line is broken

struct Layout {
  std::string newline = "\n";
  std::string indent = "  ";
  Closing closing = Closing::kBehindLast;
  FilterLines one_filter = FilterLines::kInline;     // of rules with a single filter
  FilterLines many_filters = FilterLines::kOneEach;  // of rules with more
};

// The layout of one fragment.
[[nodiscard]] Layout ObserveLayout(const Profile& profile, const ProfileMap& map, std::uint32_t fragment);

// The words that the user's files use most, for canonical names that have several.
[[nodiscard]] Words ObserveWords(const Profile& profile, const catalog::Catalog& catalog);

}  // namespace sbtune::sbpl
