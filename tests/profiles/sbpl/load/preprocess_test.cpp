#include "profiles/sbpl/load/preprocess.h"

#include <doctest/doctest.h>

#include <vector>

#include "profiles/sbpl/load/condition.h"
#include "tests/support/loading.h"

using namespace sbtune;

namespace {

std::string Preprocessed(const std::string& text, const std::vector<std::string>& defines) {
  base::Diagnostics diagnostics;
  const std::string result = sbpl::Preprocess(text, 0, defines, diagnostics);
  CHECK(result.size() == text.size());
  std::string said;
  for (const base::Diagnostic& item : diagnostics.items()) said += item.message + "|";
  return said + result;
}

}  // namespace

TEST_CASE("Branches that are not selected become blanks of the same length") {
  CHECK(Preprocessed("a\n#if X\nb\n#else\nc\n#endif\nd", {"X"}) == "a\n     \nb\n     \n \n      \nd");
  CHECK(Preprocessed("#if X\nb\n#elif Y\nc\n#else\nd\n#endif", {"Y"}) ==
        "not defined, taken as 0 in #if lines: X|     \n \n       \nc\n     \n \n      ");
  CHECK(Preprocessed("#ifdef X\nb\n#endif\n#ifndef X\nc\n#endif", {"X"}) ==
        "        \nb\n      \n         \n \n      ");
  CHECK(Preprocessed("#if X\n#if Y\nb\n#endif\nc\n#endif", {"X", "Y=0"}) == "     \n     \n \n      \nc\n      ");
  CHECK(Preprocessed("#include \"x.sb\"\n#include <y.sb>", {}) == "(import \"x.sb\")\n(import \"y.sb\")");
  CHECK(Preprocessed("#t #f #\\a\n#\"raw\"\n#! comment", {}) == "#t #f #\\a\n#\"raw\"\n#! comment");
}

TEST_CASE("A whole file in a C++ raw string is the file") {
  CHECK(Preprocessed("R\"\"(\n(allow)\n)\"\"\n", {}) == "    \n(allow)\n   \n");
  CHECK(Preprocessed(" R\"x(a)x\"", {}) == "     a   ");
  CHECK(Preprocessed("R\"(a", {}) == "R\"(a");
}

TEST_CASE("A profile inside a C++ constant or a Nix string is found, and nothing moves") {
  CHECK(Preprocessed("char k[] = R\"x(a)x\";\n", {}) == "               a    \n");
  CHECK(Preprocessed("// R\n#pragma once\n/* ( */ k = R\"(a)\" // b\n R\"(c)\";", {}) ==
        "    \n            \n               a       \n    c   ");
  CHECK(Preprocessed("#if 1\nchar k[] = R\"x(\n#if X\nb\n#endif\n)x\";", {"X"}) ==
        "     \n               \n     \nb\n      \n    ");
  CHECK(Preprocessed("a = R\"(x)\"; b = R\"(y)\" R\"(z)\"; c = R\"(w)\";", {}) ==
        "this file holds 2 more raw strings; only this one is read|       x" + std::string(34, ' '));
  CHECK(Preprocessed("  ''\n(allow)\n''\n", {}) == "    \n(allow)\n  \n");
  for (const std::string same : {"(a \"R\" R\"(x)\")", "; R\"(x)\"", "a R\"b(c)\"", "#\"R\"", "''", "/*", "R\"( \"", ""}) {
    CHECK(Preprocessed(same, {}) == same);
  }
}

TEST_CASE("Conditions are those of the C preprocessor") {
  const struct {
    std::string text;
    bool holds;
  } cases[] = {
      {"1", true},
      {"0", false},
      {"X", true},
      {"Y", false},
      {"!Y", true},
      {"!!X", true},
      {"X && Y", false},
      {"X || Y", true},
      {"N >= 101500", true},
      {"N < 110000 && !Y", false},
      {"N > 110000", true},
      {"N <= 0x10", false},
      {"N == 140000", true},
      {"N != 140000L", false},
      {"PLATFORM(MAC)", true},
      {"PLATFORM( MAC ) || PLATFORM(IOS)", true},
      {"PLATFORM(IOS)", false},
      {"!PLATFORM(MAC) || N >= 101400", true},
      {"defined(X)", true},
      {"defined Y", false},
      {"!defined(Y) && (X || Y)", true},
      {"(X && Y) || (X && !Y)", true},
      {"X // a comment", true},
      {"X /* a comment */", true},
  };
  for (const auto& each : cases) {
    CAPTURE(each.text);
    sbpl::ConditionNames names{{{"X", 1}, {"N", 140000}, {"PLATFORM(MAC)", 1}}, {}};
    const auto result = sbpl::EvaluateCondition(each.text, names);
    REQUIRE(result);
    CHECK(*result == each.holds);
  }
  sbpl::ConditionNames names;
  CHECK(sbpl::EvaluateCondition("X Y", names).error().message == "the condition cannot be read at 'Y'");
  CHECK(sbpl::EvaluateCondition("", names).error().message == "the condition cannot be read at ''");
  CHECK(sbpl::EvaluateCondition("(1", names).error().message == "the condition cannot be read at ''");
  CHECK(sbpl::EvaluateCondition(std::string(5000, '!') + "1", names).error().message ==
        "the condition is nested too deep");
  CHECK(sbpl::EvaluateCondition(std::string(5000, '(') + "1", names).error().message ==
        "the condition is nested too deep");
}

