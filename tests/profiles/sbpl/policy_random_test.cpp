// The differential test: the engine against the table walked one entry at a time, on random profiles and on real ones.
//
//   SBTUNE_TRIPLES=1000000 build/release/bin/test_sbpl -tc="The fast engine*"   # ctest asks for fewer
#include <doctest/doctest.h>

#include <cstdlib>
#include <map>

#include "profiles/sbpl/policy.h"
#include "tests/support/loading.h"
#include "tests/support/random_profiles.h"
#include "tests/support/rule_targets.h"
#include "tests/support/shared_data.h"
#include "tests/support/slow_policy.h"

using namespace sbtune;
using namespace sbtune::test;

namespace {

// How many (profile, operation, target) triples a test asks; each of the two takes half.
int Triples() {
  const char* const wanted = std::getenv("SBTUNE_TRIPLES");
  return wanted != nullptr ? std::atoi(wanted) : 60'000;
}

class Comparison {
 public:
  Comparison(const sbpl::Profile& profile, const sbpl::PolicyOptions& options)
      : profile_(profile), fast_(sbpl::Policy::Compile(profile, options)), slow_(profile, options) {
    REQUIRE_MESSAGE(fast_.has_value(), fast_.error().message);
  }

  void Ask(const RandomProfiles::Asked& asked) {
    const sbpl::Query query = sbpl::QueryFromAccess(
        asked.operation, asked.target.empty() ? std::nullopt : std::optional(asked.target));
    const sbpl::Verdict verdict = fast_->Decide(query);
    const sbpl::Decision slow = slow_.Decide(query);
    steps_.clear();
    const sbpl::Verdict explained = fast_->Explain(query, steps_);
    ++counts[std::string(Name(verdict.basis))];
    unknown += verdict.decision == sbpl::Decision::kUnknown;
    if (slow == verdict.decision && explained == verdict) return;
    CAPTURE(profile_.macos);
    CAPTURE(asked.operation);
    CAPTURE(asked.target);
    CAPTURE(verdict.unknown_reason);
    CHECK(Name(verdict.decision) == Name(slow));
    CHECK(explained == verdict);
    ++differences;
  }

  static inline int differences = 0;
  static inline int unknown = 0;
  static inline std::map<std::string, int> counts = {};
  static void Begin() {
    differences = unknown = 0;
    counts.clear();
  }
  static std::string Summary() {
    std::string text = std::to_string(differences) + " differences";
    for (const auto& [basis, count] : counts) text += ", " + std::to_string(count) + " " + basis;
    return text;
  }

 private:
  const sbpl::Profile& profile_;
  base::Result<sbpl::Policy> fast_;
  SlowPolicy slow_;
  std::vector<sbpl::Step> steps_;
};

sbpl::PolicyOptions RandomOptions(RandomProfiles& random, const sbpl::Profile& profile) {
  sbpl::PolicyOptions options;
  if (random.Below(4) == 0) options.case_rule = sbpl::CaseRule::kExact;
  const catalog::Catalog& catalog = **catalog::Catalog::ForVersion(profile.macos);
  for (const std::string& fact : random.Facts()) options.facts.push_back(*sbpl::ParseFact(fact, catalog));
  return options;
}

}  // namespace

TEST_CASE("The fast engine decides random profiles as the table walked one entry at a time") {
  constexpr int kPerProfile = 100;
  const int triples = Triples() / 2;
  RandomProfiles random(20240611);
  Comparison::Begin();
  for (int done = 0; done < triples; done += kPerProfile) {
    CAPTURE(done);
    const auto versions = catalog::Catalog::Versions();
    const std::string macos(versions[random.Below(versions.size())]);
    const bool everything = random.Below(2) == 0;
    const sbpl::Profile profile = everything ? random.ProfileOfEverything(1 + random.Below(40), macos)
                                             : random.Profile(1 + random.Below(25), macos);
    Comparison comparison(profile, RandomOptions(random, profile));
    RuleTargets targets(profile, static_cast<std::uint32_t>(done));
    for (int i = 0; i < kPerProfile; ++i) comparison.Ask(i % 2 == 0 || everything ? targets.Next() : random.Access());
    REQUIRE(Comparison::differences < 10);
  }
  MESSAGE(triples << " triples: " << Comparison::Summary());
  CHECK(Comparison::differences == 0);
  CHECK(Comparison::unknown > triples / 50);
  CHECK(Comparison::unknown < triples / 2);
}

TEST_CASE("The fast engine decides real profiles as the table walked one entry at a time") {
  const auto corpus = SharedData("corpus");
  if (!corpus) {
    MESSAGE("skipped: no corpus");
    return;
  }
  const auto rows = ReadTsv(*corpus + "/profiles.tsv");
  const int triples = Triples() / 2;
  // Every profile when many are asked for; when few, some of them, as loading takes longer than asking.
  const std::size_t step = triples < 200'000 ? 10 : 1;
  const int per_profile = triples / static_cast<int>((rows.size() - 1) / step) * 6 / 5;  // some have no rule
  RandomProfiles random(7);
  Comparison::Begin();
  int asked = 0, profiles = 0;
  for (std::size_t i = 1; i < rows.size(); i += step) {
    const std::string& file = rows[i][0];
    CAPTURE(file);
    sbpl::LoadOptions load;
    const std::string apple = *corpus + "/profiles/apple-10.15.2";
    load.import_dirs = {apple + "/Profiles", apple + "/share"};
    load.paths = {*corpus + "/" + file};
    load.preprocessor_defines = {"PLATFORM(MAC)"};
    load.missing_parameters = sbpl::MissingParameters::kPlaceholder;
    load.strictness = sbpl::Strictness::kLenient;  // fragments lack the words of their neighbours
    sbpl::DiskFiles files;
    const sbpl::Profile profile = sbpl::LoadProfile(load, files).profile;
    if (profile.rules.empty()) continue;
    Comparison comparison(profile, RandomOptions(random, profile));
    RuleTargets targets(profile, static_cast<std::uint32_t>(i));
    for (int n = 0; n < per_profile; ++n) comparison.Ask(targets.Next());
    asked += per_profile;
    ++profiles;
    REQUIRE(Comparison::differences < 10);
  }
  MESSAGE(asked << " triples on " << profiles << " profiles: " << Comparison::Summary());
  CHECK(Comparison::differences == 0);
  CHECK(asked >= triples);
}
