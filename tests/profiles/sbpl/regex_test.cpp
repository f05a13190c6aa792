#include "profiles/sbpl/regex.h"

#include <doctest/doctest.h>

#include <random>
#include <set>

using namespace sbtune::sbpl;

namespace {

bool Matches(std::string_view expression, std::string_view text, RegexCase fold = RegexCase::kExact) {
  const auto regex = Regex::Compile(expression, fold);
  REQUIRE_MESSAGE(regex.has_value(), expression);
  REQUIRE_MESSAGE(regex->syntax().uncertain.empty(), expression);
  return regex->Matches(text);
}

}  // namespace

TEST_CASE("Expressions search anywhere, byte by byte") {
  const struct { std::string expression; std::string text; bool matches; } rows[] = {
      {"b", "abc", true},           {"^b", "abc", false},          {"^ab", "abc", true},        {"c$", "abc", true},
      {"b$", "abc", false},         {"", "", true},                {"", "abc", true},           {"^$", "", true},
      {"^$", "a", false},           {"a.c", "a\nc", true},         {"a.c", "ac", false},        {"\\.sb$", "x.sb", true},
      {"\\.sb$", "xxsb", false},    {"^/a/[^/]+$", "/a/b", true},  {"^/a/[^/]+$", "/a/b/c", false},
      {"(/|$)x", "a/x", true},      {"/a(/|$)", "/a", true},       {"/a(/|$)", "/ab", false},   {"/a(/|$)", "/a/b", true},
      {"^(a|b)*$", "abba", true},   {"^(a|b)*$", "abca", false},   {"^ab?c$", "ac", true},      {"^ab+c$", "ac", false},
      {"^ab+c$", "abbc", true},     {"^[a-c]+$", "abc", true},     {"^[a-c]+$", "abd", false},  {"^[]a]+$", "]a", true},
      {"^[^]a]+$", "b", true},      {"^[^]a]+$", "]", false},      {"^[a-]+$", "a-", true},     {"^[-a]+$", "-", true},
      {"^[a\\.]+$", "a.", true},    {"^[a\\.]+$", "\\", false},    {"^[*+?$^(|]+$", "*+?$^(|", true},
      {"x|y", "ay", true},          {"^(|a)b", "b", true},         {"a\\$", "a$", true},        {"a^", "a", false},
      {"$a", "a", false},           {"\\/a", "/a", true},          {"}", "}", true},            {"^\xc3\xa9$", "\xc3\xa9", true},
      {"^..$", "\xc3\xa9", true},   {"^[\xa9\xc3]+$", "\xc3\xa9", true}, {"^-_=#~,;:<>!@%&'\"`$", "-_=#~,;:<>!@%&'\"`", true},
  };
  for (const auto& row : rows) {
    CAPTURE(row.expression);
    CAPTURE(row.text);
    CHECK(Matches(row.expression, row.text) == row.matches);
  }
}

TEST_CASE("Folding works on a lower-cased text, in classes too, and leaves bytes beyond ASCII alone") {
  CHECK(Matches("^/Users/[A-C]/X$", "/users/b/x", RegexCase::kFold));
  CHECK(Matches("^[^A]$", "b", RegexCase::kFold));
  CHECK(!Matches("^[^A]$", "a", RegexCase::kFold));
  CHECK(!Matches("^\xc3\x89$", "\xc3\xa9", RegexCase::kFold));
  CHECK(!Matches("^\xe3$", "\xc3", RegexCase::kFold));  // Latin-1 would call these two spellings of one letter
  CHECK(!Matches("^/Users$", "/users", RegexCase::kExact));
}

TEST_CASE("Constructs of unknown meaning are called uncertain") {
  const struct { std::string expression; std::string why; } rows[] = {
      {"a{3}", "the meaning of '{' in a regular expression is not known"},
      {"\\w+", "the meaning of '\\w' in a regular expression is not known"},
      {"[\\w]", "the meaning of '\\w' in a regular expression is not known"},
      {"\\1", "the meaning of '\\1' in a regular expression is not known"},
      {"\\b", "the meaning of '\\b' in a regular expression is not known"},
      {"*/docker.sock", "'*' with nothing before it to repeat has no known meaning"},
      {"^*a", "'*' with nothing before it to repeat has no known meaning"},
      {"(?:a)", "'?' with nothing before it to repeat has no known meaning"},
      {"a|+b", "'+' with nothing before it to repeat has no known meaning"},
      {"a**", "'*' with nothing before it to repeat has no known meaning"},
      {"a+?", "'?' with nothing before it to repeat has no known meaning"},
      {"[[:alpha:]]", "the meaning of '[:' inside '[]' is not known"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.expression);
    const auto regex = Regex::Compile(row.expression, RegexCase::kExact);
    REQUIRE(regex.has_value());
    CHECK(regex->syntax().uncertain == row.why);
  }
}

TEST_CASE("What is no expression is an error with its place") {
  const struct { std::string expression; std::size_t offset; std::string message; } rows[] = {
      {"a)", 1, "unmatched ')'"},     {"(a", 0, "unmatched '('"},  {"a(b(c)", 1, "unmatched '('"},
      {"[a", 0, "unmatched '['"},     {"x[", 1, "unmatched '['"},  {"[]", 0, "unmatched '['"},
      {"a\\", 1, "'\\' at the end of the expression"},             {"[z-a]", 0, "a range in '[]' runs backwards"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.expression);
    const auto regex = Regex::Compile(row.expression, RegexCase::kExact);
    REQUIRE(!regex.has_value());
    CHECK(regex.error().offset == row.offset);
    CHECK(regex.error().message == row.message);
  }
}

