// The starters against recorded programs: what of each is still denied, in whole, and that no canary opens.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>

#include "profiles/sbpl/policy.h"
#include "profiles/starter/starter.h"
#include "tests/support/golden.h"
#include "tests/support/loading.h"
#include "tests/support/traces.h"

using namespace sbtune;

namespace {

constexpr std::pair<const char*, const char*> kPairs[] = {{"openssl", "tool"}, {"python", "python"}, {"node", "node"},
                                                          {"make", "build"},   {"cmake", "build"},   {"git", "agent"}};

sbpl::LoadResult LoadFor(const std::string& name, const test::TracedRun& run, const std::string& temporary) {
  sbpl::LoadOptions options;
  options.parameters = run.parameters;
  options.parameters["TMPDIR"] = temporary;
  return test::Load(starter::Text(*starter::Find(name)), options);
}

// "/lib/x/y" -> "/lib/x/..."; below the home one level more; names of one run left out.
std::string Folder(const test::TracedRun& run, std::string target) {
  const std::string& work = run.parameters.at("CWD");
  if (target.starts_with(work)) target.replace(0, work.size(), "$CWD");
  const std::string& home = run.parameters.at("HOME");
  if (target.starts_with(home)) target.replace(0, home.size(), "$HOME");
  const std::size_t first = target.find('/', 1);
  if (first == std::string::npos) return target;
  const std::size_t second = target.find('/', first + 1);
  return second == std::string::npos ? target : target.substr(0, second) + "/...";
}

struct Left {
  std::size_t distinct = 0;
  std::size_t allowed = 0;
  std::map<std::string, std::size_t> denied;
};

void Decide(const test::TracedRun& run, const sbpl::Policy& policy, Left& left) {
  for (const test::TracedAccess& access : run.accesses) {
    ++left.distinct;
    const auto target = access.target.empty() ? std::nullopt : std::optional(access.target);
    const sbpl::Verdict verdict = policy.Decide(sbpl::QueryFromAccess(access.operation, target));
    if (verdict.decision == sbpl::Decision::kAllow) {
      ++left.allowed;
    } else {
      ++left.denied[access.operation + " " + Folder(run, access.target)];
    }
  }
}

}  // namespace

TEST_CASE("what the starters still deny of recorded programs is known in whole and small") {
  const auto traces = test::LoadTraces();
  if (!traces) {
    MESSAGE("skipped: no corpus");
    return;
  }
  std::string text;
  for (const auto& [program, name] : kPairs) {
    Left left;
    for (const test::TracedRun& run : traces->programs.at(program)) {
      const sbpl::LoadResult loaded = LoadFor(name, run, "/private/tmp");  // where they were recorded
      const auto policy = sbpl::Policy::Compile(loaded.profile, {});
      REQUIRE(policy.has_value());
      Decide(run, *policy, left);
    }
    text += fmt::format("{} under {}: {} of {} accesses of its three runs allowed, denied are\n", program, name,
                        left.allowed, left.distinct);
    for (const auto& [what, count] : left.denied) text += fmt::format("  {:>4}  {}\n", count, what);
    CHECK(left.denied.size() <= 25);
  }
  test::CheckGolden("starter/left.txt", text);
}

TEST_CASE("no starter opens a canary, nor writes or runs anything of the reference tree but programs") {
  const auto traces = test::LoadTraces();
  if (!traces) {
    MESSAGE("skipped: no corpus");
    return;
  }
  for (const starter::Starter& one : starter::Starters()) {
    CAPTURE(one.name);
    const sbpl::LoadResult loaded = LoadFor(one.name, traces->programs.at("git").at(0), "/private/tmp/t");
    const auto policy = sbpl::Policy::Compile(loaded.profile, {});
    REQUIRE(policy.has_value());
    const auto denied = [&](const char* operation, const std::string& path) {
      return policy->Decide(sbpl::QueryFromAccess(operation, path)).decision == sbpl::Decision::kDeny;
    };
    for (const std::string& path : traces->canaries) {
      CAPTURE(path);
      for (const char* operation : {"file-read-data", "file-read-metadata", "file-write-data", "file-write-create",
                                    "file-write-unlink", "process-exec*"}) {
        CHECK(denied(operation, path));
      }
    }
    std::size_t writable = 0;
    for (std::size_t at = 0; at < traces->universe.size();) {
      const std::size_t end = std::min(traces->universe.find('\n', at), traces->universe.size());
      const std::string path = traces->universe.substr(at, end - at);
      at = end + 1;
      const bool device = path.starts_with("/dev/");
      if (!device && !(denied("file-write-data", path) && denied("file-write-create", path))) ++writable;
    }
    CHECK(writable == 0);
  }
}
