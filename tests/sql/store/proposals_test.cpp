#include "sql/store/proposals.h"

#include <doctest/doctest.h>

#include "sql/store/database.h"
#include "sql/store/retention.h"
#include "tests/support/store_fixture.h"

using namespace sbtune;
using namespace sbtune::store;

namespace {

constexpr std::int64_t kDay = 86'400 * test::kSecond;
constexpr std::int64_t kNow = test::kStart + 100 * kDay;

struct Book : test::StoreFixture {
  Book() {
    Import("live", {{test::Denial("agent", "file-read-data", "/a", test::kStart), test::Denial("agent", "file-read-data", "/b", test::kStart),
                     test::Denial("other", "file-read-data", "/a", test::kStart)}},
           1, kLiveImport);
  }
  [[nodiscard]] ProposalBook book() { return ProposalBook(store()); }
  std::int64_t Put(const StoredProposal& proposal, const std::vector<std::string>& targets = {}) {
    std::vector<access::DenialGroup> held;
    for (const std::string& target : targets) held.push_back({.process = "agent", .operation = "file-read-data", .target = target});
    return book().Put(proposal, held).value();
  }
  // "agent /a", … that stand after everything old was pruned.
  [[nodiscard]] std::vector<std::string> AfterPruning() {
    CHECK(Prune(store(), {.keep_days = 1, .keep_bytes = 1 << 30}, kNow).has_value());
    std::vector<std::string> left;
    for (const access::DenialGroup& group : Groups()) left.push_back(group.process + " " + group.target.value_or(""));
    return left;
  }
};

StoredProposal Proposal(const std::string& digest, const std::string& profile = "/p/a.sb") {
  return {.profile = profile, .made_ns = 5, .digest = digest, .text = std::string("{\0}", 3), .additions = 1, .covered = 2, .remaining = 3};
}

}  // namespace

TEST_CASE("a profile has one current proposal, and another one has another number for ever") {
  Book fixture;
  CHECK(fixture.Put(Proposal("d1")) == 1);
  CHECK(fixture.Put(Proposal("d1")) == 1);
  CHECK(fixture.Put(Proposal("d2")) == 2);
  CHECK(fixture.Put(Proposal("d1", "/p/b.sb")) == 3);
  fixture.Reopen();
  StoredProposal first = Proposal("d2"), second = Proposal("d1", "/p/b.sb");
  first.id = 2;
  second.id = 3;
  CHECK(fixture.book().List().value() == std::vector<StoredProposal>{first, second});
  CHECK(fixture.book().Settle({.proposal = 3, .profile = "/p/b.sb", .outcome = Outcome::kApplied, .who = "user"}).has_value());
  CHECK(fixture.Put({.profile = "/p/b.sb", .problem = "it does not load"}) == 4);
  CHECK(fixture.Put({.profile = "/p/b.sb", .problem = "it does not exist"}) == 5);
}

TEST_CASE("pruning leaves what a current proposal holds, until it is replaced, settled or forgotten") {
  SUBCASE("held") {
    Book fixture;
    fixture.Put(Proposal("d1"), {"/a"});
    CHECK(fixture.AfterPruning() == std::vector<std::string>{"agent /a"});
  }
  SUBCASE("replaced") {
    Book fixture;
    fixture.Put(Proposal("d1"), {"/a"});
    fixture.Put(Proposal("d2"), {"/b"});
    CHECK(fixture.AfterPruning() == std::vector<std::string>{"agent /b"});
  }
  SUBCASE("held through a problem, until it is over") {
    Book fixture;
    fixture.Put(Proposal("d1"), {"/a"});
    fixture.Put({.profile = "/p/a.sb", .problem = "it does not load"});
    fixture.Put({.profile = "/p/a.sb", .problem = "it does not exist"});
    CHECK(fixture.AfterPruning() == std::vector<std::string>{"agent /a"});
    fixture.Put(Proposal(""));
    CHECK(fixture.AfterPruning().empty());
  }
  SUBCASE("settled") {
    Book fixture;
    const std::int64_t id = fixture.Put(Proposal("d1"), {"/a", "/b"});
    CHECK(fixture.book().Settle({.proposal = id, .profile = "/p/a.sb", .outcome = Outcome::kApplied, .who = "user"}).has_value());
    CHECK(fixture.AfterPruning().empty());
    CHECK(fixture.book().List().value().empty());
  }
  SUBCASE("forgotten") {
    Book fixture;
    fixture.Put(Proposal("d1"), {"/a"});
    fixture.Put(Proposal("d1", "/p/b.sb"), {"/b"});
    const std::vector<std::string> named = {"/p/b.sb"};
    CHECK(fixture.book().KeepOnly(named).has_value());
    CHECK(fixture.AfterPruning() == std::vector<std::string>{"agent /b"});
  }
}

