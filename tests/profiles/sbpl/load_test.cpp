#include <doctest/doctest.h>

#include <string>

#include "profiles/sbpl/profile.h"
#include "tests/support/memory_files.h"

using namespace sbtune;

namespace {

sbpl::LoadResult Load(const std::string& text, sbpl::LoadOptions options = {}) {
  test::MemoryFiles files({{"a.sb", text}});
  options.paths = {"a.sb"};
  return sbpl::LoadProfile(options, files);
}

std::string Report(const sbpl::LoadResult& result) {
  std::string text;
  for (const base::Diagnostic& diagnostic : result.diagnostics.items()) {
    text += base::Render(diagnostic, result.profile.sources);
  }
  return text;
}

}  // namespace

TEST_CASE("A rule knows its place and how it was reached") {
  const sbpl::LoadResult result = Load("(version 1)\n(define (f p) (allow file-read* (subpath p)))\n(f \"/a\")\n");
  REQUIRE(Report(result) == "");
  REQUIRE(result.profile.rules.size() == 1);
  const sbpl::Rule& rule = result.profile.rules[0];
  CHECK(result.profile.sources.Where(rule.range) == "a.sb:2:15");
  REQUIRE(rule.frames.size() == 1);
  CHECK(rule.frames[0].what == "called from");
  CHECK(result.profile.sources.Where(rule.frames[0].range) == "a.sb:3:1");
  REQUIRE(rule.filters.size() == 1);
  CHECK(rule.filters[0].name == "subpath");
  CHECK(result.profile.sources.Where(rule.filters[0].arguments[0].range) == "a.sb:3:4");
}

TEST_CASE("An unknown operation is an error with the nearest name") {
  CHECK(Report(Load("(version 1)\n(allow file-raed* (literal \"/\"))\n")) ==
        "a.sb:2:8: error: unknown operation 'file-raed*'\n"
        "  (allow file-raed* (literal \"/\"))\n"
        "         ^~~~~~~~~~\n"
        "  hint: did you mean 'file-read*'?\n");
}
