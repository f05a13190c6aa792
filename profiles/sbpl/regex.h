// Regular expressions of SBPL filters. The dialect is a small automaton: literal bytes, `.`, classes, `*` `+` `?`,
// `|`, groups, `^` `$`, backslash before punctuation; unanchored search, no captures, no look-around. It is
// translated exactly to RE2; a construct whose meaning in the dialect nobody has shown ({n}, \w, a repetition
// with nothing before it, [:alpha:]) makes the expression *uncertain*: it then matches unknown, never silently.
//
//   auto regex = Regex::Compile("^/private/var/folders/[^/]+/T(/|$)", Regex::Case::kFold);
//   if (regex) regex->Matches(folded_path) …
//
// Decided here: `.` takes any byte, newline too; a backslash escapes inside a class as it does outside; `^` and
// `$` are the ends of the whole text. Bytes, not characters: é is two.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace re2 {
class RE2;
}

namespace sbtune::sbpl {

// What a reader can say about an expression without running it.
struct RegexSyntax {
  std::string translated;  // RE2 syntax, Latin-1 bytes; empty when uncertain
  std::string uncertain;   // why the meaning is unknown; empty when certain
  std::string prefix;      // every match starts at the text's start with these bytes; empty: nothing is known
  std::string required;    // every match holds these bytes somewhere; empty: nothing is known
};

struct RegexError {
  std::size_t offset = 0;  // into the expression
  std::string message;     // "unmatched ')'"
};

enum class RegexCase { kExact, kFold };  // kFold: the text to match must come lower-cased (ASCII)

[[nodiscard]] std::expected<RegexSyntax, RegexError> ParseRegex(std::string_view expression, RegexCase fold);

class Regex {
 public:
  [[nodiscard]] static std::expected<Regex, RegexError> Compile(std::string_view expression, RegexCase fold);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  // Must not be asked of an uncertain expression.
  [[nodiscard]] bool Matches(std::string_view text) const;
  [[nodiscard]] const RegexSyntax& syntax() const { return syntax_; }

 private:
  Regex(RegexSyntax syntax, std::unique_ptr<re2::RE2> compiled);
  RegexSyntax syntax_;
  std::unique_ptr<re2::RE2> compiled_;  // null when uncertain
};

}  // namespace sbtune::sbpl
