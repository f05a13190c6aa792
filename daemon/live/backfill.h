// Which stretches of the log are still to be read again with `log show`, and how one reading goes. Pure: no
// process, no clock; the supervisor carries out what this decides.
//
//   backfill.Add({.gap_id = 1, .from_ns = …, .until = mark});
//   if (auto range = backfill.Begin(now)) StartShow(*range);
//   backfill.OnLine(kind, line) …; for (GapSettled settled : backfill.End(now, how)) Publish(settled);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/live/event.h"
#include "daemon/live/line.h"
#include "daemon/live/settings.h"

namespace sbtune::live {

struct Stretch {
  std::uint64_t gap_id = 0;
  std::int64_t from_ns = 0;
  std::string proof;  // the marker at the beginning: when it is gone, the log no longer reaches back that far
  Mark until;         // the marker at the end; mach 0: none, then only the finished record ends the reading
};

enum class ShowEnd : std::uint8_t { kEnded, kFailed };

class Backfill {
 public:
  explicit Backfill(const Settings& settings) : settings_(settings) {}

  void Add(Stretch stretch, std::int64_t now_ns);
  // One reading for everything that waits, when its time has come. Times are monotonic.
  [[nodiscard]] std::optional<ShowRange> Begin(std::int64_t now_ns);
  // When Begin is worth calling next; absent while a reading runs or nothing waits.
  [[nodiscard]] std::optional<std::int64_t> NextNs() const;

  // A line of the running reading; true when it has reached the end mark and may be stopped.
  bool OnLine(LineKind kind, std::string_view line);
  // The running reading is over. Empty: it will be repeated.
  [[nodiscard]] std::vector<GapSettled> End(ShowEnd how, std::int64_t now_ns);
  // Forgets the running reading without a verdict; it will be repeated.
  void Abandon(std::int64_t now_ns);

  [[nodiscard]] bool running() const { return running_; }
  [[nodiscard]] bool waiting() const { return !stretches_.empty(); }
  // Pids of earlier runs whose markers the readings look for.
  [[nodiscard]] std::vector<pid_t> ProofPids() const;

 private:
  [[nodiscard]] bool Reached(const Mark& mark) const;
  [[nodiscard]] bool NeedsProof() const;
  [[nodiscard]] std::vector<GapSettled> Settle();
  void Again(std::int64_t now_ns);

  const Settings& settings_;
  std::vector<Stretch> stretches_;
  std::size_t in_reading_ = 0;  // the first so many belong to the running reading
  bool running_ = false;
  bool reached_ = false, finished_ = false;
  std::vector<std::string> markers_seen_;
  int failures_ = 0;
  bool asked_again_ = false;  // a reading that finished short of its mark is repeated once
  std::int64_t next_ns_ = 0;
};

// The PID of "sbtuned heartbeat PID NONCE NUMBER"; absent for other texts.
[[nodiscard]] std::optional<pid_t> HeartbeatPid(std::string_view message);

}  // namespace sbtune::live
