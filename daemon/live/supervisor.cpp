#include "daemon/live/supervisor.h"

#include <algorithm>

#include <fmt/format.h>

namespace sbtune::live {
namespace {

constexpr std::size_t kMaxUnanswered = 64;
constexpr int kMissedLimit = 2;
// Markers that prove the end of a loss are not sent more often than this.
constexpr std::int64_t kProofSpacingNs = base::kSecondNs;
// A stream that lived so long was a good one: its end starts the back-off anew.
constexpr std::int64_t kGoodLifeNs = 60 * base::kSecondNs;
// A clock that differs by less than this between two runs was adjusted, not set back.
constexpr std::int64_t kClockSlackNs = 5 * base::kSecondNs;

}  // namespace

Supervisor::Supervisor(const Settings& settings, const base::Clock& clock, Ports& ports, pid_t own_pid)
    : settings_(settings), clock_(clock), ports_(ports), own_pid_(own_pid), backfill_(settings) {}

void Supervisor::Start(std::optional<ResumePoint> resume, const std::vector<Gap>& pending) {
  SBTUNE_ASSERT(phase_ == Phase::kStopped);
  proven_ = std::move(resume);
  if (proven_) OpenHole(GapReason::kNotRunning, 0);
  for (const Gap& gap : pending) {
    backfill_.Add({.gap_id = ++last_gap_id_,
                   .from_ns = gap.from_ns,
                   .proof = {},
                   .until = {.boot = {}, .mach = 0, .wall_ns = gap.to_ns}},
                  clock_.MonotonicNs());
  }
  Launch();
}

void Supervisor::Retry() {
  if (phase_ != Phase::kUnavailable) return;
  failures_ = 0;
  Launch();
}

void Supervisor::Stop() {
  if (phase_ == Phase::kAttaching || phase_ == Phase::kAttached) ports_.StopStream();
  if (backfill_.running()) {
    ports_.StopShow();
    backfill_.Abandon(clock_.MonotonicNs());
  }
  phase_ = Phase::kStopped;
}

void Supervisor::Launch() {
  sent_.clear();
  missed_ = 0;
  if (const std::optional<Failure> failure = ports_.Preflight()) {
    if (failure->remedy == Remedy::kUserMustAct) return GiveUp(failure->reason);
    return RetryLater(failure->reason);
  }
  // What went wrong before tells more than that it is tried again.
  if (!state_ || state_->kind != StateKind::kDegraded) SetState(StateKind::kDegraded, "starting the log stream");
  if (const base::Status started = ports_.StartStream(); !started) return RetryLater(started.error().message);
  const std::int64_t now_ns = clock_.MonotonicNs();
  phase_ = Phase::kAttaching;
  markers_work_ = true;
  attach_deadline_ns_ = now_ns + settings_.attach_limit_ns;
  SendHeartbeat();
}

void Supervisor::GiveUp(const std::string& reason) {
  phase_ = Phase::kUnavailable;
  SetState(StateKind::kUnavailable, reason);
}

void Supervisor::RetryLater(const std::string& reason) {
  std::int64_t pause_ns = settings_.backoff_min_ns << std::min(failures_, 20);
  pause_ns = std::min(pause_ns, settings_.backoff_max_ns);
  ++failures_;
  // Up to a quarter more or less, so that many Macs that lost the log at one moment do not come back at one moment.
  pause_ns += pause_ns / 4 - static_cast<std::int64_t>(ports_.Random() % (static_cast<std::uint64_t>(pause_ns) / 2 + 1));
  phase_ = Phase::kWaiting;
  retry_ns_ = clock_.MonotonicNs() + pause_ns;
  SetState(StateKind::kDegraded, reason);
}

// The stream is gone or of no use. What was proven last begins the gap.
void Supervisor::Lose(GapReason reason, const Failure& failure) {
  OpenHole(reason, 0);
  if (phase_ == Phase::kAttached && clock_.MonotonicNs() - attached_ns_ >= kGoodLifeNs) failures_ = 0;
  if (failure.remedy == Remedy::kUserMustAct) return GiveUp(failure.reason);
  RetryLater(failure.reason);
}

// A loss is told some time after it happened, and our marker may have come through in between: the gap begins one
// proof earlier than the last.
void Supervisor::OnStreamLine(LineKind kind, std::string_view line) {
  switch (kind) {
    case LineKind::kHeartbeat: OnEcho(HeartbeatOf(line)); break;
    case LineKind::kDropMarker:
      OpenHoleFrom(proven_before_, GapReason::kDropMarker, 0);
      AskForProofSoon();
      break;
    case LineKind::kLossEvent:
      OpenHoleFrom(proven_before_, GapReason::kLossEvent, 0);
      AskForProofSoon();
      break;
    case LineKind::kRecord:
    case LineKind::kFinished:
    case LineKind::kNoise: break;
  }
  if (markers_work_) return;
  // Without markers the first line is all the proof there is, and the records themselves move the resume point.
  const std::int64_t now_ns = clock_.MonotonicNs();
  Mark mark = kind == LineKind::kRecord ? MarkOf(line) : Mark{};
  mark.mach = 0;
  if (mark.wall_ns == 0) mark.wall_ns = clock_.WallNs();
  if (phase_ == Phase::kAttaching || hole_ || now_ns >= next_heartbeat_ns_) {
    next_heartbeat_ns_ = now_ns + settings_.heartbeat_ns;
    Proven(mark, "", 0);
  }
}

void Supervisor::OnEcho(const HeartbeatLine& heartbeat) {
  if (heartbeat.pid != own_pid_) return;  // anyone can log such a text, nobody can log it with our pid
  const auto sent = std::find_if(sent_.begin(), sent_.end(),
                                 [&](const Sent& candidate) { return candidate.message == heartbeat.message; });
  if (sent == sent_.end()) return;
  const std::int64_t latency_ns = clock_.MonotonicNs() - sent->at_ns;
  sent_.erase(sent_.begin(), sent + 1);
  missed_ = 0;
  Proven(heartbeat.mark, heartbeat.message, latency_ns);
}

void Supervisor::Proven(const Mark& mark, const std::string& proof, std::int64_t latency_ns) {
  if (phase_ == Phase::kAttaching) {
    phase_ = Phase::kAttached;
    attached_ns_ = clock_.MonotonicNs();
    sent_.clear();
    next_heartbeat_ns_ = attached_ns_ + settings_.heartbeat_ns;
  }
  if (hole_) CloseHole(mark);
  proven_before_ = proven_ ? proven_ : std::optional(ResumePoint{.wall_ns = mark.wall_ns, .heartbeat = proof});
  proven_ = ResumePoint{.wall_ns = mark.wall_ns, .heartbeat = proof};
  ports_.Publish(Progress{.point = *proven_, .latency_ns = latency_ns});
  if (markers_work_) {
    SetState(StateKind::kLive, "");
  } else {
    SetState(StateKind::kDegraded, "this system cannot write markers, so nothing proves that no record is missing");
  }
}

void Supervisor::OnStreamEnded(base::ExitStatus status, std::string_view stderr_text) {
  if (phase_ != Phase::kAttaching && phase_ != Phase::kAttached) return;
  Lose(GapReason::kStreamEnded, ClassifyExit(status, stderr_text));
}

void Supervisor::OnLinesDropped(std::uint64_t count) {
  OpenHole(GapReason::kQueueFull, count);
  AskForProofSoon();
}

void Supervisor::OnOverlongLines(std::uint64_t count) {
  const std::int64_t now_wall_ns = clock_.WallNs();
  ports_.Publish(GapFound{++last_gap_id_,
                          {.from_ns = proven_ ? std::min(proven_->wall_ns, now_wall_ns) : now_wall_ns,
                           .to_ns = now_wall_ns,
                           .reason = GapReason::kOverlongLine,
                           .repair = Repair::kImpossible,
                           .lost_lines = count}});
}

// Before anything was ever proven there is nothing that could be lost.
void Supervisor::OpenHole(GapReason reason, std::uint64_t lost_lines) { OpenHoleFrom(proven_, reason, lost_lines); }

void Supervisor::OpenHoleFrom(const std::optional<ResumePoint>& proof, GapReason reason, std::uint64_t lost_lines) {
  if (!hole_ && proof) {
    hole_ = Hole{.from_ns = proof->wall_ns, .proof = proof->heartbeat, .reason = reason, .lost_lines = 0};
  }
  if (hole_) hole_->lost_lines += lost_lines;
}

void Supervisor::CloseHole(const Mark& mark) {
  const Hole hole = *hole_;
  hole_.reset();
  Gap gap{.from_ns = hole.from_ns,
          .to_ns = mark.wall_ns,
          .reason = hole.reason,
          .repair = Repair::kPending,
          .lost_lines = hole.lost_lines};
  if (gap.from_ns > gap.to_ns + kClockSlackNs) {
    gap = {gap.to_ns, gap.from_ns, GapReason::kClockChanged, Repair::kImpossible, gap.lost_lines};
  }
  if (gap.from_ns > gap.to_ns) std::swap(gap.from_ns, gap.to_ns);
  ports_.Publish(GapFound{++last_gap_id_, gap});
  if (gap.repair == Repair::kPending) {
    backfill_.Add({.gap_id = last_gap_id_, .from_ns = gap.from_ns, .proof = hole.proof, .until = mark},
                  clock_.MonotonicNs());
  }
}

void Supervisor::AskForProofSoon() {
  if (phase_ != Phase::kAttached || !markers_work_ || !sent_.empty()) return;
  next_heartbeat_ns_ =
      std::min(next_heartbeat_ns_, std::max(clock_.MonotonicNs(), last_heartbeat_ns_ + kProofSpacingNs));
}

void Supervisor::SendHeartbeat() {
  const std::int64_t now_ns = clock_.MonotonicNs();
  last_heartbeat_ns_ = now_ns;
  next_heartbeat_ns_ = now_ns + (phase_ == Phase::kAttaching ? settings_.starting_heartbeat_ns : settings_.heartbeat_ns);
  std::string message = ports_.NewHeartbeat();
  markers_work_ = ports_.WriteHeartbeat(message);
  if (!markers_work_) return;
  if (sent_.size() == kMaxUnanswered) sent_.erase(sent_.begin());
  sent_.push_back({std::move(message), now_ns});
}

void Supervisor::CheckHeartbeats(std::int64_t now_ns) {
  if (phase_ == Phase::kAttaching) {
    if (markers_work_ && now_ns >= attach_deadline_ns_) {
      ports_.StopStream();
      return Lose(GapReason::kMissedHeartbeat, {Remedy::kRetry, "the log stream did not show our own marker"});
    }
    if (markers_work_ && now_ns >= next_heartbeat_ns_) SendHeartbeat();
    return;
  }
  if (phase_ != Phase::kAttached || !markers_work_) return;
  if (!sent_.empty() && now_ns >= sent_.back().at_ns + settings_.heartbeat_limit_ns) {
    if (++missed_ >= kMissedLimit) {
      ports_.StopStream();
      return Lose(GapReason::kMissedHeartbeat, {Remedy::kRetry, "the log stream stalled"});
    }
    SendHeartbeat();
  } else if (sent_.empty() && now_ns >= next_heartbeat_ns_) {
    SendHeartbeat();
  }
}

void Supervisor::OnShowLine(LineKind kind, std::string_view line) {
  show_activity_ns_ = clock_.MonotonicNs();
  if (!backfill_.OnLine(kind, line)) return;
  ports_.StopShow();
  SettleShow(ShowEnd::kEnded);
}

void Supervisor::OnShowEnded(base::ExitStatus status, std::string_view) {
  const bool clean = status == base::ExitStatus{};
  SettleShow(clean ? ShowEnd::kEnded : ShowEnd::kFailed);
}

void Supervisor::OnShowHeldBack() { show_activity_ns_ = clock_.MonotonicNs(); }

void Supervisor::SettleShow(ShowEnd how) {
  for (GapSettled& settled : backfill_.End(how, clock_.MonotonicNs())) ports_.Publish(std::move(settled));
}

// Only while attached: live first, so that nothing is missed between the reading's end and the stream.
void Supervisor::RunBackfill(std::int64_t now_ns) {
  if (backfill_.running()) {
    if (now_ns < show_activity_ns_ + settings_.show_limit_ns) return;
    ports_.StopShow();
    return SettleShow(ShowEnd::kFailed);
  }
  if (phase_ != Phase::kAttached) return;
  const std::optional<ShowRange> range = backfill_.Begin(now_ns);
  if (!range) return;
  show_activity_ns_ = now_ns;
  std::vector<pid_t> pids = backfill_.ProofPids();
  const auto own_pid = static_cast<pid_t>(own_pid_);
  if (std::find(pids.begin(), pids.end(), own_pid) == pids.end()) pids.push_back(own_pid);
  if (!ports_.StartShow(*range, pids)) SettleShow(ShowEnd::kFailed);
}

void Supervisor::OnTimer() {
  const std::int64_t now_ns = clock_.MonotonicNs();
  if (phase_ == Phase::kWaiting && now_ns >= retry_ns_) Launch();
  CheckHeartbeats(now_ns);
  RunBackfill(now_ns);
}

std::optional<std::int64_t> Supervisor::NextTimerNs() const {
  std::optional<std::int64_t> next;
  const auto consider = [&](std::int64_t at_ns) { next = next ? std::min(*next, at_ns) : at_ns; };
  switch (phase_) {
    case Phase::kStopped: return std::nullopt;
    case Phase::kUnavailable: break;
    case Phase::kWaiting: consider(retry_ns_); break;
    case Phase::kAttaching:
      if (markers_work_) consider(std::min(next_heartbeat_ns_, attach_deadline_ns_));
      break;
    case Phase::kAttached:
      if (markers_work_) consider(sent_.empty() ? next_heartbeat_ns_ : sent_.back().at_ns + settings_.heartbeat_limit_ns);
      if (const auto at_ns = backfill_.NextNs()) consider(*at_ns);
      break;
  }
  if (backfill_.running()) consider(show_activity_ns_ + settings_.show_limit_ns);
  return next;
}

void Supervisor::SetState(StateKind kind, std::string reason) {
  State state{kind, std::move(reason)};
  if (state_ == state) return;
  state_ = state;
  ports_.Publish(std::move(state));
}

}  // namespace sbtune::live
