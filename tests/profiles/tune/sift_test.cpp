#include "profiles/tune/sift.h"

#include <doctest/doctest.h>

#include "tests/profiles/tune/suggest_case.h"

using namespace sbtune;
using namespace sbtune::tune;

TEST_CASE("a rule is named by file and line") {
  CHECK(*ParseRulePlace("a b.sb:12") == RulePlace{"a b.sb", 12});
  CHECK(*ParseRulePlace("/x:y/p.sb:3") == RulePlace{"/x:y/p.sb", 3});
  for (const char* text : {"", "p.sb", "p.sb:", ":3", "p.sb:0", "p.sb:3x", "p.sb:-1"}) {
    CAPTURE(text);
    CHECK(ParseRulePlace(text).error().message == "'" + std::string(text) + "' is not FILE:LINE");
  }
}

TEST_CASE("an override names one rule's file; two files of one name need more of the path") {
  const std::vector<std::pair<std::string, std::string>> fragments = {
      {"a/deny.sb", "(version 1)\n(deny default)\n"},
      {"b/deny.sb", "\n(deny file-read-data (subpath \"/s\"))\n"}};
  const auto groups = test::DeniedLines("file-read-data\t/s/a\n");
  const test::SuggestRun unclear({.fragments = fragments, .groups = groups, .overrides = {"deny.sb:2"}});
  REQUIRE_FALSE(unclear.answer.has_value());
  CHECK(unclear.answer.error().message == "deny.sb may be a/deny.sb or b/deny.sb; write more of the path");
  const test::SuggestRun clear({.fragments = fragments, .groups = groups, .overrides = {"b/deny.sb:2"}});
  REQUIRE(clear.answer.has_value());
  CHECK(clear.answer->suggestions.size() == 1);
}

TEST_CASE("records that may not speak are left out silently when one that may says the same") {
  auto trusted = test::Denied("file-read-data", "/x");
  auto forged = trusted;
  forged.provenance = access::Provenance::kUntrusted;
  const test::SuggestRun both({.fragments = {{"p.sb", "(version 1)\n(deny default)\n"}}, .groups = {trusted, forged}});
  CHECK(both.answer->suggestions.size() == 1);
  CHECK(both.answer->left.empty());
  const test::SuggestRun alone({.fragments = {{"p.sb", "(version 1)\n(deny default)\n"}}, .groups = {forged}});
  CHECK(alone.answer->suggestions.empty());
  CHECK(alone.answer->left.size() == 1);
}
