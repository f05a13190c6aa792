// Decisions against rule tables that Apple's own compiler built, and against what public projects measured.
#include <doctest/doctest.h>

#include <map>

#include <nlohmann/json.hpp>

#include "profiles/sbpl/policy.h"
#include "tests/support/shared_data.h"

using namespace sbtune;

namespace {

struct Loaded {
  sbpl::LoadResult result;
  std::optional<sbpl::Policy> policy;
};

}  // namespace

TEST_CASE("All 10,733 decisions of 10.9.5 are Apple's") {
  const auto table = test::SharedData("corpus/decisions-10.9.5.tsv");
  const auto params = test::SharedData("corpus/decisions-10.9.5.params.json");
  const auto folder = test::SharedData("corpus/profiles/apple-10.9.5");
  if (!table || !params || !folder) {
    MESSAGE("skipped: no corpus");
    return;
  }
  sbpl::LoadOptions options;
  const nlohmann::json given = nlohmann::json::parse(test::ReadFile(*params));
  for (const auto& [name, value] : given.items()) {
    if (value.is_string()) options.parameters[name] = value.get<std::string>();  // null: not given
  }
  options.import_dirs = {*folder + "/Profiles", *folder + "/share"};
  options.macos = "10.9";
  sbpl::DiskFiles files;
  std::map<std::string, Loaded> profiles;
  int right = 0, wrong = 0;
  for (const std::vector<std::string>& row : test::ReadTsv(*table)) {
    if (row[0] == "profile") continue;
    auto [entry, is_new] = profiles.try_emplace(row[0]);
    Loaded& loaded = entry->second;
    if (is_new) {
      options.paths = {*folder + "/" + row[0]};
      loaded.result = sbpl::LoadProfile(options, files);
      CAPTURE(row[0]);
      for (const auto& diagnostic : loaded.result.diagnostics.items()) {
        if (diagnostic.severity == base::Severity::kError) MESSAGE(Render(diagnostic, loaded.result.profile.sources));
      }
      REQUIRE(loaded.result.ok());
      auto policy = sbpl::Policy::Compile(loaded.result.profile, {});
      REQUIRE(policy.has_value());
      loaded.policy = std::move(*policy);
    }
    const sbpl::Verdict verdict = loaded.policy->Decide(sbpl::QueryFromAccess(row[1], row[2]));
    const bool same = Name(verdict.decision) == row[3];
    (same ? right : wrong) += 1;
    if (same || wrong > 20) continue;
    CAPTURE(row[0]);
    CAPTURE(row[1]);
    CAPTURE(row[2]);
    CAPTURE(verdict.unknown_reason);
    CHECK(Name(verdict.decision) == row[3]);
  }
  MESSAGE(right << " of " << right + wrong << " decisions equal, in " << profiles.size() << " profiles");
  CHECK(wrong == 0);
  CHECK(right == 10733);
}
