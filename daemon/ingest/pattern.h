// A regular expression over bytes, run by RE2: time linear in the text, whatever the text. The one place of
// this room that knows RE2's types.
//
//   static const Pattern kPair("(\\w+)=(\\w*)");
//   std::array<std::string_view, 3> groups;
//   if (kPair.MatchStart(text, groups)) …  // groups[0] is the whole match; a group that took no part has no
//   data()
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace sbtune::ingest {

class Pattern {
 public:
  explicit Pattern(std::string_view regex);  // '.' matches any byte; a wrong regex is our bug
  ~Pattern();
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  [[nodiscard]] bool MatchStart(std::string_view text, std::span<std::string_view> groups = {}) const;
  [[nodiscard]] bool MatchWhole(std::string_view text, std::span<std::string_view> groups = {}) const;
  // The first match at or behind `from`.
  [[nodiscard]] bool Search(std::string_view text, std::size_t from,
                            std::span<std::string_view> groups = {}) const;

 private:
  struct Regex;
  [[nodiscard]] bool Match(std::string_view text, std::size_t from, int anchor,
                           std::span<std::string_view> groups) const;
  std::unique_ptr<const Regex> regex_;
};

[[nodiscard]] inline bool TookPart(std::string_view group) { return group.data() != nullptr; }

}  // namespace sbtune::ingest
