// The source against a program that behaves like macOS's `log`, over real pipes and processes.
#include <poll.h>

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "daemon/live/line.h"
#include "daemon/live/source.h"
#include "tests/support/standin.h"

using namespace sbtune;
using namespace sbtune::live;
using base::kMillisecondNs;
using base::kSecondNs;

namespace {

Settings Quick(const test::StandinLog& log) {
  Settings settings;
  settings.tool.path = log.tool();
  settings.starting_heartbeat_ns = 10 * kMillisecondNs;
  settings.heartbeat_ns = 100 * kMillisecondNs;
  settings.heartbeat_limit_ns = kSecondNs;
  settings.attach_limit_ns = 30 * kSecondNs;
  settings.backoff_min_ns = 20 * kMillisecondNs;
  settings.backoff_max_ns = 100 * kMillisecondNs;
  settings.show_pause_ns = 100 * kMillisecondNs;
  settings.overlap_ns = kSecondNs;
  return settings;
}

struct Heard {
  std::map<std::uint64_t, int> ticks;  // of each record: how often
  std::vector<Gap> gaps;
  std::vector<State> states;
  std::vector<std::string> others;
  Counters counters;

  bool HasOpenGap() const {
    return std::any_of(gaps.begin(), gaps.end(), [](const Gap& gap) { return gap.repair == Repair::kPending; });
  }
  bool Is(StateKind kind) const { return !states.empty() && states.back().kind == kind; }
  int Gaps(GapReason reason) const {
    int count = 0;
    for (const Gap& gap : gaps) count += gap.reason == reason;
    return count;
  }
};

// So many records came, and every gap is settled.
std::function<bool(const Heard&)> AllOf(std::size_t records) {
  return [records](const Heard& heard) {
    return heard.ticks.size() >= records && !heard.gaps.empty() && !heard.HasOpenGap() && heard.Is(StateKind::kLive);
  };
}

// Listens until enough was heard; the limit only ends a test that would listen for ever.
Heard Listen(const Settings& settings, const test::StandinLog& log, const std::function<bool(const Heard&)>& is_done) {
  base::SystemLauncher launcher;
  base::SystemClock clock;
  FileHeartbeat heartbeats(log.heartbeats());
  LiveSource source(settings, {launcher, heartbeats, clock, {}});
  source.Start(ResumePoint{clock.WallNs(), ""}, {});
  Heard heard;
  const std::int64_t deadline_ns = clock.MonotonicNs() + 120 * kSecondNs;
  std::vector<LiveEvent> events;
  while (clock.MonotonicNs() < deadline_ns && !is_done(heard)) {
    pollfd wait = {source.ready_fd(), POLLIN, 0};
    ::poll(&wait, 1, 20);
    source.Take(events);
    for (const LiveEvent& event : events) {
      if (const Lines* lines = std::get_if<Lines>(&event)) {
        LineBuffer buffer;
        buffer.Append(lines->bytes, [&](std::string_view line) {
          const Mark mark = MarkOf(line);
          if (mark.mach != 0) ++heard.ticks[mark.mach];
          if (mark.mach == 0) heard.others.emplace_back(line.substr(0, 100));
        });
      } else if (const GapFound* found = std::get_if<GapFound>(&event)) {
        heard.gaps.push_back(found->gap);
        REQUIRE(found->id == heard.gaps.size());
      } else if (const GapSettled* settled = std::get_if<GapSettled>(&event)) {
        heard.gaps.at(settled->id - 1).repair = settled->repair;
      } else if (const State* state = std::get_if<State>(&event)) {
        heard.states.push_back(*state);
      }
    }
    events.clear();
  }
  heard.counters = source.counters();
  return heard;
}

}  // namespace

