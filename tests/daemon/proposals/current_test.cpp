#include "daemon/proposals/current.h"

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/memory_files.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;
using namespace sbtune::proposals;

namespace {

constexpr const char* kProfile =
    "(version 1)\n"
    "(deny default)\n"
    "(import \"more.sb\")\n"
    "(allow file-read-data (literal \"/opt/h\"))\n";

access::DenialGroup Group(const std::string& target, access::Provenance provenance = access::Provenance::kKernel) {
  return {.process = "agent", .operation = "file-read-data", .target = target, .provenance = provenance, .runs = {"monday"}, .count = 1};
}

Current Make(const std::vector<access::DenialGroup>& groups, const std::vector<store::StoredDecision>& decisions = {},
             const std::string& text = kProfile, config::ProfileSettings settings = {}) {
  settings.path = {"/p/a.sb"};
  settings.import_dirs = {"/p"};
  settings.process = {"agent"};
  test::MemoryFiles files({{"/p/a.sb", text}, {"/p/more.sb", "(allow sysctl-read)\n"}});
  return MakeCurrent({settings, groups, groups.size(), decisions, {}}, files);
}

}  // namespace

TEST_CASE("a proposal covers what the profile denies, holds its evidence and names the files that were read") {
  const Current current = Make({Group("/opt/h"), Group("/opt/a"), Group("/opt/b")});
  CHECK(current.problem == "");
  REQUIRE(current.proposal.has_value());
  CHECK(current.proposal->files.at(0).path == "/p/a.sb");
  CHECK(current.proposal->files.at(0).text ==
        "(version 1)\n(deny default)\n(import \"more.sb\")\n"
        "(allow file-read-data (literal \"/opt/h\") (literal \"/opt/a\") (literal \"/opt/b\"))\n");
  CHECK(current.additions == 2);
  CHECK(current.covered == 2);
  CHECK(current.remaining == 0);
  CHECK(current.files == std::vector<std::string>{"/p/a.sb", "/p/more.sb"});
  CHECK(current.held == std::vector<access::DenialGroup>{Group("/opt/a"), Group("/opt/b")});
}

TEST_CASE("the order of denials and repeating them changes no proposal") {
  const Current one = Make({Group("/opt/a"), Group("/opt/b")});
  const Current other = Make({Group("/opt/b"), Group("/opt/a"), Group("/opt/b")});
  CHECK(review::DigestOf(*one.proposal) == review::DigestOf(*other.proposal));
}

TEST_CASE("untrusted records give no proposal, those of a capture do") {
  const Current forged = Make({Group("/opt/a", access::Provenance::kUntrusted)});
  CHECK_FALSE(forged.proposal.has_value());
  CHECK(forged.problem == "");
  CHECK(forged.remaining == 1);
  CHECK(forged.held.empty());
  CHECK(Make({Group("/opt/a", access::Provenance::kText)}).proposal.has_value());
}

TEST_CASE("what the user answered is not proposed again") {
  const auto answered = [](store::Answer answer) {
    return std::vector<store::StoredDecision>{
        {.profile = "/p/a.sb", .operation = "file-read-data", .target = "/opt/a", .answer = answer, .reason = ""}};
  };
  CHECK_FALSE(Make({Group("/opt/a")}, answered(store::Answer::kDeny)).proposal.has_value());
  CHECK_FALSE(Make({Group("/opt/a")}, answered(store::Answer::kIgnore)).proposal.has_value());
  CHECK(Make({Group("/opt/a")}, answered(store::Answer::kAllow)).proposal.has_value());
}

TEST_CASE("nothing denied is no problem and no proposal") {
  const Current current = Make({});
  CHECK(current.problem == "");
  CHECK_FALSE(current.proposal.has_value());
  REQUIRE(current.worked != nullptr);
  CHECK(current.worked->answer.denials == 0);
}

