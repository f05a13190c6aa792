#include "profiles/regions/decisions.h"

#include <doctest/doctest.h>

#include "profiles/regions/condition.h"
#include "tests/support/make_rules.h"
#include "tests/support/random_profiles.h"

namespace sbtune::regions {
namespace {

// A random answer to every question; nothing if the answers contradict each other.
std::optional<Cube> RandomCube(Space& space, test::RandomProfiles& random) {
  Cube cube;
  for (VariableId id = 0; id < space.variables().size(); ++id) cube.push_back({id, random.Below(3) == 0});
  return space.Feasible(cube) ? std::optional(cube) : std::nullopt;
}

std::string Asked(const sbpl::Query& query) {
  std::string text = query.operation + " " + query.path.value_or("");
  for (const auto& [name, values] : query.facts) {
    text += " " + name + "=";
    for (const std::string& value : values) text += value + ",";
  }
  return text;
}

TEST_CASE("what is said of all accesses at once is what the policy says of each") {
  test::RandomProfiles random(7);
  int compared = 0;
  for (int round = 0; round < 150; ++round) {
    const sbpl::Profile profile = random.Profile(1 + random.Below(14));
    const auto table = RuleTable::Compile(profile, {});
    REQUIRE(table);
    Space space(table->catalog(), {});
    Decisions decisions(space, *table, ByAction(*table));
    for (int i = 0; i < 30; ++i) {
      const test::RandomProfiles::Asked access = random.Access();
      const catalog::Operation* operation = table->catalog().FindLoggedOperation(access.operation);
      REQUIRE(operation != nullptr);
      const TargetSpace targets = SpaceOf(*operation, table->catalog(), sbpl::CaseRule::kFoldPaths, table->BasesUsed(*operation));
      const auto all = decisions.Of(*operation, targets);
      REQUIRE(all);
      const sbpl::Query asked = sbpl::QueryFromAccess(access.operation, access.target);
      const std::string word = WordOf(targets, asked);
      if (word.empty() || AllTargets(targets)(word) == 0) continue;
      const auto cube = RandomCube(space, random);
      if (!cube) continue;
      sbpl::Query query = QueryOf(operation->name, targets, word);
      const bool complete = space.AddFacts(*cube, query);
      const auto value = space.diagrams.Evaluate((*all)(word), [&](VariableId id) { return (*cube)[id].holds; });
      const sbpl::Verdict verdict = table->policy().Decide(query);
      if (!complete && verdict.decision == sbpl::Decision::kUnknown) continue;
      CAPTURE(round);
      CAPTURE(Asked(query));
      CHECK(verdict.decision == (value == kAllowed ? sbpl::Decision::kAllow : sbpl::Decision::kDeny));
      ++compared;
    }
  }
  CHECK(compared > 1500);
}

TEST_CASE("facts that are given are not asked") {
  const sbpl::Profile profile = test::MakeProfile({
      test::Deny({"default"}),
      test::Allow({"file-read*"}, {test::All({test::Subpath("/a"), test::Number("vnode-type", {2})})}),
  });
  sbpl::PolicyOptions options;
  options.facts = {{sbpl::Fact::Kind::kHolds, "vnode-type", "2"}};
  const auto table = RuleTable::Compile(profile, options);
  REQUIRE(table);
  Space space(table->catalog(), options);
  const catalog::Operation& operation = *table->catalog().FindLoggedOperation("file-read-data");
  const TargetSpace targets = SpaceOf(operation, table->catalog(), options.case_rule, table->BasesUsed(operation));
  const auto all = Decisions(space, *table, ByAction(*table)).Of(operation, targets);
  REQUIRE(all);
  CHECK(space.variables().empty());
  CHECK(space.diagrams.ValueOf((*all)("p/a/b")) == kAllowed);
  CHECK(space.diagrams.ValueOf((*all)("p/b")) == kDenied);
}

}  // namespace
}  // namespace sbtune::regions
