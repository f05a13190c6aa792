#include "sql/store/retention.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "sql/store/database.h"
#include "sql/store/live_book.h"
#include "tests/support/store_fixture.h"

using namespace sbtune;
using namespace sbtune::store;

namespace {

constexpr std::int64_t kDay = 86'400 * test::kSecond;
// The beginning of a day, so that days of the log are days of the calendar.
constexpr std::int64_t kFirstDay = test::kStart / kDay * kDay;

// What a day of the live log brings: some things happen every day, some only then, some are told by sandboxd too,
// and one only by sandboxd.
test::Batch Day(int day) {
  test::Batch batch;
  const std::int64_t begin = kFirstDay + day * kDay;
  for (int hour = 0; hour < 24; hour += 5) {
    const std::int64_t time = begin + hour * 3600 * test::kSecond;
    batch.push_back(test::Denial("cat", "file-read-data", "/etc/hosts", time, 100 + day));
    batch.push_back(test::Denial("git", "file-read-data", fmt::format("/tmp/day{}/{}", day, hour), time, 200));
    batch.push_back(test::Duplicates("git", "file-read-data", "/etc/hosts", time, 3));
  }
  batch.push_back(test::Denial("ssh", "mach-lookup", "com.example.agent", begin, 300));
  batch.push_back(test::Report("ssh", "mach-lookup", "com.example.agent", begin + test::kSecond, 300));
  batch.push_back(test::Report("only", "mach-lookup", fmt::format("com.example.day{}", day), begin, 400));
  return batch;
}

void ImportDays(test::StoreFixture& fixture, int from, int to) {
  for (int day = from; day < to; ++day) fixture.Import(fmt::format("live-{}", day), {Day(day)}, 1, kLiveImport);
}

std::int64_t Rows(test::StoreFixture& fixture, const std::string& table) {
  return fixture.store().database().Scalar("SELECT count(*) FROM " + table).value();
}

}  // namespace

TEST_CASE("after pruning by age the store is as if the old days had never been") {
  test::StoreFixture fixture, expected;
  ImportDays(fixture, 0, 10);
  ImportDays(expected, 7, 10);
  const std::int64_t now_ns = kFirstDay + 10 * kDay;
  const Pruned pruned = Prune(fixture.store(), {.keep_days = 3, .keep_bytes = 1 << 30}, now_ns).value();
  CHECK(pruned.before_ns == kFirstDay + 7 * kDay);
  CHECK(pruned.counts == 7 * (3 * 5 + 2));
  CHECK(pruned.groups == 7 * (5 + 1));
  CHECK(fixture.Dump() == expected.Dump());
  for (const char* table : {"hours", "groups", "totals", "lone_reports", "key_runs", "sightings"}) {
    CAPTURE(table);
    CHECK(Rows(fixture, table) == Rows(expected, table));
  }
  CHECK(Prune(fixture.store(), {.keep_days = 3, .keep_bytes = 1 << 30}, now_ns).value() == Pruned{});
  // The newest days were not forgotten: they do not count again.
  ImportDays(fixture, 7, 10);
  ImportDays(expected, 7, 10);
  CHECK(fixture.Dump() == expected.Dump());
}

