#include "daemon/live/supervisor.h"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <ctime>

#include "tests/support/fake_clock.h"

using namespace sbtune;
using namespace sbtune::live;
using base::kMillisecondNs;
using base::kSecondNs;

namespace {

constexpr pid_t kOwnPid = 4242;

// Plays the system: notes what was asked for, in short words, and what was published.
struct World final : Ports {
  std::optional<Failure> preflight;
  base::Status stream_starts;
  bool can_write = true;
  int heartbeats = 0;
  std::vector<std::string> asked;
  std::vector<std::int64_t> show_starts;
  std::vector<LiveEvent> published;

  std::optional<Failure> Preflight() override { return preflight; }
  base::Status StartStream() override {
    asked.push_back("stream");
    return stream_starts;
  }
  void StopStream() override { asked.push_back("stop stream"); }
  base::Status StartShow(const ShowRange& range, const std::vector<pid_t>&) override {
    asked.push_back("show");
    show_starts.push_back(range.from_ns);
    return {};
  }
  void StopShow() override { asked.push_back("stop show"); }
  std::string NewHeartbeat() override { return fmt::format("sbtuned heartbeat {} nonce {}", kOwnPid, ++heartbeats); }
  bool WriteHeartbeat(std::string_view) override {
    asked.push_back("heartbeat");
    return can_write;
  }
  std::uint64_t Random() override { return 0; }
  void Publish(LiveEvent event) override { published.push_back(std::move(event)); }

  std::vector<std::string> TakeAsked() { return std::exchange(asked, {}); }
  template <typename Event>
  std::vector<Event> All() const {
    std::vector<Event> events;
    for (const LiveEvent& event : published) {
      if (const Event* match = std::get_if<Event>(&event)) events.push_back(*match);
    }
    return events;
  }
  State LastState() const {
    const auto states = All<State>();
    return states.empty() ? State{} : states.back();
  }
};

struct Rig {
  Settings settings;
  test::FakeClock clock;
  World world;
  Supervisor supervisor{settings, clock, world, kOwnPid};
  std::uint64_t mach = 1000;

  // Runs the timers as they come due, for so long.
  void Pass(std::int64_t ns) {
    const std::int64_t end_ns = clock.MonotonicNs() + ns;
    for (int guard = 0; guard < 10'000; ++guard) {
      const auto next = supervisor.NextTimerNs();
      if (!next || *next > end_ns) break;
      clock.Advance(std::max<std::int64_t>(*next - clock.MonotonicNs(), 0));
      supervisor.OnTimer();
    }
    clock.Advance(end_ns - clock.MonotonicNs());
  }
  std::string HeartbeatLine(int number, pid_t pid = kOwnPid) {
    return fmt::format(R"({{"bootUUID":"B","machTimestamp":{},"timestamp":"{}","processID":{},"eventMessage":"sbtuned heartbeat {} nonce {}"}})",
                       mach++, Time(clock.WallNs()), pid, kOwnPid, number);
  }
  static std::string Time(std::int64_t wall_ns) {
    const std::time_t seconds = wall_ns / kSecondNs;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:09}+0000", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, wall_ns % kSecondNs);
  }
  // The newest marker comes back.
  void Echo() { supervisor.OnStreamLine(LineKind::kHeartbeat, HeartbeatLine(world.heartbeats)); }
  void Attach() {
    supervisor.Start(std::nullopt, {});
    clock.Advance(100 * kMillisecondNs);
    Echo();
    world.TakeAsked();
    world.published.clear();
  }
  void ShowSays(LineKind kind, const std::string& line) { supervisor.OnShowLine(kind, line); }
};

using Asked = std::vector<std::string>;

}  // namespace