TEST_CASE("whatever the log tool does, every record arrives, and every loss is a repaired gap") {
  test::StandinLog log;
  log.Record(200);
  Heard heard;
  // What comes while the stream starts again does not happen to it, and a slow machine takes long for that: then it is
  // played again, slower. That nothing is missing holds at any speed.
  for (const int slower : {1, 3, 9}) {
    CAPTURE(slower);
    log.Play(fmt::format("play 3000 {}\n", 1500 / slower) +
             "at 300 exit 1\n"
             "at 600 drop 20\n"
             "at 900 cut 0\n"
             "at 1000 blank\n"
             "at 1200 loss 3\n"
             "at 1500 stall\n"
             "at 2300 forge\n"
             "again 10\n"
             "reorder 4\n"
             "shift-ms 16\n"
             "attach-ms 30\n");
    Settings settings = Quick(log);
    settings.heartbeat_limit_ns *= slower;
    heard = Listen(settings, log, AllOf(3000));
    std::size_t missing = 3000 - std::min<std::size_t>(heard.ticks.size(), 3000);
    CHECK(missing == 0);
    CHECK(heard.others.empty());
    for (const Gap& gap : heard.gaps) {
      CAPTURE(Name(gap.reason));
      CHECK(Name(gap.repair) == "backfilled");
    }
    if (heard.counters.restarts == 3 && heard.gaps.size() == 6) break;
  }
  CHECK(heard.Gaps(GapReason::kNotRunning) == 1);
  CHECK(heard.Gaps(GapReason::kStreamEnded) == 2);
  CHECK(heard.Gaps(GapReason::kDropMarker) == 1);
  CHECK(heard.Gaps(GapReason::kLossEvent) == 1);
  CHECK(heard.Gaps(GapReason::kMissedHeartbeat) == 1);
  CHECK(heard.states.back() == State{StateKind::kLive, ""});
  CHECK(heard.counters.restarts == 3);
}

TEST_CASE("records of another boot, and of an unknown one, are read again whole") {
  test::StandinLog log;
  log.Record(100);
  for (const std::string& boots : {std::string("boot 0 A\nboot 700 B\n"), std::string("boot 0 -\nboot 700 -\n")}) {
    log.Play("play 1500 1500\nat 600 exit 1\nat 800 drop 10\nat 811 exit 1\nattach-ms 20\n" + boots);
    const Heard heard = Listen(Quick(log), log, AllOf(1500));
    CAPTURE(boots);
    CHECK(heard.ticks.size() == 1500);
    for (const Gap& gap : heard.gaps) CHECK(Name(gap.repair) == "backfilled");
  }
}

TEST_CASE("a log that has expired leaves an unrepaired gap, and the reading does not start over for ever") {
  test::StandinLog log;
  log.Record(50);
  const std::int64_t now_ns = base::SystemClock().WallNs();
  log.PlayFrom(now_ns - 60 * kSecondNs, fmt::format("play 6000 100\nshow-from-ns {}\n", now_ns - 10 * kSecondNs));
  base::SystemLauncher launcher;
  base::SystemClock clock;
  FileHeartbeat heartbeats(log.heartbeats());
  LiveSource source(Quick(log), {launcher, heartbeats, clock, {}});
  source.Start(ResumePoint{now_ns - 30 * kSecondNs, "sbtuned heartbeat 4711 gone 1"}, {});
  std::optional<Repair> repair;
  std::vector<LiveEvent> events;
  for (int i = 0; i < 6000 && !repair; ++i) {
    pollfd wait = {source.ready_fd(), POLLIN, 0};
    ::poll(&wait, 1, 10);
    source.Take(events);
    for (const LiveEvent& event : events) {
      if (const GapSettled* settled = std::get_if<GapSettled>(&event)) repair = settled->repair;
    }
    events.clear();
  }
  CHECK(repair == Repair::kExpired);
}

TEST_CASE("a back-fill that is cut is repeated and in the end given up, and the gap says so") {
  test::StandinLog log;
  log.Record(50);
  // Slowly, so that the stream is surely attached when it is to exit.
  log.Play("play 300 60\nat 100 exit 1\nshow-cut 90\n");
  Settings settings = Quick(log);
  settings.show_attempts = 2;
  const Heard heard = Listen(settings, log, [](const Heard& so_far) {
    return so_far.gaps.size() >= 2 && !so_far.HasOpenGap();
  });
  REQUIRE(heard.gaps.size() >= 2);
  CHECK(Name(heard.gaps.back().repair) == "failed");
}

TEST_CASE("errors that only the user can mend are told in his words") {
  struct Row {
    std::string scenario;
    std::string reason;
  };
  for (const Row& row : {Row{"exit 77 Must be admin to run 'stream' command",
                             "reading the log needs an administrator account; sign in as an administrator, or ask one "
                             "to run sbtuned"},
                         Row{"exit 64 Cannot run while sandboxed",
                             "the log cannot be read from inside a sandbox; start sbtune and sbtuned outside of it"}}) {
    test::StandinLog log;
    log.Record(5);
    log.Play(row.scenario + "\n");
    const Heard heard = Listen(Quick(log), log, [](const Heard& so_far) { return so_far.Is(StateKind::kUnavailable); });
    CHECK(heard.states.back() == State{StateKind::kUnavailable, row.reason});
  }
}
