#include "daemon/live/source.h"

#include <poll.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <fmt/format.h>

#include <mutex>

#include "tests/support/fake_launcher.h"

using namespace sbtune;
using namespace sbtune::live;
using base::kMillisecondNs;
using base::kSecondNs;

namespace {

// Answers every marker through the played stream, as logd would; from the test's thread, which alone writes there.
struct Echoing final : HeartbeatWriter {
  test::FakeLauncher& launcher;
  std::mutex mutex;
  std::vector<std::string> waiting;
  std::uint64_t mach = 100;
  explicit Echoing(test::FakeLauncher& the_launcher) : launcher(the_launcher) {}
  bool Write(std::string_view message) override {
    const std::lock_guard lock(mutex);
    waiting.emplace_back(message);
    return true;
  }
  void Answer(test::FakeProcess& stream) {
    const std::lock_guard lock(mutex);
    for (const std::string& message : std::exchange(waiting, {})) {
      ++mach;
      stream.Say(fmt::format("{{\"bootUUID\":\"B\",\"machTimestamp\":{},\"timestamp\":\"2026-01-01 00:00:{:02}+0000\","
                             "\"processID\":{},\"eventMessage\":\"{}\"}}\n",
                             mach, mach % 60, ::getpid(), message));
    }
  }
};

struct Rig {
  test::FakeLauncher launcher;
  Echoing heartbeats{launcher};
  base::SystemClock clock;
  Settings settings;
  std::unique_ptr<LiveSource> source;
  std::vector<LiveEvent> events;

  Rig() {
    settings.backoff_min_ns = kMillisecondNs;
    settings.starting_heartbeat_ns = 5 * kMillisecondNs;
    settings.show_pause_ns = kMillisecondNs;
  }
  void Start(std::optional<ResumePoint> resume = std::nullopt) {
    source = std::make_unique<LiveSource>(
        settings, Parts{launcher, heartbeats, clock, [] { return std::optional<Failure>(); }});
    source->Start(std::move(resume), {});
  }
  // The running stream, if there is one.
  test::FakeProcess* Stream() {
    for (std::size_t i = launcher.count(); i-- > 0;) {
      test::FakeProcess& process = launcher.process(i);
      if (process.spec.argv.at(1) == "stream") return process.status() ? nullptr : &process;
    }
    return nullptr;
  }
  // Takes until `done`, at most 10 s.
  template <typename Done>
  void Until(Done done) {
    const std::int64_t deadline_ns = clock.MonotonicNs() + 10 * kSecondNs;
    while (!done()) {
      REQUIRE_MESSAGE(clock.MonotonicNs() < deadline_ns, "nothing happened for 10 s");
      pollfd wait = {source->ready_fd(), POLLIN, 0};
      ::poll(&wait, 1, 5);
      if (!source->Take(events)) break;
      if (test::FakeProcess* stream = Stream()) heartbeats.Answer(*stream);
    }
  }
  std::string Text(Origin origin) const {
    std::string text;
    for (const LiveEvent& event : events) {
      if (const Lines* lines = std::get_if<Lines>(&event); lines && lines->origin == origin) text += lines->bytes;
    }
    return text;
  }
  template <typename Event>
  std::size_t Count() const {
    std::size_t count = 0;
    for (const LiveEvent& event : events) count += std::holds_alternative<Event>(event);
    return count;
  }
  bool IsLive() const {
    for (auto event = events.rbegin(); event != events.rend(); ++event) {
      if (const State* state = std::get_if<State>(&*event)) return state->kind == StateKind::kLive;
    }
    return false;
  }
};

}  // namespace

TEST_CASE("records arrive whole and in order, and what is not a record does not") {
  Rig rig;
  rig.Start();
  rig.Until([&] { return rig.IsLive(); });
  test::FakeProcess& stream = rig.launcher.process(0);
  stream.Say("Filtering the log data using \"x\"\n\n{\"a\":1}\n{\"b\"");
  stream.Say(":2}\n{\"cut");
  rig.Until([&] { return rig.Text(Origin::kStream).size() >= 16; });
  CHECK(rig.Text(Origin::kStream) == "{\"a\":1}\n{\"b\":2}\n");
  rig.source->Stop(0);
  CHECK(rig.source->counters().stream_lines == 2);
}