TEST_CASE("a start is live only once our own marker came back") {
  Rig rig;
  rig.supervisor.Start(std::nullopt, {});
  CHECK(rig.world.TakeAsked() == Asked{"stream", "heartbeat"});
  CHECK(rig.world.LastState() == State{StateKind::kDegraded, "starting the log stream"});
  rig.Pass(kSecondNs);
  CHECK(rig.world.TakeAsked() == Asked{"heartbeat", "heartbeat", "heartbeat", "heartbeat"});  // every 250 ms
  const std::int64_t wall_ns = rig.clock.WallNs();
  rig.Echo();
  CHECK(rig.world.LastState() == State{StateKind::kLive, ""});
  CHECK(rig.world.All<Progress>() ==
        std::vector<Progress>{{.point = {.wall_ns = wall_ns, .heartbeat = "sbtuned heartbeat 4242 nonce 5"}}});
  CHECK(rig.world.All<GapFound>().empty());
  rig.Pass(19 * kSecondNs);
  CHECK(rig.world.TakeAsked() == Asked{});
  rig.Pass(2 * kSecondNs);
  CHECK(rig.world.TakeAsked() == Asked{"heartbeat"});
}

TEST_CASE("a marker written by another process proves nothing") {
  Rig rig;
  rig.supervisor.Start(std::nullopt, {});
  rig.supervisor.OnStreamLine(LineKind::kHeartbeat, rig.HeartbeatLine(1, kOwnPid + 1));
  rig.supervisor.OnStreamLine(LineKind::kHeartbeat, rig.HeartbeatLine(999));
  CHECK(rig.world.LastState().kind == StateKind::kDegraded);
  CHECK(rig.world.All<Progress>().empty());
}

TEST_CASE("a start after a former run has a gap from its last proof, which is read again until our marker") {
  Rig rig;
  const std::int64_t before_ns = rig.clock.WallNs() - 3600 * kSecondNs;
  rig.supervisor.Start(ResumePoint{before_ns, "sbtuned heartbeat 17 old 9"}, {});
  rig.Echo();
  const std::int64_t proof_ns = rig.clock.WallNs();
  CHECK(rig.world.All<GapFound>() ==
        std::vector<GapFound>{{1, {before_ns, proof_ns, GapReason::kNotRunning, Repair::kPending, 0}}});
  rig.world.TakeAsked();
  rig.Pass(2 * kSecondNs);
  CHECK(rig.world.TakeAsked() == Asked{"show"});
  CHECK(rig.world.show_starts == std::vector<std::int64_t>{before_ns - 5 * kSecondNs});

  SUBCASE("a record at or after the marker ends it") {
    rig.ShowSays(LineKind::kHeartbeat, R"({"bootUUID":"A","machTimestamp":5,"timestamp":"2026-01-01 00:00:00+0000","eventMessage":"sbtuned heartbeat 17 old 9","processID":17})");
    rig.ShowSays(LineKind::kRecord, R"({"bootUUID":"B","machTimestamp":999,"timestamp":"2030-01-01 00:00:00+0000"})");
    CHECK(rig.world.All<GapSettled>().empty());
    rig.ShowSays(LineKind::kRecord, R"({"bootUUID":"B","machTimestamp":1000,"timestamp":"2030-01-01 00:00:00+0000"})");
    CHECK(rig.world.All<GapSettled>() == std::vector<GapSettled>{{1, Repair::kBackfilled}});
    CHECK(rig.world.TakeAsked() == Asked{"stop show"});
  }
  SUBCASE("ticks of another boot do not end it") {
    rig.ShowSays(LineKind::kRecord, R"({"bootUUID":"A","machTimestamp":99999999,"timestamp":"2030-01-01 00:00:00+0000"})");
    CHECK(rig.world.All<GapSettled>().empty());
  }
  SUBCASE("a log that no longer holds the marker at its beginning has expired") {
    rig.ShowSays(LineKind::kHeartbeat, rig.HeartbeatLine(1));
    CHECK(rig.world.All<GapSettled>() == std::vector<GapSettled>{{1, Repair::kExpired}});
  }
  SUBCASE("finished short of the marker is asked once more, then believed") {
    rig.ShowSays(LineKind::kFinished, "");
    rig.supervisor.OnShowEnded({}, "");
    CHECK(rig.world.All<GapSettled>().empty());
    rig.Pass(3 * kSecondNs);
    CHECK(rig.world.TakeAsked() == Asked{"show"});
    rig.ShowSays(LineKind::kFinished, "");
    rig.supervisor.OnShowEnded({}, "");
    CHECK(rig.world.All<GapSettled>() == std::vector<GapSettled>{{1, Repair::kBackfilled}});
  }
  SUBCASE("without the finished record it is repeated, ever more slowly, and then given up") {
    for (int i = 0; i < 5; ++i) {
      CHECK(rig.world.All<GapSettled>().empty());
      rig.supervisor.OnShowEnded({}, "");
      for (int j = 0; j < 10; ++j) {  // the stream itself is well
        rig.Pass(20 * kSecondNs);
        rig.Echo();
      }
    }
    CHECK(rig.world.All<GapSettled>() == std::vector<GapSettled>{{1, Repair::kFailed}});
    CHECK(rig.world.show_starts.size() == 5);
  }
}

