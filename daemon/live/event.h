// What a live source tells its consumer, in order: lines of the log, gaps, how far everything is delivered, state.
//
//   for (live::LiveEvent& event : source.Take()) std::visit(handler, event);
//
// A gap is data: a stretch of time in which records may be missing, with the reason and what was done about it.
// Whoever shows denials must not call them complete while an unrepaired gap lies in the same stretch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sbtune::live {

enum class GapReason : std::uint8_t {
  kNotRunning,       // between the last proof of a former run and this run's first
  kDropMarker,       // `log` said that it dropped messages
  kLossEvent,        // a lossEvent record
  kStreamEnded,      // the child process ended
  kMissedHeartbeat,  // our own marker did not come back: a stalled stream, a sleep, a restarted diagnosticd
  kOverlongLine,     // a line beyond the limit was skipped
  kQueueFull,        // we could not keep up
  kClockChanged,     // the wall clock was set back past the last proof
};

enum class Repair : std::uint8_t {
  kPending,     // a back-fill is still to come
  kBackfilled,  // `log show` returned everything that it still has; best effort, so not "complete"
  kExpired,     // the log no longer reaches back to the beginning of the gap
  kFailed,      // `log show` failed again and again
  kImpossible,  // nothing can bring it back
};

[[nodiscard]] std::string_view Name(GapReason reason);  // "not-running", "drop-marker", …
[[nodiscard]] std::string_view Name(Repair repair);     // "pending", "backfilled", …
[[nodiscard]] std::optional<GapReason> GapReasonFromName(std::string_view name);
[[nodiscard]] std::optional<Repair> RepairFromName(std::string_view name);

struct Gap {
  std::int64_t from_ns = 0;  // wall clock, both ends inclusive
  std::int64_t to_ns = 0;
  GapReason reason = GapReason::kNotRunning;
  Repair repair = Repair::kPending;
  std::uint64_t lost_lines = 0;  // as far as known; 0: unknown
  bool operator==(const Gap&) const = default;
};

// Everything before this moment was delivered, or lies in a gap that was published earlier. To be stored together
// with what came before it, and handed back when the source starts again.
struct ResumePoint {
  std::int64_t wall_ns = 0;
  std::string heartbeat;  // the text of the marker that proved it; empty where there is no marker
  bool operator==(const ResumePoint&) const = default;
};

enum class Origin : std::uint8_t { kStream, kBackfill };

struct Lines {
  Origin origin = Origin::kStream;
  std::uint64_t count = 0;
  std::string bytes;  // whole lines with their newlines; banners and blank ones among them
};
struct GapFound {
  std::uint64_t id = 0;  // of this source, from 1
  Gap gap;
  bool operator==(const GapFound&) const = default;
};
struct GapSettled {
  std::uint64_t id = 0;
  Repair repair = Repair::kPending;
  bool operator==(const GapSettled&) const = default;
};
struct Progress {
  ResumePoint point;
  std::int64_t latency_ns = 0;  // from writing the marker to reading it
  bool operator==(const Progress&) const = default;
};

enum class StateKind : std::uint8_t {
  kLive,         // the stream is attached, and a marker proved it
  kDegraded,     // working on it, or working without proof
  kUnavailable,  // nothing to try until the configuration or the account changes
};
[[nodiscard]] std::string_view Name(StateKind kind);

struct State {
  StateKind kind = StateKind::kDegraded;
  std::string reason;  // one sentence without full stop; empty when live
  bool operator==(const State&) const = default;
};

using LiveEvent = std::variant<Lines, GapFound, GapSettled, Progress, State>;

}  // namespace sbtune::live
