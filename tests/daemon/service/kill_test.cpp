// Exactly once, whatever dies: while a recording plays, the daemon, its child, or both are killed with SIGKILL.
#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "core/base/folder.h"
#include "daemon/pipeline/import_log.h"
#include "daemon/pipeline/live_recorder.h"
#include "tests/support/running_daemon.h"

using namespace sbtune;

namespace {

// The long version: SBTUNE_LONG_TESTS=1, 200 kills while an hour of records plays.
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

// As if a daemon had run until that moment: what comes later is owed.
void RememberRunUntil(std::int64_t time_ns, const std::string& database) {
  REQUIRE(base::MakePrivateFoldersFor(database));
  base::Result<store::Store> store = store::Store::OpenForWriting(database);
  REQUIRE(store.has_value());
  REQUIRE(store::LiveBook(*store, pipeline::kLiveSource).KeepCursor({time_ns, ""}, time_ns));
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

// Lets a random time pass: a short one from now, from the moment when the daemon is live again, or from a back-fill.
void PassTime(test::RunningDaemon& daemon, std::mt19937& random) {
  const unsigned how = random() % 8;
  if (how == 0) daemon.WaitUntil("\"open\":0");
  if (how == 1) Pause(1900);  // a back-fill begins two seconds after its gap was found
  if (how >= 1 && how <= 5) daemon.WaitUntil("\"state\":\"live\"");
  Pause(static_cast<std::int64_t>(random() % 300));
}

}  // namespace

TEST_CASE("kill -9 at random moments: every record once, and the counts are those of an import") {
  const int kills = IsLong() ? 200 : 6;
  // Long: what an hour brings, told in four minutes. The recording is played over and over, as new events.
  const int recorded = IsLong() ? 6'000 : 4'000;
  const int rounds = IsLong() ? 10 : 1;
  const int count = recorded * rounds;
  const int rate = IsLong() ? 250 : 2'000;
  test::StandinLog log;
  log.RecordTwins(recorded);
  test::RunningDaemon daemon(log, "source.heartbeat_ms = 60\nsource.heartbeat_limit_ms = 60000\n");
  const std::int64_t start_ns = base::SystemClock().WallNs();
  RememberRunUntil(start_ns, daemon.database());
  log.PlayFrom(start_ns, fmt::format("play {} {}\nagain 7\nreorder 3\nshift-ms 10\nattach-ms 15\n", count, rate));
  std::mt19937 random(IsLong() ? 17 : 4);
  daemon.Start();
  for (int i = 0; i < kills; ++i) {
    PassTime(daemon, random);
    const unsigned which = random() % 3;
    if (which != 0) daemon.KillChildren(SIGKILL);
    if (which != 1) {
      daemon.Kill(SIGKILL);
      Pause(static_cast<std::int64_t>(random() % 60));
      daemon.Start();
    }
  }
  // The last is sandboxd's report of the one before.
  const std::string last = fmt::format("/private/tmp/job/{}", recorded - 2);
  const base::SystemClock clock;
  const std::int64_t deadline_ns = clock.MonotonicNs() + 3 * test::kPatienceMs * base::kMillisecondNs;
  while (StoredOnes(daemon.database())[last] < static_cast<std::uint64_t>(rounds) && clock.MonotonicNs() < deadline_ns) {
    Pause(50);
  }
  daemon.WaitUntil("\"state\":\"live\"");
  daemon.WaitUntil("\"open\":0");
  CHECK(daemon.Kill(SIGTERM) == base::ExitStatus{});

  std::map<std::string, std::uint64_t> expected;
  for (int i = 0; i < recorded; ++i) {
    if (i % 5 != 4) expected[fmt::format("/private/tmp/job/{}", i)] = static_cast<std::uint64_t>(rounds);
  }
  const std::map<std::string, std::uint64_t> seen = StoredOnes(daemon.database());
  CHECK(seen.size() == expected.size());
  CHECK((seen == expected));
  std::map<std::string, int> gaps;
  for (const store::StoredGap& gap : Gaps(daemon.database())) ++gaps[gap.reason + " " + gap.repair];
  for (const auto& [what, times] : gaps) {
    CAPTURE(what);
    CHECK(what.ends_with(" backfilled"));
    if (IsLong()) MESSAGE(times << " gaps: " << what);
  }
  const test::TempFolder folder;
  CHECK((CountsByTarget(daemon.database()) == CountsOfImport(log, folder)));
}

TEST_CASE("what `log show` no longer has is missing, and lies in a gap that is not called repaired") {
  test::StandinLog log;
  log.RecordDistinct(1);
  log.Play("play 0 1\n");
  test::RunningDaemon daemon(log);
  daemon.Start();
  daemon.WaitUntil("\"state\":\"live\"");
  log.Deny(0, 100);
  daemon.WaitUntil("\"read\":100,");
  CHECK(daemon.Kill(SIGKILL) == base::ExitStatus{.code = 0, .signal = SIGKILL});
  const base::SystemClock clock;
  const std::int64_t from_ns = clock.WallNs();
  log.Deny(100, 100);
  const std::int64_t to_ns = clock.WallNs();
  log.Play(fmt::format("play 0 1\nshow-from-ns {}\n", clock.WallNs()));
  daemon.Start();
  daemon.WaitUntil("\"state\":\"live\"");
  log.Deny(200, 100);
  daemon.WaitUntil("\"read\":100,");
  daemon.WaitUntil("\"open\":0");
  CHECK(daemon.Kill(SIGTERM) == base::ExitStatus{});
  std::map<std::string, std::uint64_t> expected;
  for (int i = 0; i < 300; ++i) {
    if (i < 100 || i >= 200) expected[fmt::format("/private/tmp/job/{}", i)] = 1;
  }
  CHECK(StoredOnes(daemon.database()) == expected);
  const std::vector<store::StoredGap> gaps = Gaps(daemon.database());
  REQUIRE(gaps.size() == 1);
  CHECK(gaps[0].reason == "not-running");
  CHECK(gaps[0].repair == "expired");
  CHECK(gaps[0].from_ns <= from_ns);
  CHECK(gaps[0].to_ns >= to_ns);
}