TEST_CASE("the history keeps what was written, by whom, with rules and denials") {
  Book fixture;
  ProposalEntry entry{.proposal = 1, .profile = "/p/a.sb", .outcome = Outcome::kBegun, .who = "auto_apply", .at_ns = 7, .digest = "d1",
                      .note = "", .rules = {"(allow a)", "(allow b)"}, .accesses = {{"file-read-data", "/a\n\xff"}, {"process-fork", std::nullopt}}};
  entry.id = fixture.book().Record(entry).value();
  CHECK(fixture.book().History().value() == std::vector<ProposalEntry>{entry});
  CHECK(fixture.book().Finish(entry.id, Outcome::kApplied, "/p/a.sb.1-2.sbtune-backup").has_value());
  entry.outcome = Outcome::kApplied;
  entry.note = "/p/a.sb.1-2.sbtune-backup";
  const ProposalEntry other{.id = 2, .proposal = 9, .profile = "/p/b.sb", .outcome = Outcome::kDismissed, .who = "user", .at_ns = 8};
  CHECK(fixture.book().Settle(other).value() == 2);
  CHECK(fixture.book().History().value() == std::vector<ProposalEntry>{entry, other});
}

TEST_CASE("marks change with what a proposal depends on, and processes tell whose it is") {
  Book fixture;
  const EvidenceMarks before = ReadMarks(fixture.store()).value();
  CHECK(ProcessesSince(fixture.store(), 0).value() == std::vector<std::string>{"agent", "other"});
  CHECK(ProcessesSince(fixture.store(), before.group).value().empty());
  CHECK(CountGroups(fixture.store(), {.only = {"ag*"}}).value() == 2);
  CHECK(CountGroups(fixture.store(), {.only = {"x"}}).value() == 0);
  fixture.Import("later", {{test::Denial("third", "file-read-data", "/c", test::kStart + test::kSecond)}});
  const EvidenceMarks after = ReadMarks(fixture.store()).value();
  CHECK(after.group > before.group);
  CHECK(after.run > before.run);
  CHECK(ProcessesSince(fixture.store(), before.group).value() == std::vector<std::string>{"third"});
}

TEST_CASE("holding many denials of one process costs about as much as each alone") {
  test::StoreFixture fixture;
  constexpr int kMany = 20'000;
  test::Batch batch;
  std::vector<access::DenialGroup> held;
  for (int i = 0; i < kMany; ++i) {
    batch.push_back(test::Denial("agent", "file-read-data", "/d/" + std::to_string(i), test::kStart + i));
    held.push_back({.process = "agent", .operation = "file-read-data", .target = "/d/" + std::to_string(i)});
  }
  fixture.Import("live", {batch}, 1, kLiveImport);
  CHECK(ProposalBook(fixture.store()).Put(Proposal("d1"), held).has_value());  // quadratic, this would take minutes
  CHECK(fixture.store().database().Scalar("SELECT count(*) FROM holds").value() == kMany);
}
