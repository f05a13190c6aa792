// How often each code of lint fires on real profiles, and how long the slowest take: lint_counts [CODE…]. With codes
// it prints their findings instead of the table. Apple's own profiles, which are judged with the tables of their
// macOS, have columns of their own: a finding there needs a reason that CODES.md gives.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "profiles/lint/lint.h"
#include "profiles/sbpl/profile.h"

namespace {

namespace fs = std::filesystem;
using namespace sbtune;

// What stands in front of a family's profiles when their program loads them.
struct Family {
  std::string_view part;
  std::string_view in_front;
};
constexpr Family kFamilies[] = {
    {"chromium-chromium/", "chromium-chromium/sandbox/policy/mac/common.sb"},
    {"/PlugInSandboxProfiles/", "apple-oss-distributions-webkit2/PluginProcess/mac/com.apple.WebKit.plugin-common.sb.in"},
    {"eugene1g-agent-safehouse/", "eugene1g-agent-safehouse/profiles/00-base.sb"},
};

struct Tally {
  std::size_t findings = 0;
  std::set<std::string> files;
  std::size_t fixes = 0;
};

std::vector<std::string> ProfilesIn(const fs::path& list) {
  std::ifstream in(list);
  std::vector<std::string> files;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::string file = line.substr(0, line.find('\t'));
    if (file.find("apple-10.9.5/") == std::string::npos) files.push_back(file);
  }
  return files;
}

bool IsApples(const std::string& file) { return file.find("/apple-10.15.2/") != std::string::npos; }

sbpl::LoadOptions OptionsFor(const fs::path& corpus, const std::string& file) {
  sbpl::LoadOptions options;
  const std::string apple = (corpus / "profiles/apple-10.15.2").string();
  options.import_dirs = {apple + "/Profiles", apple + "/share"};
  options.missing_parameters = sbpl::MissingParameters::kPlaceholder;
  options.parameters = {{"OS_VERSION", "1300"}, {"BROWSER_PID", "4711"}, {"NETWORK_SERVICE_STORAGE_PATHS_COUNT", "2"}};
  options.preprocessor_defines = {"PLATFORM(MAC)", "__MAC_OS_X_VERSION_MIN_REQUIRED=140000"};
  options.strictness = sbpl::Strictness::kLenient;
  if (IsApples(file)) options.macos = "10.15";
  for (const Family& family : kFamilies) {
    if (file.find(family.part) == std::string::npos || file.ends_with(family.in_front)) continue;
    options.paths.push_back((corpus / "profiles" / family.in_front).string());
  }
  options.paths.push_back((corpus / file).string());
  return options;
}

// Findings in the file itself; what stands in front of it is judged as a file of its own.
std::vector<lint::Finding> FindingsIn(const sbpl::LoadResult& loaded) {
  std::vector<lint::Finding> own;
  for (lint::Finding& finding : lint::Lint(loaded, {})) {
    const base::SourceId source = finding.diagnostic.range.source;
    if (source == base::kNoSource || source == loaded.profile.fragments.back()) own.push_back(std::move(finding));
  }
  return own;
}

}  // namespace

int main(int argc, char** argv) {
  const fs::path corpus = fs::path(SBTUNE_SHARED_DATA) / "corpus";
  if (!fs::exists(corpus / "profiles.tsv")) return std::puts("skipped: no corpus"), 0;
  const std::set<std::string> wanted(argv + 1, argv + argc);
  std::map<std::string, std::pair<Tally, Tally>> tallies;  // Apple's, others'
  std::vector<std::pair<double, std::string>> times;
  sbpl::DiskFiles files;
  for (const std::string& file : ProfilesIn(corpus / "profiles.tsv")) {
    const auto begin = std::chrono::steady_clock::now();
    const sbpl::LoadResult loaded = sbpl::LoadProfile(OptionsFor(corpus, file), files);
    const std::vector<lint::Finding> findings = FindingsIn(loaded);
    times.emplace_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), file);
    for (const lint::Finding& finding : findings) {
      auto& both = tallies[finding.diagnostic.code];
      Tally& tally = IsApples(file) ? both.first : both.second;
      ++tally.findings;
      tally.files.insert(file);
      if (finding.fix) ++tally.fixes;
      if (wanted.contains(finding.diagnostic.code)) fmt::print("{}", base::Render(finding.diagnostic, loaded.profile.sources));
    }
  }
  if (!wanted.empty()) return 0;
  fmt::print("{:24} {:>7} {:>6} {:>7} {:>6} {:>6}\n", "code", "Apple's", "files", "others", "files", "fixes");
  for (const auto& [code, both] : tallies) {
    const auto& [apple, other] = both;
    fmt::print("{:24} {:7} {:6} {:7} {:6} {:6}\n", code, apple.findings, apple.files.size(), other.findings,
               other.files.size(), apple.fixes + other.fixes);
  }
  std::ranges::sort(times, std::greater());
  double sum = 0;
  for (const auto& [seconds, file] : times) sum += seconds;
  fmt::print("{} profiles in {:.1f} s; the slowest:\n", times.size(), sum);
  for (std::size_t i = 0; i < std::min<std::size_t>(5, times.size()); ++i) {
    fmt::print("  {:.3f} s  {}\n", times[i].first, times[i].second);
  }
  return 0;
}
