#include "profiles/scheme/reader.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "profiles/scheme/equality.h"
#include "profiles/scheme/printer.h"
#include "profiles/scheme/string_escape.h"
#include "tests/support/scheme_fixture.h"

using namespace sbtune;
using scheme::Type;

namespace {

struct Result {
  std::vector<std::string> data;
  std::string said;
};

Result Read(const std::string& text, scheme::ReaderOptions options = {}) {
  base::SourceMap sources;
  base::Diagnostics diagnostics;
  scheme::Heap heap(64u << 20);
  const base::SourceId source = sources.Add("t.scm", text);
  scheme::Reader reader(heap, sources.Text(source), source, diagnostics, options);
  Result result;
  while (const auto datum = reader.Next()) {
    result.data.push_back(scheme::Print(datum->value, scheme::PrintStyle::kWrite));
  }
  for (const base::Diagnostic& item : diagnostics.items()) result.said += base::Render(item, sources);
  return result;
}

}  // namespace

TEST_CASE("Every spelling of a datum is read as TinyScheme reads it") {
  const struct {
    std::string text;
    std::string written;
  } cases[] = {
      {"()", "()"},
      {"(a b c)", "(a b c)"},
      {"(a . b)", "(a . b)"},
      {"(a b . (c d))", "(a b c d)"},
      {"(a .b)", "(a .b)"},  // a dot only counts when blanks are around it
      {"'x", "(quote x)"},
      {"`(a ,b ,@c)", "(quasiquote (a (unquote b) (unquote-splicing c)))"},
      {"'()", "(quote ())"},
      {"''x", "(quote (quote x))"},
      {"#(1 (2) 3)", "#(1 (2) 3)"},
      {"#t", "#t"},
      {"#f", "#f"},
      {"Case-Sensitive", "Case-Sensitive"},
      {"file-read*", "file-read*"},
      {"a'b", "a'b"},
      {"+", "+"},
      {"-", "-"},
      {"...", "..."},
      {"1+", "1+"},
      {"-1", "-1"},
      {"+7", "7"},
      {"007", "7"},
      {"1.5", "1.5"},
      {".5", "0.5"},
      {"1e3", "1000.0"},
      {"1e", "1e"},
      {"nan", "nan"},
      {"inf", "inf"},
      {"9223372036854775807", "9223372036854775807"},
      {"9223372036854775808", "9223372036854775808.0"},
      {"#x1F", "31"},
      {"#xff", "255"},
      {"#o0004", "4"},
      {"#b101", "5"},
      {"#d12", "12"},
      {"#\\a", "#\\a"},
      {"#\\/", "#\\/"},
      {"#\\(", "#\\("},
      {"#\\)", "#\\)"},
      {"#\\;", "#\\;"},
      {"#\\space", "#\\space"},
      {"#\\newline", "#\\newline"},
      {"#\\x41", "#\\A"},
      {"(#\\( #\\))", "(#\\( #\\))"},
      {R"("a\n\t\r\"\\")", R"("a\x0a\x09\x0d\"\\")"},
      {R"("\x41\x4a\101\0")", R"("AJA\x00")"},
      {R"("\.\q")", R"(".q")"},
      {"\"two\nlines\"", R"("two\x0alines")"},
      {R"(#"^/a\.b\"c)", R"("^/a\\.b\\")"},  // a raw string ends at the next quote, whatever is before it
      {"; nothing\n#! nor this\n1", "1"},
      {"(a ; b\n c)", "(a c)"},
      {"\t\v\f\r\n1", "1"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    const Result result = Read(each.text);
    REQUIRE(!result.data.empty());
    CHECK(result.data.front() == each.written);
  }
}

TEST_CASE("A text holds any number of data") {
  CHECK(Read("").data.empty());
  CHECK(Read(" ; only a comment").data.empty());
  CHECK(Read("1 (2) \"3\"").data == std::vector<std::string>{"1", "(2)", "\"3\""});
}

TEST_CASE("What cannot be read is an error at its place") {
  const struct {
    std::string text;
    std::string said;
  } cases[] = {
      {"(allow\n  (deny)", "t.scm:1:1: error: the text ends before this '(' is closed\n  (allow\n  ^\n"},
      {"a\n b)\n",
       "t.scm:2:3: error: this ')' closes nothing\n   b)\n    ^\n"
       "  hint: remove it, or add the '(' it belongs to\n"},
      {"(a \"b)", "t.scm:1:4: error: this string has no closing quote\n  (a \"b)\n     ^\n"},
      {"#\"b", "t.scm:1:1: error: this raw string has no closing quote\n  #\"b\n  ^~\n"},
      {"\"\\", "t.scm:1:1: error: this string has no closing quote\n  \"\\\n  ^\n"},
      {"(')", "t.scm:1:2: error: a quote stands before ')' with nothing to quote\n  (')\n   ^\n"},
      {"'", "t.scm:1:1: error: the text ends before what this quotes\n  '\n  ^\n"},
      {"( . a)", "t.scm:1:3: error: a dot stands where no list can take it\n  ( . a)\n    ^\n"},
      {"(a . )", "t.scm:1:6: error: a datum must follow the dot\n  (a . )\n       ^\n"},
      {"(a . b c)", "t.scm:1:8: error: more than one datum follows the dot\n  (a . b c)\n         ^\n"},
      {"#|x|#",
       "t.scm:1:1: error: the reader does not know '#|x|#'\n  #|x|#\n  ^~~~~\n"
       "  hint: there are no block comments; begin each line with ';'\n"},
      {"#xyz", "t.scm:1:1: error: the reader does not know '#xyz'\n  #xyz\n  ^~~~\n"},
      {"#\\nothing", "t.scm:1:1: error: there is no character named 'nothing'\n  #\\nothing\n  ^~~~~~~~~\n"},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    CHECK(Read(each.text).said == each.said);
  }
}

TEST_CASE("When mending, mistakes are warnings and the rest is read") {
  const scheme::ReaderOptions mend{.mistakes = scheme::ReaderOptions::Mistakes::kMend};
  const Result result = Read("(a) ) (b #? c) (d", mend);
  CHECK(result.data == std::vector<std::string>{"(a)", "(b c)"});
  CHECK(result.said ==
        "t.scm:1:5: warning: this ')' closes nothing\n  (a) ) (b #? c) (d\n      ^\n"
        "  hint: remove it, or add the '(' it belongs to\n"
        "t.scm:1:10: warning: the reader does not know '#?'\n  (a) ) (b #? c) (d\n           ^~\n"
        "t.scm:1:16: warning: the text ends before this '(' is closed\n  (a) ) (b #? c) (d\n                 ^\n");
}

TEST_CASE("A million parentheses are an error, not a crash") {
  const std::string open(1'000'000, '(');
  CHECK(Read(open).said.starts_with("t.scm:1:10001: error: lists are nested more than 10000 deep\n"));
  const std::string quotes(1'000'000, '\'');
  CHECK(Read(quotes).said.starts_with("t.scm:1:10001: error: lists are nested more than 10000 deep\n"));
  const Result closed = Read(std::string(10'000, '(') + std::string(10'000, ')'));
  CHECK(closed.said.empty());
  CHECK(closed.data.size() == 1);
}

TEST_CASE("A text that needs more memory than allowed is an error") {
  base::SourceMap sources;
  base::Diagnostics diagnostics;
  scheme::Heap heap(100'000);
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "()1";
  const base::SourceId source = sources.Add("t.scm", "(" + text + ")");
  scheme::Reader reader(heap, sources.Text(source), source, diagnostics, {});
  CHECK(!reader.Next());
  REQUIRE(diagnostics.items().size() == 1);
  CHECK(diagnostics.items()[0].code == "memory-limit");
}

namespace {

// Any datum as text with blanks and comments strewn in, and what the reader must make of it.
class RandomText {
 public:
  explicit RandomText(unsigned seed) : random_(seed) {}

  std::string Datum(int depth) {
    switch (Pick(depth > 0 ? 9 : 5)) {
      case 0: return "sym" + std::to_string(Pick(10)) + "*";
      case 1: return std::to_string(Pick(1000) - 500);
      case 2: return scheme::WriteStringLiteral(Bytes());
      case 3: return "#\"raw\\.[^/]+$\"";
      case 4: return Pick(2) == 0 ? "#t" : "#\\a";
      case 5: return (Pick(2) == 0 ? "'" : "`") + Datum(depth - 1);
      case 6: return "(" + Blank() + Datum(depth - 1) + " . " + Datum(depth - 1) + Blank() + ")";
      default: return List(depth);
    }
  }
  std::string Blank() {
    const char* const blanks[] = {" ", "\n", "\t ", " ; c )(\"\n", "  "};
    return blanks[Pick(5)];
  }

 private:
  int Pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  std::string Bytes() {
    std::string bytes;
    for (int i = Pick(6); i > 0; --i) bytes += static_cast<char>(Pick(256));
    return bytes;
  }
  std::string List(int depth) {
    std::string text = "(" + Blank();
    for (int i = Pick(5); i > 0; --i) text += Datum(depth - 1) + Blank();
    return text + ")";
  }
  std::mt19937 random_;
};

// Every list and element that knows its place: the bytes there must read to the same datum.
void CheckPlaces(scheme::Machine& machine, const base::SourceMap& sources, const scheme::Slot& whole) {
  std::vector<scheme::Slot> todo{whole};
  while (!todo.empty()) {
    const scheme::Slot slot = todo.back();
    todo.pop_back();
    REQUIRE(slot.range.source != base::kNoSource);
    const std::string text(sources.Text(slot.range));
    CAPTURE(text);
    base::Diagnostics diagnostics;
    scheme::Reader reader(machine.heap(), text, 0, diagnostics, {});
    const auto again = reader.Next();
    REQUIRE(again);
    CHECK(reader.position() == text.size());
    CHECK(scheme::Equal(machine, again->value, slot.value));
    if (slot.value.is(Type::kString)) CHECK(slot.value.string()->range == slot.range);
    if (!slot.value.is(Type::kPair)) continue;
    CHECK(slot.value.pair()->form == slot.range);
    if (text[0] != '(') {  // 'x: the quote is its own place, x has its own
      todo.push_back({slot.value.pair()->cdr.pair()->car, slot.value.pair()->cdr.pair()->car_range});
      continue;
    }
    for (scheme::Value rest = slot.value; rest.is(Type::kPair); rest = rest.pair()->cdr) {
      // After a dot the rest of the list may be a list with a place of its own, or one that a quote made.
      if (!rest.IsSame(slot.value) && rest.pair()->form.source != base::kNoSource) break;
      todo.push_back({rest.pair()->car, rest.pair()->car_range});
    }
  }
}

}  // namespace

TEST_CASE("The bytes at the place of any datum read to that datum") {
  for (unsigned seed = 0; seed < 400; ++seed) {
    CAPTURE(seed);
    RandomText random(seed);
    const std::string text = random.Blank() + random.Datum(5) + random.Blank();
    base::SourceMap sources;
    base::Diagnostics diagnostics;
    test::Scheme scheme;
    const base::SourceId source = sources.Add("t.scm", text);
    scheme::Reader reader(scheme.heap(), sources.Text(source), source, diagnostics, {});
    const auto datum = reader.Next();
    REQUIRE_MESSAGE(datum, text);
    REQUIRE(diagnostics.items().empty());
    CheckPlaces(scheme.machine(), sources, *datum);
  }
}

TEST_CASE("A written string reads back to its bytes") {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes;
    for (unsigned n = random() % 12; n > 0; --n) bytes += static_cast<char>(random() % 256);
    const auto literal = scheme::ReadStringLiteral(scheme::WriteStringLiteral(bytes) + "tail");
    REQUIRE(literal);
    CHECK(literal->value == bytes);
    CHECK(literal->length == scheme::WriteStringLiteral(bytes).size());
  }
}
