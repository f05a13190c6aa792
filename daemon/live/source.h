// The live log: keeps a `log stream` child running and proven, reads its gaps again, and hands everything over in
// order. One thread of its own reads, so the pipe is drained whatever the consumer does; a consumer that falls
// behind by more than `queue_bytes` loses lines, which become a gap that is read again later.
//
//   live::LiveSource source(settings, {launcher, heartbeats, clock});
//   source.Start(resume, pending_gaps);
//   while (source.Take(events)) { for (LiveEvent& event : events) …; events.clear(); poll(source.ready_fd()); }
//
// Used by the daemon, by `sbtune watch` without a daemon and by `sbtune run`.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "core/base/clock.h"
#include "core/base/subprocess.h"
#include "daemon/live/event.h"
#include "daemon/live/event_queue.h"
#include "daemon/live/failure.h"
#include "daemon/live/heartbeat.h"
#include "daemon/live/settings.h"

namespace sbtune::live {

struct Parts {
  base::Launcher& launcher;
  HeartbeatWriter& heartbeats;
  const base::Clock& clock;
  std::function<std::optional<Failure>()> preflight;  // empty: Judge(Inspect(tool))
};

struct Counters {
  std::uint64_t stream_lines = 0;    // handed over
  std::uint64_t backfill_lines = 0;
  std::uint64_t dropped_lines = 0;   // no room in the queue
  std::uint64_t overlong_lines = 0;
  std::uint64_t restarts = 0;        // of the stream, the first start not counted
};

class LiveSource {
 public:
  LiveSource(Settings settings, Parts parts);
  ~LiveSource();  // stops at once
  LiveSource(const LiveSource&) = delete;
  LiveSource& operator=(const LiveSource&) = delete;

  void Start(std::optional<ResumePoint> resume, std::vector<Gap> pending);
  // Tries again when the state is unavailable, because the configuration changed.
  void Retry();
  // Asks the child to end and reads what it still says, for at most `drain_ns`; then Take returns what is left.
  void Stop(std::int64_t drain_ns);

  // The consumer's side; see EventQueue.
  bool Take(std::vector<LiveEvent>& events, std::size_t max_bytes = 1u << 20);
  [[nodiscard]] int ready_fd() const { return queue_.ready_fd(); }
  [[nodiscard]] Counters counters() const;  // any thread

 private:
  class Loop;
  const Settings settings_;
  EventQueue queue_;
  std::unique_ptr<Loop> loop_;
  std::thread thread_;
};

}  // namespace sbtune::live
