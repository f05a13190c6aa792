#include "daemon/live/backfill.h"

#include <algorithm>
#include <charconv>

namespace sbtune::live {
namespace {

constexpr std::int64_t kStampSlackNs = 50 * base::kMillisecondNs;

}  // namespace

std::optional<pid_t> HeartbeatPid(std::string_view message) {
  constexpr std::string_view kStart = "sbtuned heartbeat ";
  if (!message.starts_with(kStart)) return std::nullopt;
  message.remove_prefix(kStart.size());
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(message.data(), message.data() + message.size(), pid);
  if (error != std::errc() || pid <= 0) return std::nullopt;
  return pid;
}

void Backfill::Add(Stretch stretch, std::int64_t now_ns) {
  if (stretches_.empty()) next_ns_ = now_ns + settings_.show_pause_ns;
  stretches_.push_back(std::move(stretch));
}

std::optional<std::int64_t> Backfill::NextNs() const {
  if (running_ || stretches_.empty()) return std::nullopt;
  return next_ns_;
}

std::optional<ShowRange> Backfill::Begin(std::int64_t now_ns) {
  if (running_ || stretches_.empty() || now_ns < next_ns_) return std::nullopt;
  ShowRange range{.from_ns = stretches_.front().from_ns, .to_ns = 0, .archive = {}};
  bool open_end = false;
  for (const Stretch& stretch : stretches_) {
    range.from_ns = std::min(range.from_ns, stretch.from_ns);
    range.to_ns = std::max(range.to_ns, stretch.until.wall_ns);
    // With markers the reading goes on until it meets one at or after the end mark, and needs no end of its own.
    open_end |= stretch.until.wall_ns == 0 || stretch.until.mach != 0;
  }
  if (open_end) range.to_ns = 0;
  range.from_ns = std::max<std::int64_t>(range.from_ns - settings_.overlap_ns, 1);
  running_ = true;
  in_reading_ = stretches_.size();
  reached_ = finished_ = false;
  markers_seen_.clear();
  return range;
}

// A tick count means something only within one boot. Where the boot is not known, the wall clock must agree, but for
// the few milliseconds by which `stream` and `show` stamp the same record differently.
bool Backfill::Reached(const Mark& mark) const {
  if (mark.mach == 0) return false;
  return std::all_of(stretches_.begin(), stretches_.begin() + static_cast<std::ptrdiff_t>(in_reading_),
                     [&](const Stretch& stretch) {
                       const Mark& until = stretch.until;
                       return until.mach != 0 && mark.boot == until.boot && mark.mach >= until.mach &&
                              (!until.boot.empty() || mark.wall_ns + kStampSlackNs >= until.wall_ns);
                     });
}

bool Backfill::OnLine(LineKind kind, std::string_view line) {
  if (!running_) return false;
  if (kind == LineKind::kFinished) finished_ = true;
  if (kind == LineKind::kHeartbeat) markers_seen_.push_back(HeartbeatOf(line).message);
  if (kind == LineKind::kHeartbeat || kind == LineKind::kRecord) reached_ = reached_ || Reached(MarkOf(line));
  // A reading that came out beyond the end mark at once may have begun too late: only a marker tells, ours at the end
  // mark at the latest, where markers are kept at all.
  return reached_ && (!markers_seen_.empty() || !NeedsProof());
}

bool Backfill::NeedsProof() const {
  return std::any_of(stretches_.begin(), stretches_.begin() + static_cast<std::ptrdiff_t>(in_reading_),
                     [](const Stretch& stretch) { return !stretch.proof.empty(); });
}

// A stretch whose first marker is missing, in a reading that did return markers, begins before what the log keeps.
std::vector<GapSettled> Backfill::Settle() {
  std::vector<GapSettled> settled;
  for (std::size_t i = 0; i < in_reading_; ++i) {
    const Stretch& stretch = stretches_[i];
    const bool proof_seen = std::find(markers_seen_.begin(), markers_seen_.end(), stretch.proof) != markers_seen_.end();
    const bool expired = !stretch.proof.empty() && !proof_seen && !markers_seen_.empty();
    settled.push_back({stretch.gap_id, expired ? Repair::kExpired : Repair::kBackfilled});
  }
  stretches_.erase(stretches_.begin(), stretches_.begin() + static_cast<std::ptrdiff_t>(in_reading_));
  return settled;
}

void Backfill::Again(std::int64_t now_ns) {
  next_ns_ = now_ns + (settings_.show_pause_ns << std::min(failures_, 6));
}

std::vector<GapSettled> Backfill::End(ShowEnd how, std::int64_t now_ns) {
  if (!running_) return {};
  running_ = false;
  const bool mark_wanted = std::any_of(stretches_.begin(), stretches_.begin() + static_cast<std::ptrdiff_t>(in_reading_),
                                       [](const Stretch& stretch) { return stretch.until.mach != 0; });
  std::vector<GapSettled> settled;
  if (reached_ || (how == ShowEnd::kEnded && finished_ && (!mark_wanted || asked_again_))) {
    settled = Settle();
    failures_ = 0;
    asked_again_ = false;
  } else if (how == ShowEnd::kEnded && finished_) {
    asked_again_ = true;  // what was logged last may not be on disk yet
  } else if (++failures_ >= settings_.show_attempts) {
    for (std::size_t i = 0; i < in_reading_; ++i) settled.push_back({stretches_[i].gap_id, Repair::kFailed});
    stretches_.erase(stretches_.begin(), stretches_.begin() + static_cast<std::ptrdiff_t>(in_reading_));
    failures_ = 0;
  }
  in_reading_ = 0;
  Again(now_ns);
  return settled;
}

void Backfill::Abandon(std::int64_t now_ns) {
  running_ = false;
  in_reading_ = 0;
  Again(now_ns);
}

std::vector<pid_t> Backfill::ProofPids() const {
  std::vector<pid_t> pids;
  for (const Stretch& stretch : stretches_) {
    const auto pid = HeartbeatPid(stretch.proof);
    if (pid && std::find(pids.begin(), pids.end(), *pid) == pids.end()) pids.push_back(*pid);
  }
  return pids;
}

}  // namespace sbtune::live
