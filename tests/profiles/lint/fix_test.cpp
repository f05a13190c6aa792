// What --fix does to a profile's meaning: nothing, but for what the mend is there for.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "profiles/lint/lint.h"
#include "profiles/sbpl/edit/text_edit.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/print.h"
#include "tests/support/memory_files.h"
#include "tests/support/random_profiles.h"
#include "tests/support/rule_targets.h"
#include "tests/support/shared_data.h"

namespace sbtune::lint {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestFile = 1'200;   // bytes; with SBTUNE_LONG_TESTS in the environment, all
constexpr int kAccesses = 150;                   // asked of each profile

// The files on the disk, but for those that were mended.
class MendedFiles final : public sbpl::ProfileFiles {
 public:
  std::map<std::string, std::string> mended;
  [[nodiscard]] base::Result<std::string> Read(const std::string& path) override {
    const auto found = mended.find(path);
    return found == mended.end() ? disk_.Read(path) : found->second;
  }
  [[nodiscard]] bool Exists(const std::string& path) override { return mended.contains(path) || disk_.Exists(path); }

 private:
  sbpl::DiskFiles disk_;
};

// All mends of one kind, made as --fix makes them; empty if there is none.
template <typename Wanted>
std::map<std::string, std::string> Mend(const sbpl::LoadResult& loaded, const std::vector<Finding>& findings, Wanted wanted) {
  std::map<base::SourceId, std::vector<sbpl::TextEdit>> edits;
  for (const Finding& finding : findings) {
    if (!finding.fix || !wanted(*finding.fix)) continue;
    for (const SourceEdit& edit : finding.fix->edits) edits[edit.source].push_back(edit.edit);
  }
  std::map<std::string, std::string> mended;
  for (auto& [source, of_source] : edits) {
    sbpl::SortEdits(of_source);
    std::vector<sbpl::TextEdit> kept;
    for (const sbpl::TextEdit& edit : of_source) {
      if (kept.empty() || edit.offset >= kept.back().offset + kept.back().length) kept.push_back(edit);
    }
    mended[std::string(loaded.profile.sources.Name(source))] = sbpl::ApplyEdits(loaded.profile.sources.Text(source), kept);
  }
  return mended;
}

// How many of the accesses, made from the profile's own strings, the two decide differently.
int Changed(const sbpl::Profile& before, const sbpl::Profile& after, std::string& which) {
  const auto first = sbpl::Policy::Compile(before, {}), second = sbpl::Policy::Compile(after, {});
  REQUIRE(first);
  REQUIRE(second);
  test::RuleTargets targets(before, 5);
  int changed = 0;
  for (int i = 0; i < kAccesses; ++i) {
    const auto access = targets.Next();
    const bool on_path = access.operation.starts_with("file") || access.operation.starts_with("process-exec");
    if (on_path && !access.target.starts_with('/')) continue;  // no such access is possible
    const sbpl::Query query = sbpl::QueryFromAccess(access.operation, access.target);
    if (first->Decide(query).decision == second->Decide(query).decision) continue;
    ++changed;
    which += access.operation + " " + access.target + "\n";
  }
  return changed;
}

struct Sums {
  int profiles = 0, removals = 0, mends = 0;
};

void CheckNothingChanged(const sbpl::LoadOptions& options, MendedFiles& files, const sbpl::Profile& before) {
  const sbpl::LoadResult after = sbpl::LoadProfile(options, files);
  REQUIRE(after.ok());
  std::string which;
  const int changed = Changed(before, after.profile, which);
  CAPTURE(which);
  CHECK(changed == 0);
}

void CheckMends(const sbpl::LoadOptions& options, Sums& sums) {
  CAPTURE(options.paths.front());
  MendedFiles files;
  const sbpl::LoadResult loaded = sbpl::LoadProfile(options, files);
  if (!loaded.ok() || !sbpl::Policy::Compile(loaded.profile, {})) return;
  const std::vector<Finding> findings = Lint(loaded, {});
  ++sums.profiles;
  // What is removed decided nothing.
  files.mended = Mend(loaded, findings, [](const Fix& fix) { return fix.what == "remove it"; });
  if (!files.mended.empty()) {
    ++sums.removals;
    CheckNothingChanged(options, files, loaded.profile);
  }
  // Everything mended still loads, and no mend is offered twice but for those that overlapped.
  files.mended = Mend(loaded, findings, [](const Fix&) { return true; });
  if (files.mended.empty()) return;
  ++sums.mends;
  const auto count = [](const std::vector<Finding>& some) {
    return std::ranges::count_if(some, [](const Finding& finding) { return finding.fix.has_value(); });
  };
  const sbpl::LoadResult after = sbpl::LoadProfile(options, files);
  REQUIRE(after.ok());
  CHECK(count(Lint(after, {})) < count(findings));
}

TEST_CASE("what --fix removes from real profiles decided nothing, and what it mends still loads") {
  const auto corpus = test::SharedData("corpus/profiles");
  if (!corpus) {
    MESSAGE("skipped: no corpus");
    return;
  }
  Sums sums;
  const std::uintmax_t largest = std::getenv("SBTUNE_LONG_TESTS") == nullptr ? kLargestFile : UINTMAX_MAX;
  for (const auto& entry : fs::recursive_directory_iterator(*corpus)) {
    if (!entry.is_regular_file() || entry.file_size() > largest || entry.path().string().find("10.9.5") != std::string::npos) continue;
    sbpl::LoadOptions options;
    options.paths = {entry.path().string()};
    options.import_dirs = {*corpus + "/apple-10.15.2/Profiles", *corpus + "/apple-10.15.2/share"};
    options.missing_parameters = sbpl::MissingParameters::kPlaceholder;
    CheckMends(options, sums);
  }
  CHECK(sums.profiles > 20);
  CHECK(sums.removals > 0);
  MESSAGE(sums.profiles, " profiles, ", sums.removals, " with removals, ", sums.mends, " with mends");
}

TEST_CASE("what --fix removes from random profiles decided nothing") {
  test::RandomProfiles random(3);
  int removals = 0;
  for (int round = 0; round < 60; ++round) {
    std::string text = "(version 1)\n(deny default)\n";
    for (const sbpl::Rule& rule : random.Profile(3 + random.Below(10)).rules) text += sbpl::Print(rule) + "\n";
    sbpl::LoadOptions options;
    options.paths = {"p.sb"};
    MendedFiles files;
    files.mended["p.sb"] = text;
    const sbpl::LoadResult loaded = sbpl::LoadProfile(options, files);
    if (!loaded.ok()) continue;
    const auto mended = Mend(loaded, Lint(loaded, {}), [](const Fix& fix) { return fix.what == "remove it"; });
    if (mended.empty()) continue;
    ++removals;
    files.mended = mended;
    CAPTURE(text);
    CAPTURE(mended.at("p.sb"));
    CheckNothingChanged(options, files, loaded.profile);
  }
  CHECK(removals > 8);
}

}  // namespace
}  // namespace sbtune::lint