TEST_CASE("gaps that an earlier run left open are read again together with ours") {
  Rig rig;
  const std::int64_t now_ns = rig.clock.WallNs();
  rig.supervisor.Start(ResumePoint{now_ns - 60 * kSecondNs, ""},
                       {{now_ns - 500 * kSecondNs, now_ns - 400 * kSecondNs, GapReason::kDropMarker, Repair::kPending, 0}});
  rig.Echo();
  rig.Pass(3 * kSecondNs);
  CHECK(rig.world.show_starts == std::vector<std::int64_t>{now_ns - 505 * kSecondNs});
  rig.ShowSays(LineKind::kFinished, "");
  rig.supervisor.OnShowEnded({}, "");
  rig.Pass(3 * kSecondNs);
  rig.ShowSays(LineKind::kFinished, "");
  rig.supervisor.OnShowEnded({}, "");
  CHECK(rig.world.All<GapSettled>() ==
        std::vector<GapSettled>{{1, Repair::kBackfilled}, {2, Repair::kBackfilled}});
}

TEST_CASE("the child's end is a gap, and restarts back off from one second to a minute") {
  Rig rig;
  rig.Attach();
  const std::int64_t proof_ns = rig.clock.WallNs();
  rig.supervisor.OnStreamEnded({.code = 1, .signal = 0}, "log: connection lost\n");
  CHECK(rig.world.LastState() == State{StateKind::kDegraded, "the log tool ended (exit 1): log: connection lost"});
  std::vector<std::int64_t> pauses_s;
  for (int i = 0; i < 9; ++i) {
    const std::int64_t before_ns = rig.clock.MonotonicNs();
    pauses_s.push_back((*rig.supervisor.NextTimerNs() - before_ns) / kMillisecondNs);
    rig.clock.Advance(*rig.supervisor.NextTimerNs() - before_ns);
    rig.supervisor.OnTimer();
    rig.supervisor.OnStreamEnded({.code = 1, .signal = 0}, "");
  }
  // Random() is 0 here: the longest of the jitter's range, a quarter more.
  CHECK(pauses_s == std::vector<std::int64_t>{1250, 2500, 5000, 10000, 20000, 40000, 75000, 75000, 75000});
  rig.Pass(76 * kSecondNs);
  rig.Echo();
  const auto gaps = rig.world.All<GapFound>();
  REQUIRE(gaps.size() == 1);
  CHECK(gaps[0].gap == Gap{proof_ns, rig.clock.WallNs(), GapReason::kStreamEnded, Repair::kPending, 0});
}

TEST_CASE("jitter keeps within a quarter of the pause on both sides") {
  for (const std::uint64_t random : {std::uint64_t{0}, std::uint64_t{1} << 29, ~std::uint64_t{0}}) {
    struct Dice final : Ports {
      World inner;
      std::uint64_t value = 0;
      std::optional<Failure> Preflight() override { return std::nullopt; }
      base::Status StartStream() override { return base::Fail("no"); }
      void StopStream() override {}
      base::Status StartShow(const ShowRange&, const std::vector<pid_t>&) override { return {}; }
      void StopShow() override {}
      std::string NewHeartbeat() override { return ""; }
      bool WriteHeartbeat(std::string_view) override { return true; }
      std::uint64_t Random() override { return value; }
      void Publish(LiveEvent) override {}
    } dice;
    dice.value = random;
    Settings settings;
    test::FakeClock clock;
    Supervisor supervisor(settings, clock, dice, kOwnPid);
    supervisor.Start(std::nullopt, {});
    const std::int64_t pause_ns = *supervisor.NextTimerNs() - clock.MonotonicNs();
    CAPTURE(random);
    CHECK(pause_ns >= kSecondNs * 3 / 4);
    CHECK(pause_ns <= kSecondNs * 5 / 4);
  }
}

