// The shape of a name that changes from run to run: "tmp_obj_d6JtQI" is the text "tmp_obj_" and six random
// characters. A pattern is found only where at least three names share it, over at least two runs; or two, that the
// program made up itself.
//
//   for (const NameGroup& group : FindGroups(names, runs_here)) … group.pattern.Regex() …
//
// Names hold no separator (slash, or dot for service names), so a pattern never crosses one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sbtune::tune {

struct NamePiece {
  enum class Kind : std::uint8_t { kText, kInteger, kVersion, kHex, kUuid, kRandom };
  Kind kind = Kind::kText;
  std::string text;          // of kText
  std::uint32_t length = 0;  // of kHex, kRandom: how many characters
  std::string alphabet;      // of kHex, kRandom: the inside of a regex class, "a-z0-9"
  bool operator==(const NamePiece&) const = default;
};

// A plain name is one piece of text without endings.
struct NamePattern {
  std::vector<NamePiece> pieces;
  std::vector<std::string> endings;  // sorted; the name goes on with one of them; empty: with nothing

  [[nodiscard]] static NamePattern Plain(std::string_view name);
  [[nodiscard]] bool IsPlain() const;
  [[nodiscard]] std::string_view PlainText() const;
  [[nodiscard]] bool Matches(std::string_view name) const;
  // In the dialect of profiles, without anchors; counted repeats are written out, because nobody has proven
  // that the kernel knows {n}. From the ninth character on a repeat is left open.
  [[nodiscard]] std::string Regex() const;
  // For catalog::GlobsMeet; matches at least as much.
  [[nodiscard]] std::string Glob() const;
  [[nodiscard]] std::vector<std::string> Globs()
      const;                                   // one for each ending; together they match at least as much
  [[nodiscard]] std::string Describe() const;  // "tmp_obj_<random 6>"
  bool operator==(const NamePattern&) const = default;
};

struct NameSeen {
  std::string_view name;
  std::span<const std::uint32_t> runs;  // sorted, distinct
  // The program created it itself, where things come and go: a temporary folder, or one of its own. There two names
  // of two runs suffice for a shape that chance alone makes.
  bool made = false;
};

struct NameGroup {
  NamePattern pattern;
  std::vector<std::size_t> members;  // indices, ascending; includes every name that the pattern matches
};

// `runs_here`: how many runs saw any of the names. Names seen in nearly every run are no shape but a list,
// and stay as they are. The order of `names` does not matter for the patterns; a name is in one group at
// most.
[[nodiscard]] std::vector<NameGroup> FindGroups(std::span<const NameSeen> names, std::size_t runs_here);

// With a backslash before every character that means something in a profile's regex.
[[nodiscard]] std::string QuoteForRegex(std::string_view text);

}  // namespace sbtune::tune
