// The storing thread: takes what the live source reads, stores it, and puts it out for those who watch. A store that
// cannot be written for a while (a full disk, another writer) is tried again; meanwhile the source's queue fills,
// and what it drops becomes a gap.
//
//   Worker worker(parts); worker.Start(settings); … worker.Stop(4 * base::kSecondNs);
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "core/base/clock.h"
#include "core/base/descriptor.h"
#include "core/base/log.h"
#include "daemon/live/source.h"
#include "daemon/pipeline/live_recorder.h"
#include "daemon/service/outbox.h"
#include "daemon/service/status.h"

namespace sbtune::service {

struct WorkerSettings {
  live::Settings source;
  std::string heartbeat_file;  // empty: the system's log
  bool operator==(const WorkerSettings&) const = default;
};

class Worker {
 public:
  Worker(pipeline::LiveRecorder& recorder, Outbox& outbox, StatusBoard& board, base::Log& log,
         const base::Clock& clock);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void Start(const WorkerSettings& settings);
  // Ends the source and stores what it still had, at most for so long; what is left then is read again next time.
  void Stop(std::int64_t limit_ns);
  // Goes on with these settings: stops and starts again where they differ, else only tries again what was given up.
  void Continue(const WorkerSettings& settings);
  // What is kept, looked after at the first sign of life and then every hour. Any thread, at any time.
  void SetRetention(const store::Retention& retention);
  // Of the running source; on the thread that starts and stops it.
  [[nodiscard]] live::Counters source_counters() const { return source_ ? source_->counters() : live::Counters{}; }

 private:
  void Run(live::LiveSource& source);
  [[nodiscard]] bool Store(std::vector<live::LiveEvent>& events);
  void Note(const std::vector<live::LiveEvent>& events);
  void LogState(const live::State& state);
  void PruneIfDue(const std::vector<live::LiveEvent>& events);

  pipeline::LiveRecorder& recorder_;
  Outbox& outbox_;
  StatusBoard& board_;
  base::Log& log_;
  const base::Clock& clock_;
  WorkerSettings settings_;
  base::SystemLauncher launcher_;
  std::unique_ptr<live::HeartbeatWriter> heartbeats_;
  std::unique_ptr<live::LiveSource> source_;
  std::thread thread_;
  base::Pipe wake_;
  std::atomic<std::int64_t> stop_by_ns_ = 0;  // 0: not asked
  std::atomic<std::int64_t> keep_days_ = 0, keep_bytes_ = 0;
  std::atomic<std::int64_t> next_prune_ns_ = 0;
};

}  // namespace sbtune::service
