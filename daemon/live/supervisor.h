// The rules by which a live source is kept alive, as a state machine without I/O: start the stream, prove by our
// own marker that it is attached, notice when it stalls or ends, restart with back-off, turn every loss into a gap,
// and read gaps again with `log show`. LiveSource carries out what it asks for; tests play the system.
//
//   waiting -> attaching -> attached -> (lost) waiting …        unavailable: only Start leads out
//
// Times given to it are the clock's monotonic ones; times inside events are the log's own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/subprocess.h"
#include "daemon/live/backfill.h"
#include "daemon/live/event.h"
#include "daemon/live/failure.h"
#include "daemon/live/line.h"
#include "daemon/live/settings.h"

namespace sbtune::live {

// What the supervisor asks of the world.
class Ports {
 public:
  virtual ~Ports() = default;
  [[nodiscard]] virtual std::optional<Failure> Preflight() = 0;  // absent: all is well
  [[nodiscard]] virtual base::Status StartStream() = 0;
  virtual void StopStream() = 0;  // kills it; OnStreamEnded does not follow
  [[nodiscard]] virtual base::Status StartShow(const ShowRange& range, const std::vector<pid_t>& marker_pids) = 0;
  virtual void StopShow() = 0;
  // A fresh marker of this process, not guessable before it is written.
  [[nodiscard]] virtual std::string NewHeartbeat() = 0;
  // False where this system has no way to write one.
  [[nodiscard]] virtual bool WriteHeartbeat(std::string_view message) = 0;
  [[nodiscard]] virtual std::uint64_t Random() = 0;
  virtual void Publish(LiveEvent event) = 0;
};

class Supervisor {
 public:
  Supervisor(const Settings& settings, const base::Clock& clock, Ports& ports, pid_t own_pid);

  // `pending` are the gaps of earlier runs that still wait for their back-fill; they get the ids 1, 2, … in order.
  void Start(std::optional<ResumePoint> resume, const std::vector<Gap>& pending);
  void Stop();
  // Leads out of unavailable; otherwise nothing.
  void Retry();

  // A line of the stream, of any kind, after the lines before it were published.
  void OnStreamLine(LineKind kind, std::string_view line);
  void OnStreamEnded(base::ExitStatus status, std::string_view stderr_text);
  // Lines of the stream that we could not keep.
  void OnLinesDropped(std::uint64_t count);
  void OnOverlongLines(std::uint64_t count);

  void OnShowLine(LineKind kind, std::string_view line);
  void OnShowEnded(base::ExitStatus status, std::string_view stderr_text);
  void OnShowHeldBack();  // it has more to say, but we do not listen at the moment

  // Whether OnStreamLine must be told of plain records too, each after what was before it.
  [[nodiscard]] bool NeedsRecords() const { return !markers_work_; }

  void OnTimer();
  [[nodiscard]] std::optional<std::int64_t> NextTimerNs() const;

 private:
  enum class Phase : std::uint8_t { kStopped, kWaiting, kAttaching, kAttached, kUnavailable };
  struct Sent {
    std::string message;
    std::int64_t at_ns = 0;
  };
  struct Hole {  // a gap whose end is not known yet
    std::int64_t from_ns = 0;
    std::string proof;
    GapReason reason = GapReason::kNotRunning;
    std::uint64_t lost_lines = 0;
  };

  void Launch();
  void Lose(GapReason reason, const Failure& failure);
  void GiveUp(const std::string& reason);
  void RetryLater(const std::string& reason);
  void SendHeartbeat();
  void OnEcho(const HeartbeatLine& heartbeat);
  void Proven(const Mark& mark, const std::string& proof, std::int64_t latency_ns);
  void CheckHeartbeats(std::int64_t now_ns);
  void OpenHole(GapReason reason, std::uint64_t lost_lines);
  void OpenHoleFrom(const std::optional<ResumePoint>& proof, GapReason reason, std::uint64_t lost_lines);
  void CloseHole(const Mark& mark);
  void AskForProofSoon();
  void RunBackfill(std::int64_t now_ns);
  void SettleShow(ShowEnd how);
  void SetState(StateKind kind, std::string reason);

  const Settings& settings_;
  const base::Clock& clock_;
  Ports& ports_;
  const std::int64_t own_pid_;

  Phase phase_ = Phase::kStopped;
  std::optional<State> state_;
  std::optional<ResumePoint> proven_;  // the last marker that came back, of this run or the one before
  std::optional<ResumePoint> proven_before_;  // the one before that
  std::optional<Hole> hole_;
  std::uint64_t last_gap_id_ = 0;
  Backfill backfill_;

  bool markers_work_ = true;
  std::vector<Sent> sent_;  // not back yet, oldest first
  int missed_ = 0;
  std::int64_t last_heartbeat_ns_ = 0;
  std::int64_t next_heartbeat_ns_ = 0;
  std::int64_t attach_deadline_ns_ = 0;
  std::int64_t attached_ns_ = 0;
  std::int64_t retry_ns_ = 0;
  int failures_ = 0;
  std::int64_t show_activity_ns_ = 0;
};

}  // namespace sbtune::live