TEST_CASE("generalised answers are asked for by the settings") {
  std::vector<access::DenialGroup> groups;
  for (int i = 0; i < 40; ++i) {
    groups.push_back(Group(fmt::format("/usr/include/tool/header{}.h", i)));
    groups.back().runs = {i % 2 == 0 ? "tuesday" : "wednesday"};
  }
  CHECK(Make(groups).additions == 40);
  CHECK(Make(groups, {}, kProfile, {.generalize = true}).additions < 10);
}

TEST_CASE("a profile that cannot be used is told in one sentence with the next step") {
  CHECK(Make({Group("/opt/a")}, {}, "(version 1)\n(deny default)\n(allow file-read-data").problem ==
        "the profile does not load: /p/a.sb:3:1: the text ends before this '(' is closed; correct it; it is looked at again when a file changes");
  test::MemoryFiles none({});
  const config::ProfileSettings settings{.path = {"/p/a.sb"}, .process = {"agent"}};
  const Current missing = MakeCurrent({settings, {}, 0, {}, {}}, none);
  CHECK(missing.problem ==
        "the profile does not load: cannot open /p/a.sb: no such file; it is looked at again when a file changes");
  CHECK(missing.files == std::vector<std::string>{"/p/a.sb"});
}

TEST_CASE("more denials than a daemon should chew on are left to the user") {
  std::vector<access::DenialGroup> groups(kMostGroups + 1, Group("/opt/a"));
  const Current current = Make(groups);
  CHECK(current.problem ==
        "its processes were denied more than 20000 different things, which is too much to keep a proposal current; choose with "
        "`sbtune suggest --operation` or `--target`");
  groups.pop_back();
  CHECK(Make(groups).proposal.has_value());
}

TEST_CASE("no wider rule lets the program write what its profile is a link to") {
  const test::TempFolder disk;
  const std::filesystem::path work = std::filesystem::canonical(disk.path()) / "work";
  std::filesystem::create_directories(work / "rules");
  const std::string as_denied = sbpl::QueryFromAccess("file-write-data", work.string()).path.value();
  const std::string text = "(version 1)\n(deny default)\n(allow file-read* (subpath (param \"CWD\")))\n";
  std::vector<access::DenialGroup> groups;
  for (int i = 0; i < 40; ++i) {
    groups.push_back(Group(fmt::format("{}/rules/out{}.sb", as_denied, i)));
    groups.back().operation = "file-write-data";
    groups.back().runs = {i % 2 == 0 ? "tuesday" : "wednesday"};
  }
  const std::vector<tune::RunFacts> runs = {{"tuesday", {{"CWD", as_denied}}}, {"wednesday", {{"CWD", as_denied}}}};
  const config::ProfileSettings settings{
      .path = {disk / "link.sb"}, .process = {"agent"}, .params = {{"CWD", as_denied}}, .generalize = true};
  test::MemoryFiles files(std::map<std::string, std::string>{{disk / "link.sb", text}});
  const auto lets_write = [&](const std::string& path) {
    const Current current = MakeCurrent({settings, groups, groups.size(), {}, runs}, files);
    REQUIRE(current.proposal.has_value());
    CAPTURE(current.proposal->files.at(0).text);
    CHECK(current.covered == groups.size());
    test::MemoryFiles edited(std::map<std::string, std::string>{{disk / "link.sb", current.proposal->files.at(0).text}});
    const sbpl::LoadResult loaded = sbpl::LoadProfile(LoadOptionsOf(settings), edited);
    REQUIRE(loaded.ok());
    const auto policy = sbpl::Policy::Compile(loaded.profile, {});
    return policy->Decide(sbpl::QueryFromAccess("file-write-data", path)).decision == sbpl::Decision::kAllow;
  };
  const std::string real = as_denied + "/rules/out41.sb";
  CHECK(lets_write(real));  // an ordinary file, as far as anybody knows
  std::ofstream((work / "rules" / "out41.sb").string()) << text;
  std::filesystem::create_symlink(work / "rules" / "out41.sb", disk / "link.sb");
  CHECK_FALSE(lets_write(real));
}