TEST_CASE("a size takes the oldest days first and never the current hour") {
  test::StoreFixture fixture;
  for (int day = 0; day < 6; ++day) {
    test::Batch batch;
    for (int i = 0; i < 2000; ++i) {
      batch.push_back(test::Denial("make", "file-read-data", fmt::format("/private/tmp/{}/a-long-name-of-a-file/{}", day, i),
                                   kFirstDay + day * kDay + i * test::kSecond));
    }
    fixture.Import(fmt::format("live-{}", day), {batch}, 1, kLiveImport);
  }
  const auto used = [&] {
    Database& database = fixture.store().database();
    return (database.Scalar("PRAGMA page_count").value() - database.Scalar("PRAGMA freelist_count").value()) *
           database.Scalar("PRAGMA page_size").value();
  };
  const std::int64_t limit = used() / 2;
  const Pruned pruned = Prune(fixture.store(), {.keep_days = 1000, .keep_bytes = limit}, kFirstDay + 6 * kDay).value();
  CHECK(used() <= limit);
  CHECK(pruned.before_ns > kFirstDay);
  CHECK(pruned.before_ns < kFirstDay + 6 * kDay);
  CHECK(pruned.counts % 2000 == 0);  // whole days
  CHECK(fixture.Stats(Dimension::kTarget).size() + pruned.counts == 12'000);

  // In the hour of the last records there is nothing left to take.
  const std::int64_t last_ns = kFirstDay + 5 * kDay + 100 * test::kSecond;
  REQUIRE(Prune(fixture.store(), {.keep_days = 1000, .keep_bytes = 0}, last_ns));
  CHECK(fixture.Stats(Dimension::kTarget).size() == 2000);
}

TEST_CASE("captures that a user imported stay, in full") {
  test::StoreFixture fixture, expected;
  fixture.Import("mine", {Day(0), Day(1)});
  expected.Import("mine", {Day(0), Day(1)});
  ImportDays(fixture, 2, 4);
  CHECK(Prune(fixture.store(), {.keep_days = 1, .keep_bytes = 0}, kFirstDay + 100 * kDay).value().counts > 0);
  CHECK(fixture.Dump() == expected.Dump());
}

TEST_CASE("evidence that is held stays with all its counts until it is released") {
  test::StoreFixture fixture;
  ImportDays(fixture, 0, 5);
  const std::vector<access::DenialGroup> before = fixture.Groups();
  std::vector<access::DenialGroup> held;
  for (const access::DenialGroup& group : before) {
    if (group.target == "/etc/hosts" || group.target == "/tmp/day0/5" || group.process == "only") held.push_back(group);
  }
  REQUIRE(held.size() == 2 + 1 + 5);
  REQUIRE(Hold(fixture.store(), "proposal 1", held));
  REQUIRE(Hold(fixture.store(), "proposal 2", {}));
  const std::int64_t now_ns = kFirstDay + 50 * kDay;
  for (const Retention& retention : {Retention{.keep_days = 1, .keep_bytes = 1 << 30}, Retention{.keep_days = 1, .keep_bytes = 0}}) {
    REQUIRE(Prune(fixture.store(), retention, now_ns));
    CHECK(fixture.Groups() == held);
  }
  // Totals tell the same as the rows.
  std::uint64_t rows = 0, totals = 0;
  for (const access::DenialGroup& group : held) rows += group.count;
  for (const StatRow& row : fixture.Stats(Dimension::kProcess)) totals += row.count;
  CHECK(rows == totals);
  REQUIRE(Release(fixture.store(), "proposal 1"));
  REQUIRE(Prune(fixture.store(), {.keep_days = 1, .keep_bytes = 1 << 30}, now_ns));
  CHECK(fixture.Groups().empty());
  CHECK(Rows(fixture, "groups") == 0);
}

TEST_CASE("a writer that goes on after a pruning counts into groups that exist") {
  test::StoreFixture fixture, expected;
  const auto run = [](test::StoreFixture& into, const auto& between) {
    Import import = Import::Into(into.store(), {.name = "live"}, kLiveImport, 0);
    std::vector<Entry> scratch;
    for (const int day : {0, 1, 40, 41}) {
      if (day == 40) between();
      Evidence evidence;
      evidence.Begin(7);
      for (const test::Record& record : Day(day)) test::AddTo(evidence, record);
      evidence.Seal(scratch);
      Evidence* const batch[] = {&evidence};
      REQUIRE(import.Commit(batch));
    }
  };
  run(expected, [] {});
  REQUIRE(Prune(expected.store(), {.keep_days = 5, .keep_bytes = 1 << 30}, kFirstDay + 42 * kDay));
  run(fixture, [&] {
    // By another process, while this one remembers the rows of its groups.
    Store other = Store::OpenForWriting(fixture.path()).value();
    CHECK(Prune(other, {.keep_days = 5, .keep_bytes = 1 << 30}, kFirstDay + 40 * kDay).value().groups > 0);
  });
  CHECK(fixture.Dump() == expected.Dump());
}

TEST_CASE("settled gaps go with their time, open ones stay") {
  test::StoreFixture fixture;
  ImportDays(fixture, 0, 1);
  LiveBook book(fixture.store(), "log");
  REQUIRE(book.AddGap({0, kFirstDay, kFirstDay + 1, "stream-ended", "backfilled", 0}));
  REQUIRE(book.AddGap({0, kFirstDay, kFirstDay + 1, "stream-ended", "pending", 0}));
  REQUIRE(book.AddGap({0, kFirstDay + 40 * kDay, kFirstDay + 40 * kDay, "drop-marker", "expired", 0}));
  REQUIRE(Prune(fixture.store(), {.keep_days = 5, .keep_bytes = 1 << 30}, kFirstDay + 42 * kDay));
  std::vector<std::string> left;
  const std::vector<StoredGap> gaps = book.GapsSince(0, 10).value();
  for (const StoredGap& gap : gaps) left.push_back(gap.repair);
  CHECK(left == std::vector<std::string>{"expired", "pending"});
}
