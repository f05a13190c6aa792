// Exactly once, whatever dies: while a recording plays, the daemon, its child, or both are killed with SIGKILL.
#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "daemon/pipeline/import_log.h"
#include "daemon/pipeline/live_recorder.h"
#include "tests/support/running_daemon.h"

using namespace sbtune;

namespace {

// The long version: SBTUNE_LONG_TESTS=1, 200 kills and a longer recording.
bool IsLong() { return std::getenv("SBTUNE_LONG_TESTS") != nullptr; }

void Pause(std::int64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// How often each record of the recording is in the store, by its target, which is its own.
std::map<std::string, std::uint64_t> StoredOnes(const std::string& database) {
  base::Result<store::Store> store = store::Store::OpenForReading(database);
  REQUIRE(store.has_value());
  std::map<std::string, std::uint64_t> seen;
  const std::vector<store::StatRow> rows = store->Stats(store::Dimension::kTarget, {}).value();
  for (const store::StatRow& row : rows) seen[row.value.value()] = row.count;
  return seen;
}

std::vector<store::StoredGap> Gaps(const std::string& database) {
  base::Result<store::Store> store = store::Store::OpenForReading(database);
  REQUIRE(store.has_value());
  return store::LiveBook(*store, pipeline::kLiveSource).GapsSince(0, 10'000).value();
}

std::vector<store::StatRow> CountsByTarget(const std::string& database) {
  base::Result<store::Store> store = store::Store::OpenForReading(database);
  REQUIRE(store.has_value());
  return store->Stats(store::Dimension::kTarget, {}).value();
}

// What `sbtune import` makes of everything that `log show` has.
std::vector<store::StatRow> CountsOfImport(const test::StandinLog& log, const test::TempFolder& folder) {
  base::SystemLauncher launcher;
  const auto shown = base::RunToEnd(launcher, {.argv = {log.tool(), "show", "--style", "ndjson", "--start", "@1"}},
                                    60 * base::kSecondNs, 1u << 30);
  REQUIRE(shown.has_value());
  const std::string database = folder / "import.db";
  base::Result<store::Store> store = store::Store::OpenForWriting(database);
  REQUIRE(store.has_value());
  store::Import import = store::Import::Into(*store, {.name = "all", .program = {}, .host = {}, .parameters = {}}, "all", 0);
  ingest::ChunkReader reader = ingest::ChunkReader::FromBytes(shown->out);
  REQUIRE(pipeline::ImportLog(reader, import, base::SystemClock(), {}, [](const pipeline::ImportProgress&) {}));
  return CountsByTarget(database);
}

}  // namespace

TEST_CASE("kill -9 at random moments: every record once, and the counts are those of an import") {
  const int kills = IsLong() ? 200 : 8;
  const int rate = IsLong() ? 400 : 2000;  // the stand-in reads the whole recording at every start
  const int count = rate * kills / 4 + rate;  // a kill every quarter of a second on average, and some time after
  test::StandinLog log;
  log.RecordDistinct(count);
  log.Play(fmt::format("play {} {}\nagain 7\nreorder 3\nshift-ms 10\nattach-ms 15\n", count, rate));
  test::RunningDaemon daemon(log, "source.heartbeat_ms = 60\nsource.heartbeat_limit_ms = 500\n");
  std::mt19937 random(IsLong() ? 17 : 4);
  daemon.Start();
  for (int i = 0; i < kills; ++i) {
    Pause(static_cast<std::int64_t>(random() % 400));
    const unsigned which = random() % 3;
    if (which != 0) daemon.KillChildren(SIGKILL);
    if (which != 1) {
      daemon.Kill(SIGKILL);
      Pause(static_cast<std::int64_t>(random() % 60));
      daemon.Start();
    }
  }
  daemon.WaitUntil("\"state\":\"live\"");
  const std::string last = fmt::format("/private/tmp/job/{}", count - 1);
  for (int i = 0; i < 600 && !StoredOnes(daemon.database()).contains(last); ++i) Pause(50);
  daemon.WaitUntil("\"open\":0", 60'000);
  CHECK(daemon.Kill(SIGTERM) == base::ExitStatus{});

  const std::map<std::string, std::uint64_t> seen = StoredOnes(daemon.database());
  CHECK(seen.size() == static_cast<std::size_t>(count));
  int more_than_once = 0;
  for (const auto& [target, times] : seen) more_than_once += times != 1;
  CHECK(more_than_once == 0);
  int unrepaired = 0;
  for (const store::StoredGap& gap : Gaps(daemon.database())) unrepaired += gap.repair != "backfilled";
  CHECK(unrepaired == 0);
  const test::TempFolder folder;
  CHECK(CountsByTarget(daemon.database()) == CountsOfImport(log, folder));
}

TEST_CASE("what `log show` no longer has is missing, and lies in gaps that are not called repaired") {
  const int count = 4000, rate = 2000;
  test::StandinLog log;
  log.RecordDistinct(count);
  const std::int64_t start_ns = base::SystemClock().WallNs();
  // `show` has nothing of the first 1.2 seconds: what is lost in them cannot be read again.
  log.PlayFrom(start_ns, fmt::format("play {} {}\nshow-from-ns {}\nat 1000 drop 60\n", count, rate, start_ns + 1'200'000'000));
  // A loss is told later than it happens; at most one marker may come through in between.
  test::RunningDaemon daemon(log, "source.heartbeat_ms = 400\nsource.heartbeat_limit_ms = 5000\n");
  daemon.Start();
  Pause(3000);
  daemon.WaitUntil("\"open\":0", 20'000);
  CHECK(daemon.Kill(SIGTERM) == base::ExitStatus{});
  const std::map<std::string, std::uint64_t> seen = StoredOnes(daemon.database());
  const std::vector<store::StoredGap> gaps = Gaps(daemon.database());
  CHECK(seen.size() < static_cast<std::size_t>(count));
  int unexplained = 0, before_attached = 0;
  for (int i = 0; i < count; ++i) {
    if (seen.contains(fmt::format("/private/tmp/job/{}", i))) continue;
    const std::int64_t time_ns = start_ns + i * (base::kSecondNs / rate);
    // The very first start has no past: nothing was promised before its first record.
    if (i < rate / 2) {
      ++before_attached;
      continue;
    }
    bool inside = false;
    for (const store::StoredGap& gap : gaps) {
      inside |= gap.repair == "expired" && gap.from_ns <= time_ns && time_ns <= gap.to_ns;
    }
    unexplained += !inside;
  }
  CHECK(unexplained == 0);
  CHECK(before_attached < rate / 2);
}