TEST_CASE("Without defines a condition is an error that names the option") {
  CHECK(test::Said(test::Load("(version 1)\n#if PLATFORM(MAC)\n(allow signal)\n#endif\n")) ==
        "a.sb:2:1: error: this file is written for the C preprocessor (#if)\n  #if PLATFORM(MAC)\n"
        "  ^~~~~~~~~~~~~~~~~\n"
        "  hint: say what is defined with --define, for example --define 'PLATFORM(MAC)' --define "
        "__MAC_OS_X_VERSION_MIN_REQUIRED=140000; what is not defined is 0\n");
  sbpl::LoadOptions options;
  options.preprocessor_defines = {"PLATFORM(MAC)"};
  CHECK(test::RulesOf(test::Load("(version 1)\n#if PLATFORM(MAC)\n(allow signal)\n#else\n(oops\n#endif\n", options)) ==
        "(allow signal)\n");
}

TEST_CASE("A parameter that nobody gave is #f, or on request its own name") {
  const std::string text =
      "(version 1)\n(define home (param \"HOME\"))\n(allow file-read* (subpath (string-append home \"/a\")))\n"
      "(if (param \"NET\") (allow network*))\n(when (and (param \"A-B\") #t) (allow signal))\n(deny file* (regex (param \"X.Y\")))\n";
  sbpl::LoadOptions options;
  CHECK_FALSE(test::Load(text, options).ok());
  test::MemoryFiles files({{"a.sb", text}});
  options.paths = {"a.sb"};
  CHECK(sbpl::RequiredParameters(options, files) == std::vector<std::string>{"HOME", "X.Y"});
  options.parameters = {{"HOME", "/Users/me"}};
  CHECK(sbpl::RequiredParameters(options, files) == std::vector<std::string>{"X.Y"});
  options.parameters.clear();
  options.missing_parameters = sbpl::MissingParameters::kPlaceholder;
  const sbpl::LoadResult result = test::Load(text, options);
  CHECK(test::Said(result) ==
        "a.sb:2:14: note: not given, so each stands for its own name: HOME, X.Y\n  (define home (param \"HOME\"))\n"
        "               ^~~~~~~~~~~~~~\n  hint: give one with -D NAME=VALUE\n");
  REQUIRE(result.profile.rules.size() == 2);
  CHECK(sbpl::Print(result.profile.rules[0]) == "(allow file-read* (subpath \"/HOME/a\"))");
}

TEST_CASE("A file that is no text says so, also where mistakes are skipped") {
  using namespace std::string_literals;
  const std::pair<std::string, std::string> kRows[] = {
      {"\xff\xfe(\0v\0"s, "a.sb:1:1: error: the file is UTF-16; a profile is read byte by byte\n"},
      {"\xfe\xff\0(\0v"s, "a.sb:1:1: error: the file is UTF-16; a profile is read byte by byte\n"},
      {"(version 1)\n(allow default)\0"s, "a.sb:2:16: error: a NUL byte: this is no profile's text\n"},
  };
  for (const auto& [text, error] : kRows) {
    for (const auto strictness : {sbpl::Strictness::kAsTheKernel, sbpl::Strictness::kLenient}) {
      sbpl::LoadOptions options;
      options.strictness = strictness;
      const auto loaded = test::Load(text, options);
      CAPTURE(test::Said(loaded));
      CHECK(test::Said(loaded).starts_with(error));
      CHECK(!loaded.ok());
    }
  }
}

TEST_CASE("Conditions that do not close are errors at their line") {
  sbpl::LoadOptions options;
  options.preprocessor_defines = {"X"};
  CHECK(test::Said(test::Load("(version 1)\n#if X\n(allow signal)\n", options)) ==
        "a.sb:2:1: error: this condition has no #endif\n  #if X\n  ^~~~~\n");
  CHECK(test::Said(test::Load("#endif\n", options)) == "a.sb:1:1: error: #endif without #if\n  #endif\n  ^~~~~~\n");
  CHECK(test::Said(test::Load("#if X\n#else\n#else\n#endif\n", options)) ==
        "a.sb:3:1: error: #else after #else\n  #else\n  ^~~~~\n");
  CHECK(test::Said(test::Load("#if X >\n#endif\n", options)) ==
        "a.sb:1:1: error: the condition cannot be read at ''\n  #if X >\n  ^~~~~~~\n");
}
