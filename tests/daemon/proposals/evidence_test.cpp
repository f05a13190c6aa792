#include "daemon/proposals/evidence.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "daemon/proposals/current.h"
#include "sql/store/retention.h"
#include "tests/support/command.h"
#include "tests/support/store_fixture.h"

using namespace sbtune;
using namespace sbtune::proposals;

namespace {

const std::vector<config::ProfileSettings> kProfiles = {{.path = {"/p/a.sb"}, .process = {"agent", "agent-*"}},
                                                        {.path = {"/p/b.sb"}, .process = {"build"}}};

test::Batch Denied(const std::string& process, const std::string& target, std::int64_t time_ns = test::kStart) {
  return {test::Denial(process, "file-read-data", target, time_ns)};
}

}  // namespace

TEST_CASE("a profile's evidence is that of its processes, with its own decisions") {
  test::StoreFixture fixture;
  fixture.Import("live", {Denied("agent", "/a"), Denied("agent-helper", "/b"), Denied("build", "/c"), Denied("agentx", "/d")});
  store::DecisionBook book(fixture.store());
  const std::vector<store::StoredDecision> made = {{.profile = "/p/a.sb", .operation = "o", .target = "/a", .reason = "mine"},
                                                   {.profile = "/p/b.sb", .operation = "o", .target = "/a", .reason = "not mine"}};
  CHECK(book.Keep(made, 1).has_value());
  const Evidence evidence = ReadEvidence(fixture.store(), kProfiles[0]).value();
  std::vector<std::string> targets;
  for (const access::DenialGroup& group : evidence.groups) targets.push_back(group.process + " " + group.target.value_or(""));
  CHECK(targets == std::vector<std::string>{"agent /a", "agent-helper /b"});
  CHECK(evidence.group_count == 2);
  REQUIRE(evidence.decisions.size() == 1);
  CHECK(evidence.decisions[0].reason == "mine");
  CHECK(evidence.runs.size() == 1);
}

TEST_CASE("marks move for whom there is something new, not for repetitions or others") {
  test::StoreFixture fixture;
  fixture.Import("live", {Denied("agent", "/a"), Denied("build", "/a")}, 1, store::kLiveImport);
  DenialMarks marks;
  marks.Watch(kProfiles);
  const auto look = [&] {
    REQUIRE(marks.Look(fixture.store()).has_value());
    return std::pair(marks.denials(0), marks.denials(1));
  };
  const auto first = look();
  CHECK(look() == first);
  fixture.Import("live", {Denied("agent", "/a", test::kStart + test::kSecond)}, 1, store::kLiveImport);
  CHECK(look() == first);  // once more the same
  fixture.Import("live", {Denied("stranger", "/a")}, 1, store::kLiveImport);
  CHECK(look() == first);
  fixture.Import("live", {Denied("build", "/b")}, 1, store::kLiveImport);
  CHECK(look() == std::pair(first.first, first.second + 1));
  fixture.Import("live", {Denied("agent-x", "/b")}, 1, store::kLiveImport);
  CHECK(look() == std::pair(first.first + 1, first.second + 1));
  fixture.Import("tuesday", {Denied("stranger", "/c")});  // a new run may change what is generalised
  CHECK(look() == std::pair(first.first + 2, first.second + 2));
  CHECK(store::Prune(fixture.store(), {.keep_days = 1, .keep_bytes = 1 << 30}, test::kStart + 400 * store::kDayNs).has_value());
  CHECK(look() == std::pair(first.first + 3, first.second + 3));
}

TEST_CASE("decisions and their revocation move their mark") {
  test::StoreFixture fixture;
  DenialMarks marks;
  marks.Watch(kProfiles);
  REQUIRE(marks.Look(fixture.store()).has_value());
  const std::int64_t none = marks.decisions();
  const store::StoredDecision made{.profile = "/p/a.sb", .operation = "o", .target = "/a", .reason = ""};
  CHECK(store::DecisionBook(fixture.store()).Keep({&made, 1}, 1).has_value());
  REQUIRE(marks.Look(fixture.store()).has_value());
  const std::int64_t one = marks.decisions();
  CHECK(one != none);
  CHECK(store::DecisionBook(fixture.store()).Revoke(1, 2).value());
  REQUIRE(marks.Look(fixture.store()).has_value());
  CHECK(marks.decisions() != one);
  CHECK(marks.decisions() != none);
}

TEST_CASE("a stamp changes with content, identity and existence, and with nothing else") {
  const test::TempFolder folder;
  const std::vector<std::string> files = {folder / "a.sb", folder / "b.sb"};
  const std::string none = StampOf(files);
  test::WriteFile(files[0], "one");
  const std::string one = StampOf(files);
  CHECK(one != none);
  CHECK(StampOf(files) == one);
  test::WriteFile(files[0], "longer");
  const std::string longer = StampOf(files);
  CHECK(longer != one);
  std::filesystem::rename(files[0], files[1]);
  CHECK(StampOf(files) != longer);
  std::filesystem::remove(files[1]);
  CHECK(StampOf(files) == none);
}