TEST_CASE("a stop lets the child say what it still has") {
  Rig rig;
  rig.launcher.signals_end = false;
  rig.Start();
  rig.Until([&] { return rig.IsLive(); });
  rig.launcher.process(0).Say("{\"last\":1}\n");
  rig.launcher.process(0).End({});
  rig.source->Stop(kSecondNs);
  rig.Until([] { return false; });
  CHECK(rig.Text(Origin::kStream) == "{\"last\":1}\n");
}

TEST_CASE("the end of the child leads to a restart, a gap, and a back-fill of it") {
  Rig rig;
  rig.Start();
  rig.Until([&] { return rig.IsLive(); });
  rig.launcher.process(0).Complain("log: lost it\n");
  rig.launcher.process(0).End({.code = 1, .signal = 0});
  rig.Until([&] { return rig.Count<GapFound>() == 1 && rig.launcher.count() == 3; });
  CHECK(rig.launcher.process(1).spec.argv.at(1) == "stream");
  test::FakeProcess& show = rig.launcher.process(2);
  CHECK(show.spec.argv.at(1) == "show");
  show.Say("{\"old\":1}\n{\"bootUUID\":\"B\",\"machTimestamp\":999,\"timestamp\":\"2030-01-01 00:00:00+0000\"}\n");
  show.Say("{\"count\":2,\"finished\":1}\n");
  show.End({});
  rig.Until([&] { return rig.Count<GapSettled>() == 1; });
  CHECK(rig.Text(Origin::kBackfill).starts_with("{\"old\":1}\n"));
  CHECK(rig.source->counters().restarts == 1);
  rig.Until([&] { return show.released(); });
}

TEST_CASE("a consumer that sleeps costs lines, which are counted as a gap, never memory or a blocked pipe") {
  Rig rig;
  rig.settings.queue_bytes = 1u << 20;
  rig.Start();
  rig.Until([&] { return rig.IsLive(); });
  const std::string line = "{\"x\":\"" + std::string(990, 'x') + "\"}\n";
  std::string block;
  for (int i = 0; i < 50; ++i) block += line;
  test::FakeProcess& stream = rig.launcher.process(0);
  for (int i = 0; i < 80; ++i) stream.Say(block);  // blocks when nobody drains the pipe
  rig.Until([&] { return rig.Count<GapFound>() == 1; });
  const Counters counters = rig.source->counters();
  CHECK(counters.dropped_lines > 0);
  rig.Until([&] { return rig.source->counters().stream_lines + rig.source->counters().dropped_lines == 4000; });
  for (const LiveEvent& event : rig.events) {
    if (const GapFound* found = std::get_if<GapFound>(&event)) CHECK(found->gap.reason == GapReason::kQueueFull);
  }
}

TEST_CASE("an over-long line is skipped, and the next one is not") {
  Rig rig;
  rig.Start();
  rig.Until([&] { return rig.IsLive(); });
  test::FakeProcess& stream = rig.launcher.process(0);
  const std::string piece(1u << 20, 'x');
  for (int i = 0; i < 11; ++i) stream.Say(piece);
  stream.Say("\n{\"after\":1}\n");
  rig.Until([&] { return !rig.Text(Origin::kStream).empty(); });
  CHECK(rig.Text(Origin::kStream) == "{\"after\":1}\n");
  CHECK(rig.source->counters().overlong_lines == 1);
  CHECK(rig.Count<GapFound>() == 1);
}

TEST_CASE("a tool that cannot be started is retried and its error shown") {
  Rig rig;
  rig.launcher.refuse = base::Error{"cannot start it"};
  rig.Start();
  rig.Until([&] { return rig.Count<State>() == 2; });
  CHECK(std::get<State>(rig.events.at(1)) == State{StateKind::kDegraded, "cannot start it"});
}