TEST_CASE("two markers that do not come back mean a stalled stream, which is killed and started again") {
  Rig rig;
  rig.Attach();
  const std::int64_t proof_ns = rig.clock.WallNs();
  rig.Pass(24 * kSecondNs);
  CHECK(rig.world.TakeAsked() == Asked{"heartbeat"});
  rig.Pass(2 * kSecondNs);
  CHECK(rig.world.TakeAsked() == Asked{"heartbeat"});  // the first is missed
  rig.Pass(4 * kSecondNs);
  CHECK(rig.world.TakeAsked() == Asked{"stop stream"});
  CHECK(rig.world.LastState() == State{StateKind::kDegraded, "the log stream stalled"});
  rig.Pass(2 * kSecondNs);
  CHECK(rig.world.TakeAsked().front() == "stream");
  rig.Echo();
  CHECK(rig.world.All<GapFound>().back().gap ==
        Gap{proof_ns, rig.clock.WallNs(), GapReason::kMissedHeartbeat, Repair::kPending, 0});
}

TEST_CASE("a marker that comes late is not a miss") {
  Rig rig;
  rig.Attach();
  rig.Pass(26 * kSecondNs);  // one missed, a second one sent
  rig.supervisor.OnStreamLine(LineKind::kHeartbeat, rig.HeartbeatLine(rig.world.heartbeats - 1));
  rig.Echo();
  rig.world.TakeAsked();
  rig.Pass(15 * kSecondNs);
  CHECK(rig.world.TakeAsked() == Asked{});
  CHECK(rig.world.All<State>().empty());
}

TEST_CASE("a stream that never shows our marker is tried again") {
  Rig rig;
  rig.supervisor.Start(std::nullopt, {});
  rig.Pass(15 * kSecondNs);
  CHECK(rig.world.LastState() == State{StateKind::kDegraded, "the log stream did not show our own marker"});
  CHECK(rig.world.asked.back() == "stop stream");
}

TEST_CASE("what only the user can change is not tried again until asked") {
  Rig rig;
  rig.Attach();
  rig.supervisor.OnStreamEnded({.code = 77, .signal = 0}, "log: Must be admin to run 'stream' command");
  CHECK(rig.world.LastState().kind == StateKind::kUnavailable);
  CHECK_FALSE(rig.supervisor.NextTimerNs().has_value());
  rig.supervisor.Retry();
  CHECK(rig.world.TakeAsked() == Asked{"stream", "heartbeat"});
  rig.Echo();
  CHECK(rig.world.LastState().kind == StateKind::kLive);
  CHECK(rig.world.All<GapFound>().size() == 1);
}

TEST_CASE("a failed preflight is the state's reason") {
  Rig rig;
  rig.world.preflight = Failure{Remedy::kUserMustAct, "no"};
  rig.supervisor.Start(std::nullopt, {});
  CHECK(rig.world.LastState() == State{StateKind::kUnavailable, "no"});
  CHECK(rig.world.TakeAsked() == Asked{});
}

TEST_CASE("drop markers, loss events and our own overflow become gaps that end at the next marker") {
  struct Row {
    void (*lose)(Supervisor&);
    GapReason reason;
    std::uint64_t lost;
  };
  for (const Row& row : {Row{[](Supervisor& s) { s.OnStreamLine(LineKind::kDropMarker, ""); }, GapReason::kDropMarker, 0},
                         Row{[](Supervisor& s) { s.OnStreamLine(LineKind::kLossEvent, ""); }, GapReason::kLossEvent, 0},
                         Row{[](Supervisor& s) { s.OnLinesDropped(70); }, GapReason::kQueueFull, 210}}) {
    Rig rig;
    rig.Attach();
    const std::int64_t proof_ns = rig.clock.WallNs();
    rig.Pass(3 * kSecondNs);
    for (int i = 0; i < 3; ++i) row.lose(rig.supervisor);
    rig.Pass(0);
    CHECK(rig.world.TakeAsked() == Asked{"heartbeat"});  // asked for at once, once
    rig.Echo();
    CHECK(rig.world.All<GapFound>() ==
          std::vector<GapFound>{{1, {proof_ns, rig.clock.WallNs(), row.reason, Repair::kPending, row.lost}}});
    CHECK(rig.world.All<State>().empty());
    rig.Pass(3 * kSecondNs);
    CHECK(rig.world.TakeAsked() == Asked{"show"});
  }
}

