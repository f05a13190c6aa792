// Where rules, filters and values say that they come from.
#include <doctest/doctest.h>

#include "tests/support/loading.h"

using namespace sbtune;

namespace {

std::string Text(const sbpl::LoadResult& result, base::SourceRange range) {
  return std::string(result.profile.sources.Text(range));
}

}  // namespace

TEST_CASE("Every part of a rule knows the bytes that it was written with") {
  const sbpl::LoadResult result = test::Load(
      "(version 1)\n(define (home p) (subpath (string-append \"/Users/me\" p)))\n"
      "(define wide file-write*)\n"
      "(deny wide file-read* (home \"/Library\") (literal \"/a\" \"/b\") (with message \"m\"))\n");
  REQUIRE(test::Said(result) == "");
  const sbpl::Rule& rule = result.profile.rules.at(0);
  CHECK(Text(result, rule.range).starts_with("(deny wide file-read*"));
  CHECK(Text(result, rule.operations[0].range) == "wide");
  CHECK(rule.operations[0].spelled == "file-write*");
  CHECK(Text(result, rule.operations[1].range) == "file-read*");
  CHECK(Text(result, rule.filters[0].range) == "(subpath (string-append \"/Users/me\" p))");
  CHECK(Text(result, rule.filters[0].arguments[0].range) == "(string-append \"/Users/me\" p)");
  CHECK(rule.filters[1].spelled == "literal");
  CHECK(Text(result, rule.filters[1].range) == "(literal \"/a\" \"/b\")");
  CHECK(Text(result, rule.filters[1].arguments[1].range) == "\"/b\"");
  CHECK(Text(result, rule.modifiers[0].range) == "(with message \"m\")");
  CHECK(Text(result, rule.modifiers[0].arguments[0].range) == "\"m\"");
  CHECK(rule.frames.empty());
}

TEST_CASE("The way to a rule is told innermost first, loops once") {
  const sbpl::LoadResult result = test::Load(
      "(version 1)\n(define (inner p) (allow file-read* (literal p)))\n(define (outer p) (inner p) (inner p))\n"
      "(for-each (lambda (p) (outer p)) '(\"/a\"))\n"
      "(let loop ((i 0)) (when (< i 40) (inner \"/x\") (loop (+ i 1))))\n");
  REQUIRE(test::Said(result) == "");
  const auto places = [&](std::size_t index) {
    std::string text;
    for (const base::Frame& frame : result.profile.rules.at(index).frames) {
      text += frame.what + " " + result.profile.sources.Where(frame.range) + "\n";
    }
    return text;
  };
  CHECK(places(0) == "called from a.sb:3:19\ncalled from a.sb:4:23\ncalled from a.sb:4:1\n");
  CHECK(places(1) == "called from a.sb:3:29\ncalled from a.sb:4:23\ncalled from a.sb:4:1\n");
  CHECK(places(41) == "called from a.sb:5:34\ncalled from a.sb:5:1\n");
}

TEST_CASE("Strings that came from a list know the element") {
  const sbpl::LoadResult result = test::Load(
      "(version 1)\n(for-each (lambda (p) (allow file-read* (literal p)))\n  '(\"/a\"\n    \"/b\"))\n");
  REQUIRE(result.profile.rules.size() == 2);
  CHECK(result.profile.sources.Where(result.profile.rules[1].filters[0].arguments[0].range) == "a.sb:4:5");
}

TEST_CASE("A rule that a macro makes points into the macro and tells its call") {
  const sbpl::LoadResult result = test::Load(
      "(version 1)\n(macro (reads form)\n  `(allow file-read* ,@(cdr form)))\n(reads (literal \"/a\"))\n");
  REQUIRE(test::Said(result) == "");
  const sbpl::Rule& rule = result.profile.rules.at(0);
  CHECK(result.profile.sources.Where(rule.range) == "a.sb:3:4");
  CHECK(result.profile.sources.Where(rule.filters[0].range) == "a.sb:4:8");
  REQUIRE(rule.frames.size() == 1);
  CHECK(result.profile.sources.Where(rule.frames[0].range) == "a.sb:4:1");
}
