#include "daemon/live/event.h"

#include <array>
#include <utility>

namespace sbtune::live {
namespace {

constexpr std::array<std::pair<GapReason, std::string_view>, 8> kReasons = {{
    {GapReason::kNotRunning, "not-running"},
    {GapReason::kDropMarker, "drop-marker"},
    {GapReason::kLossEvent, "loss-event"},
    {GapReason::kStreamEnded, "stream-ended"},
    {GapReason::kMissedHeartbeat, "missed-heartbeat"},
    {GapReason::kOverlongLine, "overlong-line"},
    {GapReason::kQueueFull, "queue-full"},
    {GapReason::kClockChanged, "clock-changed"},
}};

constexpr std::array<std::pair<Repair, std::string_view>, 5> kRepairs = {{
    {Repair::kPending, "pending"},
    {Repair::kBackfilled, "backfilled"},
    {Repair::kExpired, "expired"},
    {Repair::kFailed, "failed"},
    {Repair::kImpossible, "impossible"},
}};

template <typename Table, typename Value>
std::string_view NameIn(const Table& table, Value value) {
  for (const auto& [key, name] : table) {
    if (key == value) return name;
  }
  return "";
}

template <typename Value, typename Table>
std::optional<Value> ValueIn(const Table& table, std::string_view wanted) {
  for (const auto& [key, name] : table) {
    if (name == wanted) return key;
  }
  return std::nullopt;
}

}  // namespace

std::string_view Name(GapReason reason) { return NameIn(kReasons, reason); }
std::string_view Name(Repair repair) { return NameIn(kRepairs, repair); }
std::optional<GapReason> GapReasonFromName(std::string_view name) { return ValueIn<GapReason>(kReasons, name); }
std::optional<Repair> RepairFromName(std::string_view name) { return ValueIn<Repair>(kRepairs, name); }

std::string_view Name(StateKind kind) {
  switch (kind) {
    case StateKind::kLive: return "live";
    case StateKind::kDegraded: return "degraded";
    case StateKind::kUnavailable: return "unavailable";
  }
  return "degraded";
}

}  // namespace sbtune::live