TEST_CASE("The literals that every match must hold are found, and no others") {
  const struct { std::string expression; std::string prefix; std::string required; } rows[] = {
      {"^/private/var/folders/[^/]+/T", "/private/var/folders/", "/private/var/folders/"},
      {"^/a", "/a", "/a"},     {"/a", "", "/a"},         {"^/ab*", "/a", "/a"},   {"^/ab?c", "/a", "/a"},
      {"^/ab+c", "/ab", "/ab"}, {"^a|b", "", ""},        {"^(a|b)c", "", "c"},    {"\\.plist$", "", ".plist"},
      {"^/a(/|$)", "/a", "/a"}, {"[ab]cd.efg", "", "efg"}, {"a^b", "", "a"},      {"^^a", "", "a"},
      {"a?", "", ""},           {"", "", ""},            {"^[a]b", "ab", "ab"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.expression);
    const auto syntax = ParseRegex(row.expression, RegexCase::kExact);
    REQUIRE(syntax.has_value());
    CHECK(syntax->prefix == row.prefix);
    CHECK(syntax->required == row.required);
  }
}

namespace {

// A matcher that follows the dialect's definition word for word: all positions that the items from `at` on can end
// at, starting from `from`. Exponential, for tiny expressions only.
struct SlowRegex {
  std::string_view expression;
  std::string_view text;
  using Ends = std::set<std::size_t>;

  // alternative ('|' alternative)*; `at` moves behind it.
  Ends Alternatives(std::size_t& at, const Ends& from) const {
    Ends ends = Sequence(at, from);
    while (at < expression.size() && expression[at] == '|') {
      ++at;
      const Ends more = Sequence(at, from);
      ends.insert(more.begin(), more.end());
    }
    return ends;
  }

  Ends Sequence(std::size_t& at, Ends from) const {
    while (at < expression.size() && expression[at] != '|' && expression[at] != ')') from = Repeated(at, from);
    return from;
  }

  Ends Repeated(std::size_t& at, const Ends& from) const {
    const std::size_t begin = at;
    Ends once = Atom(at, from);
    if (at == expression.size() || (expression[at] != '*' && expression[at] != '+' && expression[at] != '?')) return once;
    const char repeat = expression[at];
    Ends all = once;
    if (repeat != '?') {
      for (Ends last = once; !last.empty();) {
        std::size_t again = begin;
        Ends next, fresh = Atom(again, last);
        for (const std::size_t end : fresh) {
          if (all.insert(end).second) next.insert(end);
        }
        last = next;
      }
    }
    if (repeat != '+') all.insert(from.begin(), from.end());
    ++at;
    return all;
  }

  Ends Atom(std::size_t& at, const Ends& from) const {
    const char byte = expression[at++];
    if (byte == '(') {
      Ends ends = Alternatives(at, from);
      ++at;
      return ends;
    }
    Ends ends;
    std::string set;
    bool negated = false;
    if (byte == '[') {
      negated = expression[at] == '^';
      if (negated) ++at;
      while (expression[at] != ']') set += expression[at++];
      ++at;
    }
    for (const std::size_t here : from) {
      if (byte == '^') {
        if (here == 0) ends.insert(here);
      } else if (byte == '$') {
        if (here == text.size()) ends.insert(here);
      } else if (here < text.size()) {
        const bool takes = byte == '.' || (byte == '[' ? (set.find(text[here]) != std::string::npos) != negated
                                                       : byte == text[here]);
        if (takes) ends.insert(here + 1);
      }
    }
    return ends;
  }

  bool Matches() const {
    Ends from;
    for (std::size_t i = 0; i <= text.size(); ++i) from.insert(i);
    std::size_t at = 0;
    return !Alternatives(at, from).empty();
  }
};

std::string RandomExpression(std::mt19937& random, int depth) {
  std::string text;
  const auto count = 1 + random() % 3;
  for (unsigned i = 0; i < count; ++i) {
    bool atom = true;
    switch (random() % 9) {
      case 0: text += "."; break;
      case 1: text += "[ab]"; break;
      case 2: text += "[^a/]"; break;
      case 3: text += depth > 0 ? "(" + RandomExpression(random, depth - 1) + ")" : "a"; break;
      case 4: text += random() % 2 == 0 ? "^" : "$", atom = false; break;
      case 5: text += depth > 0 ? RandomExpression(random, depth - 1) + "|" : "b", atom = depth == 0; break;
      default: text += "ab/c"[random() % 4];
    }
    if (atom && random() % 4 == 0) text += "*+?"[random() % 3];
  }
  return text;
}

}  // namespace

TEST_CASE("Random expressions match as their definition says, and hold the literals found") {
  std::mt19937 random(3);
  int matched = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string expression = RandomExpression(random, 2);
    const auto regex = Regex::Compile(expression, RegexCase::kExact);
    if (!regex || !regex->syntax().uncertain.empty()) continue;  // as in (a|*)
    for (int j = 0; j < 4; ++j) {
      std::string text;
      for (auto length = random() % 6; length > 0; --length) text += "ab/c"[random() % 4];
      CAPTURE(expression);
      CAPTURE(text);
      const bool matches = SlowRegex{expression, text}.Matches();
      CHECK(regex->Matches(text) == matches);
      if (!matches) continue;
      ++matched;
      CHECK(text.starts_with(regex->syntax().prefix));
      CHECK(text.find(regex->syntax().required) != std::string::npos);
    }
  }
  CHECK(matched > 10'000);
}
