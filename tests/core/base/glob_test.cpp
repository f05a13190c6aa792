#include "core/base/glob.h"

#include <doctest/doctest.h>

#include <random>
#include <string>

using sbtune::base::GlobFilter;
using sbtune::base::GlobMatches;
using sbtune::base::SplitGlobs;

namespace {

// Tries everything; for patterns without sets and backslashes.
bool SlowMatches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return SlowMatches(pattern.substr(1), text) || (!text.empty() && SlowMatches(pattern, text.substr(1)));
  }
  return !text.empty() && (pattern[0] == '?' || pattern[0] == text[0]) && SlowMatches(pattern.substr(1), text.substr(1));
}

}  // namespace

TEST_CASE("globs match whole texts of any bytes") {
  struct Row {
    std::string_view pattern, text;
    bool matches;
  };
  for (const Row& row : {
           Row{"", "", true},
           Row{"", "a", false},
           Row{"*", "", true},
           Row{"*", "/a/b\n\xff", true},
           Row{"/Users/*/Library/*", "/Users/ann/Library/Preferences/x", true},
           Row{"/Users/*/Library", "/Users/ann/Library/Preferences", false},
           Row{"file-read*", "file-read-data", true},
           Row{"file-read*", "file-write-data", false},
           Row{"fil?", "file", true},
           Row{"fil?", "fil", false},
           Row{"[a-c]x", "bx", true},
           Row{"[!a-c]x", "bx", false},
           Row{"[^a-c]x", "dx", true},
           Row{"[]a]", "]", true},
           Row{"[a-]", "-", true},
           Row{"[", "[", true},
           Row{"a[", "a[", true},
           Row{"\\*", "*", true},
           Row{"\\*", "a", false},
           Row{"a\\", "a\\", true},
           Row{"A", "a", false},
       }) {
    CAPTURE(row.pattern);
    CAPTURE(row.text);
    CHECK(GlobMatches(row.pattern, row.text) == row.matches);
  }
}

TEST_CASE("globs agree with trying every way on random patterns") {
  std::mt19937 random(3);
  const auto word = [&](std::string_view letters, std::size_t longest) {
    std::string out;
    for (std::size_t i = random() % (longest + 1); i > 0; --i) out += letters[random() % letters.size()];
    return out;
  };
  for (int i = 0; i < 20'000; ++i) {
    const std::string pattern = word("ab*?", 6);
    const std::string text = word("ab", 8);
    CAPTURE(pattern);
    CAPTURE(text);
    CHECK(GlobMatches(pattern, text) == SlowMatches(pattern, text));
  }
}

TEST_CASE("a hostile glob takes no more than pattern times text") {
  const std::string text(20'000, 'a');
  std::string pattern;
  for (int i = 0; i < 2'000; ++i) pattern += "*a";
  CHECK_FALSE(GlobMatches(pattern + "b", text));
}

TEST_CASE("a filter keeps what one glob matches and none excludes") {
  const GlobFilter filter{.only = {"a*", "b"}, .except = {"ab"}};
  CHECK(filter.Matches("a"));
  CHECK(filter.Matches("b"));
  CHECK_FALSE(filter.Matches("ab"));
  CHECK_FALSE(filter.Matches("c"));
  CHECK_FALSE(filter.Matches(std::nullopt));
  CHECK(GlobFilter{.only = {}, .except = {"*"}}.Matches(std::nullopt));
  CHECK(GlobFilter{}.Matches("anything"));
}

TEST_CASE("a list of globs is split at its commas, not at those behind a backslash") {
  using List = std::vector<std::string>;
  CHECK(SplitGlobs("a,b*,c") == List{"a", "b*", "c"});
  CHECK(SplitGlobs("a\\,b,c") == List{"a\\,b", "c"});
  CHECK(GlobMatches(SplitGlobs("a\\,b").at(0), "a,b"));
  CHECK(SplitGlobs("a\\\\,b") == List{"a\\\\", "b"});
  CHECK(SplitGlobs(",a,,") == List{"a"});
  CHECK(SplitGlobs("").empty());
  CHECK(SplitGlobs("a\\") == List{"a\\"});
}
