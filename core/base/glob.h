// Shell-like patterns over raw bytes, for filters that users type.
//
//   GlobMatches("/Users/*/Library/*", path)
//
// `*` any bytes (a slash too), `?` one byte, `[a-z]` and `[!a-z]` one byte of a set, a backslash takes the next byte
// as it is. The whole text must match; case counts. Time is at most pattern × text, never more.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sbtune::base {

[[nodiscard]] bool GlobMatches(std::string_view pattern, std::string_view text);

// What one of `only` must match (empty: everything), and none of `except`. An absent text matches no glob.
struct GlobFilter {
  std::vector<std::string> only = {};
  std::vector<std::string> except = {};
  bool operator==(const GlobFilter&) const = default;
  [[nodiscard]] bool Matches(std::optional<std::string_view> text) const;
  [[nodiscard]] bool empty() const { return only.empty() && except.empty(); }
};

// "a,b" is two globs; a comma behind a backslash belongs to its glob. Empty ones are left out.
[[nodiscard]] std::vector<std::string> SplitGlobs(std::string_view list);

}  // namespace sbtune::base
