#include "profiles/lint/codes.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "profiles/lint/lint.h"
#include "tests/support/memory_files.h"

namespace sbtune::lint {
namespace {

// The example blocks of a section. A first line "; macos V" chooses the version.
std::vector<std::string> Examples(std::string_view section) {
  std::vector<std::string> examples;
  constexpr std::string_view kOpen = "```scheme\n";
  for (std::size_t at = section.find(kOpen); at != std::string_view::npos; at = section.find(kOpen, at)) {
    at += kOpen.size();
    const std::size_t end = section.find("```", at);
    examples.emplace_back(section.substr(at, end - at));
    at = end;
  }
  return examples;
}

// One a line.
std::string CodesIn(std::string text) {
  sbpl::LoadOptions options;
  options.paths = {"a.sb"};
  options.parameters = {{"HOME", "/Users/me"}};
  if (text.starts_with("; macos ")) options.macos = text.substr(8, text.find('\n') - 8);
  if (text.find("(version") == std::string::npos && !text.starts_with("; no version")) {
    text = (text.find(" default)") == std::string::npos ? "(version 1)\n(deny default)\n" : "(version 1)\n") + text;
  }
  test::MemoryFiles files({{"a.sb", text}});
  std::string codes;
  for (const Finding& finding : Lint(sbpl::LoadProfile(options, files), {})) codes += finding.diagnostic.code + "\n";
  return codes;
}

TEST_CASE("every code has a section whose first example shows it and whose second does not") {
  for (const CodeInfo& info : Codes()) {
    CAPTURE(info.code);
    const auto section = Explanation(info.code);
    REQUIRE(section);
    CHECK(section->starts_with(std::string(info.code) + "\n"));
    CHECK(section->find("\n# ") == std::string_view::npos);
    const auto examples = Examples(*section);
    REQUIRE(examples.size() == 2);
    CHECK(CodesIn(examples[0]) == std::string(info.code) + "\n");
    CHECK(CodesIn(examples[1]).find(std::string(info.code) + "\n") == std::string::npos);
  }
}

TEST_CASE("codes are found by name, and only by their whole name") {
  REQUIRE(FindCode("dead-path") != nullptr);
  CHECK(FindCode("dead-path")->severity == base::Severity::kWarning);
  CHECK(FindCode("dead-pat") == nullptr);
  CHECK(FindCode("") == nullptr);
  CHECK(!Explanation("dead"));
}

}  // namespace
}  // namespace sbtune::lint
