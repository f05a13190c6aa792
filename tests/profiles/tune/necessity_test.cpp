#include "profiles/tune/necessity.h"

#include <doctest/doctest.h>

#include <random>

#include "tests/profiles/tune/suggest_case.h"

using namespace sbtune;
using namespace sbtune::tune;

namespace {

// The obvious way: leave out one addition at a time.
std::vector<std::size_t> OneByOne(const sbpl::Profile& before, std::span<const Want> wants, const Plan& plan) {
  std::vector<std::size_t> found;
  for (std::size_t out = 0; out < plan.size(); ++out) {
    std::vector<const sbpl::Addition*> rest;
    for (std::size_t i = 0; i < plan.size(); ++i) {
      if (i != out) rest.push_back(&plan[i].addition);
    }
    const sbpl::Profile variant = WithAdditions(before, rest, Grouping::kOneRuleEach);
    const auto policy = sbpl::Policy::Compile(variant, {});
    REQUIRE(policy.has_value());
    bool unnecessary = false;
    for (const auto& covered : plan[out].wants) {
      unnecessary = unnecessary || policy->Decide(wants[covered.front()].query).decision == sbpl::Decision::kAllow;
    }
    if (unnecessary) found.push_back(out);
  }
  return found;
}

}  // namespace

TEST_CASE("a few policies tell of every addition whether it is needed, as leaving out one at a time does") {
  const sbpl::LoadResult loaded = test::LoadText("(version 1)\n(deny default)\n(allow file-read* (subpath \"/open\"))\n");
  REQUIRE(loaded.ok());
  const catalog::Catalog& catalog = **catalog::Catalog::ForVersion("");
  const std::vector<std::string> words{"file-read-data", "file-read-metadata", "file-read*"};
  std::mt19937 random(5);
  int all_needed = 0;
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    const bool distinct = round % 2 == 0;  // exact, and no two alike
    const std::size_t level = round % 4 < 2 ? 2 : 3;
    std::vector<Want> wants;
    Plan plan;
    for (auto count = 1 + random() % 12; count > 0; --count) {
      const std::string& word = words[random() % level];
      const catalog::Operation* operation = catalog.FindLoggedOperation(word);
      std::string path = distinct ? "/" + std::to_string(count) : std::string("/") + static_cast<char>('a' + random() % 6);
      if (random() % 60 == 0) path = "/open" + path;
      Want want{.evidence = wants.size(), .operation = operation, .query = sbpl::QueryFromAccess(word, path)};
      want.exact = *MakeExactFilter(want.query, *operation, catalog);
      Planned planned{{{word}, want.exact.filter, nullptr}, {{wants.size()}}, Width::kExact, {}};
      if (!distinct) {
        if (random() % 5 == 0) planned.addition.filter->name = "subpath";  // covers itself and what is below
        if (random() % 9 == 0) planned.addition.filter->arguments[0].value = std::string("/");
        if (random() % 30 == 0) planned.addition.filter.reset();
      }
      wants.push_back(std::move(want));
      plan.push_back(std::move(planned));
    }
    const auto found = FindUnnecessary(loaded.profile, wants, plan, {});
    REQUIRE(found.has_value());
    CHECK(*found == OneByOne(loaded.profile, wants, plan));
    if (found->empty()) ++all_needed;
  }
  CHECK(all_needed > 40);
  CHECK(all_needed < 160);
}
