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

// Severity, code, message and hint, one finding a paragraph.
std::string SaidOf(const std::string& text) {
  sbpl::LoadOptions options;
  options.paths = {"a.sb"};
  test::MemoryFiles files({{"a.sb", "(version 1)\n(deny default)\n" + text}});
  std::string said;
  for (const Finding& finding : Lint(sbpl::LoadProfile(options, files), {})) {
    const base::Diagnostic& one = finding.diagnostic;
    const char* severity = one.severity == base::Severity::kNote ? "note" : "warning";
    said += std::string(severity) + " " + one.code + ": " + one.message + "\n" + one.hint + "\n";
  }
  return said;
}

TEST_CASE("a star in the name of a service is told with what to write instead, and in other texts it is none") {
  CHECK(SaidOf(R"((allow mach-lookup (global-name "com.example.*" "a.*.b")))") ==
        "warning glob-in-path: 'com.example.*' stands for itself: only a regex has wildcards\n"
        "for all that begin so write (global-name-prefix \"com.example.\")\n"
        "warning glob-in-path: 'a.*.b' stands for itself: only a regex has wildcards\n"
        "write (global-name-regex …)\n");
  CHECK(SaidOf(R"((allow file-read-xattr (xattr "a*")))") == "");
  CHECK(SaidOf(R"((allow mach-lookup (global-name-regex #"^com\.example\..*")))") == "");
}

TEST_CASE("a dot before a name of a path is told as one between letters is") {
  CHECK(SaidOf(R"((allow file-read* (regex #"^/Users/[^/]+/.ssh/config$")))") ==
        "note regex-unescaped-dot: '^/Users/[^/]+/.ssh/config$' has a dot that matches any byte\n"
        "for the dot itself write '^/Users/[^/]+/\\.ssh/config$'\n");
  for (const char* meant : {"^/srv/.+/log$", "^/srv/.*$", "^/srv/.[^/]$", "^/srv/.$"}) {
    CAPTURE(meant);
    CHECK(SaidOf("(allow file-read* (regex #\"" + std::string(meant) + "\"))") == "");
  }
}

TEST_CASE("an allow of what a process may do to itself is a note, a deny of it a warning") {
  CHECK(SaidOf("(allow signal (target self))") ==
        "note implicit-rule: this rule has no effect: the system puts (allow signal (target self)) in front of every "
        "profile\na process can always do this to itself: remove the rule\n");
  CHECK(SaidOf("(deny signal (target self))").starts_with("warning implicit-rule: "));
}

TEST_CASE("the access that shows a surprise is spelled as the profile spells it") {
  CHECK(SaidOf("(allow file-read-metadata)\n(allow file-read*)\n(deny file-read* (subpath \"/Users/Me/Secret\"))")
            .find("file-read-metadata '/Users/Me/Secret' stays allowed") != std::string::npos);
}

TEST_CASE("a rule that cannot match because of its filter is told once, by the filter") {
  CHECK(CodesIn("(allow mach-lookup (subpath \"/opt/tool\"))") == "filter-does-not-apply\n");
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