TEST_CASE("a flood of drop markers does not become a flood of markers and readings") {
  Rig rig;
  rig.Attach();
  int shows = 0, heartbeats = 0;
  for (int i = 0; i < 600; ++i) {  // a minute of it
    rig.supervisor.OnStreamLine(LineKind::kDropMarker, "");
    rig.Pass(100 * kMillisecondNs);
    for (const std::string& what : rig.world.TakeAsked()) {
      shows += what == "show";
      heartbeats += what == "heartbeat";
      if (what == "heartbeat") rig.Echo();
      if (what == "show") {
        rig.ShowSays(LineKind::kFinished, "");
        rig.supervisor.OnShowEnded({}, "");
      }
    }
  }
  CHECK(heartbeats <= 61);
  CHECK(shows <= 31);
}

TEST_CASE("an over-long line is a gap that nothing repairs") {
  Rig rig;
  rig.Attach();
  const std::int64_t proof_ns = rig.clock.WallNs();
  rig.clock.Advance(kSecondNs);
  rig.supervisor.OnOverlongLines(2);
  CHECK(rig.world.All<GapFound>() ==
        std::vector<GapFound>{{1, {proof_ns, rig.clock.WallNs(), GapReason::kOverlongLine, Repair::kImpossible, 2}}});
}

TEST_CASE("a clock that was set back is a gap of its own") {
  Rig rig;
  const std::int64_t future_ns = rig.clock.WallNs() + 3600 * kSecondNs;
  rig.supervisor.Start(ResumePoint{future_ns, ""}, {});
  rig.Echo();
  CHECK(rig.world.All<GapFound>() ==
        std::vector<GapFound>{{1, {rig.clock.WallNs(), future_ns, GapReason::kClockChanged, Repair::kImpossible, 0}}});
}

TEST_CASE("without a way to write markers the stream works, degraded and saying so") {
  Rig rig;
  rig.world.can_write = false;
  const std::int64_t before_ns = rig.clock.WallNs() - 10 * kSecondNs;
  rig.supervisor.Start(ResumePoint{before_ns, ""}, {});
  rig.supervisor.OnStreamLine(LineKind::kNoise, "Filtering the log data using \"…\"");
  CHECK(rig.world.LastState() ==
        State{StateKind::kDegraded, "this system cannot write markers, so nothing proves that no record is missing"});
  CHECK(rig.world.All<GapFound>().size() == 1);
  rig.Pass(3 * kSecondNs);
  rig.ShowSays(LineKind::kFinished, "");
  rig.supervisor.OnShowEnded({}, "");
  CHECK(rig.world.All<GapSettled>() == std::vector<GapSettled>{{1, Repair::kBackfilled}});
  CHECK_FALSE(rig.supervisor.NextTimerNs().has_value());  // nothing wakes us but the log
}

TEST_CASE("a reading that is stuck is ended and repeated") {
  Rig rig;
  rig.supervisor.Start(ResumePoint{rig.clock.WallNs() - kSecondNs, ""}, {});
  rig.Echo();
  for (int i = 0; i < 40; ++i) {
    rig.Pass(15 * kSecondNs);
    rig.Echo();
    rig.Pass(6 * kSecondNs);
    rig.Echo();
  }
  int shows = 0, stops = 0;
  for (const std::string& what : rig.world.asked) {
    shows += what == "show";
    stops += what == "stop show";
  }
  CHECK(shows == 2);
  CHECK(stops == 1);
}
