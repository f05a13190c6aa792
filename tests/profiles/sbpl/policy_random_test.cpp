#include <doctest/doctest.h>

#include "profiles/sbpl/policy.h"
#include "tests/support/random_profiles.h"
#include "tests/support/slow_policy.h"

using namespace sbtune;
using namespace sbtune::test;

namespace {

#ifdef __OPTIMIZE__
constexpr int kTriples = 1'000'000;
#else
constexpr int kTriples = 40'000;  // the same triples, only the first of them: debug builds are slow
#endif
constexpr int kPerProfile = 100;

std::string Describe(const RandomProfiles::Asked& asked) { return asked.operation + " " + asked.target; }

}  // namespace

TEST_CASE("The fast engine decides as the table walked one entry at a time") {
  RandomProfiles random(20240611);
  int differences = 0, unknown = 0;
  for (int done = 0; done < kTriples; done += kPerProfile) {
    const std::vector<std::string_view> versions(catalog::Catalog::Versions().begin(), catalog::Catalog::Versions().end());
    const sbpl::Profile profile =
        random.Profile(1 + random.Below(25), std::string(versions[random.Below(versions.size())]));
    sbpl::PolicyOptions options;
    if (random.Below(4) == 0) options.case_rule = sbpl::CaseRule::kExact;
    const catalog::Catalog& catalog = **catalog::Catalog::ForVersion(profile.macos);
    for (const std::string& fact : random.Facts()) options.facts.push_back(*sbpl::ParseFact(fact, catalog));
    const auto fast = sbpl::Policy::Compile(profile, options);
    REQUIRE(fast.has_value());
    const SlowPolicy slow(profile, options);
    for (int i = 0; i < kPerProfile; ++i) {
      const RandomProfiles::Asked asked = random.Access();
      const sbpl::Query query = sbpl::QueryFromAccess(
          asked.operation, asked.target.empty() ? std::nullopt : std::optional(asked.target));
      const sbpl::Verdict verdict = fast->Decide(query);
      std::vector<sbpl::Step> steps;
      const bool same = slow.Decide(query) == verdict.decision && fast->Explain(query, steps) == verdict;
      unknown += verdict.decision == sbpl::Decision::kUnknown;
      if (same) continue;
      CAPTURE(done);
      CAPTURE(profile.macos);
      CAPTURE(Describe(asked));
      CAPTURE(verdict.unknown_reason);
      CHECK(Name(verdict.decision) == Name(slow.Decide(query)));
      CHECK(fast->Explain(query, steps) == verdict);
      REQUIRE(++differences < 10);
    }
  }
  MESSAGE(kTriples << " triples, " << unknown << " of them unknown, " << differences << " differences");
  CHECK(differences == 0);
  CHECK(unknown > kTriples / 50);
  CHECK(unknown < kTriples / 2);
}
