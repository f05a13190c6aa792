// What `sbtune status` shows, as the daemon knows it: a snapshot, and its JSON.
//
//   {"daemon":{"version","pid","since"}, "state":{"state","reason","since"},
//    "source":{"tool","restarts","stream_lines","backfill_lines","dropped_lines","overlong_lines","last_proof",
//              "latency_ms"},
//    "records":{"read","denials","duplicates","allows","reports","untrusted","ambiguous","already_known","unknown",
//               "last","last_minute"},
//    "gaps":{"found","open","lost_lines"}, "store":{"path","bytes","error"},
//    "clients":{"connected","watching","cut_off","refused"}}
//
// Times are UTC texts, or null. Counts are since the daemon's start. What is stored of gaps and the cursor, `status`
// reads from the database itself, so that it can tell them without a daemon too.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <string>

#include "daemon/live/event.h"
#include "daemon/live/source.h"
#include "daemon/pipeline/live_recorder.h"
#include "daemon/service/server.h"

namespace sbtune::service {

// Events of the last minute, by the second.
class MinuteMeter {
 public:
  void Add(std::uint64_t count, std::int64_t now_ns);
  [[nodiscard]] std::uint64_t Count(std::int64_t now_ns) const;

 private:
  struct Second {
    std::int64_t number = -1;
    std::uint64_t count = 0;
  };
  std::array<Second, 60> seconds_{};
};

struct Status {
  live::State state{live::StateKind::kDegraded, "starting"};
  std::int64_t state_since_ns = 0;
  std::int64_t last_proof_ns = 0;  // 0: none yet
  std::int64_t latency_ns = 0;
  pipeline::RecorderTotals records;
  std::uint64_t gaps_found = 0;
  std::uint64_t gaps_open = 0;  // found and not yet settled
  std::uint64_t lost_lines = 0;
  std::string store_error;  // why storing fails at the moment
  MinuteMeter minute;
};

// Shared by the storing and the serving thread.
class StatusBoard {
 public:
  template <typename Change>
  void Update(Change change) {
    const std::lock_guard lock(mutex_);
    change(status_);
  }
  [[nodiscard]] Status Get() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }

 private:
  mutable std::mutex mutex_;
  Status status_;
};

struct DaemonFacts {
  std::string version;
  pid_t pid = 0;
  std::int64_t since_ns = 0;
  std::string tool;
  std::string database;
  live::Counters source;  // so far, whether it is stored or not
};

[[nodiscard]] std::string ToJson(const Status& status, const DaemonFacts& facts, const ClientCounts& clients,
                                 std::int64_t monotonic_ns);

}  // namespace sbtune::service
