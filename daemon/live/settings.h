// What a live source can be told; the defaults are what unified-log practice asks for. Tests shorten the times.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/clock.h"
#include "daemon/live/command.h"

namespace sbtune::live {

struct Settings {
  LogTool tool;
  std::int64_t starting_heartbeat_ns = base::kSecondNs / 4;  // between markers until the first comes back
  std::int64_t heartbeat_ns = 20 * base::kSecondNs;          // afterwards
  std::int64_t heartbeat_limit_ns = 5 * base::kSecondNs;     // a marker not back by then is missed
  std::int64_t attach_limit_ns = 15 * base::kSecondNs;       // no marker back since the start: try again
  std::int64_t backoff_min_ns = base::kSecondNs;
  std::int64_t backoff_max_ns = 60 * base::kSecondNs;
  std::int64_t overlap_ns = 5 * base::kSecondNs;   // a back-fill begins this much before the gap
  std::int64_t show_pause_ns = 2 * base::kSecondNs;    // before the first back-fill, and between two; doubled by failures
  std::int64_t show_limit_ns = 600 * base::kSecondNs;  // a `log show` that says nothing for so long is stuck
  int show_attempts = 5;
  std::size_t queue_bytes = 8u << 20;  // of lines not yet taken by the consumer

  bool operator==(const Settings&) const = default;
};

}  // namespace sbtune::live
