// What `sbtune status` shows: the daemon's own words, and what the database knows of gaps and how far the log was
// read. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sql/store/live_book.h"

namespace sbtune::cli {

struct StatusFacts {
  std::string daemon_json;        // reply to `status`; empty: it does not run
  std::string daemon_error;       // why there is no reply
  std::string database;
  std::uint64_t database_bytes = 0;  // with its write-ahead log; 0: not there
  std::optional<store::Cursor> cursor;
  std::vector<store::GapCount> gap_counts;
  std::vector<store::StoredGap> gaps;  // the newest that may still hide something, newest first
  std::string database_error;     // why the database was not read; empty: it was
  std::int64_t now_ns = 0;
};

// {"schema":"sbtune.status/1","running":…,"database":…,"cursor":{"time","age_s"}|null,
//  "gaps":{"counts":[{"repair","gaps","lost_lines"}],"open":[GAP]},"daemon":{…}|null,"error":…|null}
[[nodiscard]] std::string StatusJson(const StatusFacts& facts);
[[nodiscard]] std::string StatusText(const StatusFacts& facts);

enum class Health { kGood, kDegraded, kNotRunning };
[[nodiscard]] Health HealthOf(const StatusFacts& facts);

}  // namespace sbtune::cli
