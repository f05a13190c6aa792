#include "profiles/sbpl/edit/rule_form.h"

#include <doctest/doctest.h>

using namespace sbtune;
using namespace sbtune::sbpl;

namespace {

std::optional<RuleForm> Read(base::SourceMap& sources, const std::string& text) {
  const base::SourceId id = sources.Add("p", text);
  return ReadRuleForm(sources, {id, 0, static_cast<std::uint32_t>(text.size())});
}

}  // namespace

TEST_CASE("a rule's form is read part by part, with places, comments and strings passed over") {
  base::SourceMap sources;
  const std::string text = "(allow file-read* ; ) not the end\n  (literal \"/a)\" #\"/b\\\")\n  mine (with report) 7)";
  const auto form = Read(sources, text);
  REQUIRE(form.has_value());
  CHECK(form->head == "allow");
  REQUIRE(form->parts.size() == 5);
  CHECK(form->parts[0].kind == FormPart::Kind::kSymbol);
  CHECK(form->parts[0].word == "file-read*");
  CHECK(form->parts[1].kind == FormPart::Kind::kList);
  CHECK(form->parts[1].word == "literal");
  CHECK(form->parts[1].only_strings);
  REQUIRE(form->parts[1].arguments.size() == 2);
  CHECK(sources.Text(form->parts[1].range) == "(literal \"/a)\" #\"/b\\\")");
  CHECK(sources.Text(form->parts[1].arguments[0]) == "\"/a)\"");
  CHECK(sources.Text(form->parts[1].arguments[1]) == "#\"/b\\\"");
  CHECK(form->parts[2].word == "mine");
  CHECK_FALSE(form->parts[3].only_strings);
  CHECK(form->parts[4].kind == FormPart::Kind::kOther);
}

TEST_CASE("what is no list that begins with a symbol is no rule") {
  base::SourceMap sources;
  for (const char* text : {"allow", "(\"allow\" x)", "()", "(allow . x)", "(allow x", "(allow x) y", ""}) {
    CAPTURE(text);
    CHECK_FALSE(Read(sources, text).has_value());
  }
}
