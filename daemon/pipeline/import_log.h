// One log into the store. The way of a denial, in one place:
//
//   ChunkReader  bytes -> chunks of whole records           (one thread at a time)
//   ChunkParser  chunk -> records                           (on every core)
//   Evidence     records -> counts by group and hour, keys  (on every core)
//   Import       what was not met before -> the database    (one thread at a time, one transaction a batch)
//
//   base::Result<pipeline::LogSummary> summary = pipeline::ImportLog(*reader, *import, clock, {}, on_progress);
//
// The order in which chunks reach the database does not matter: whatever is counted, is counted by its identity.
// Memory is bounded by the batch and chunk sizes, whatever the size of the log.
#pragma once

#include <cstdint>
#include <functional>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "daemon/ingest/chunk.h"
#include "daemon/pipeline/input_kind.h"
#include "sql/store/import.h"

namespace sbtune::pipeline {

struct ImportOptions {
  std::size_t workers = 0;                       // 0: one a core
  std::size_t batch_bytes = 8u << 20;            // parsed records are handed on when they take this much memory
  std::int64_t commit_ns = base::kSecondNs;      // and committed when this much time has passed since the last time
};

struct ImportProgress {
  std::uint64_t bytes = 0;
  std::uint64_t total_bytes = 0;  // 0: unknown
  std::uint64_t records = 0;
};

struct LogSummary {
  InputKind kind = InputKind::kLog;
  store::ImportTotals totals;
  std::uint64_t lines = 0;
  std::uint64_t skipped = 0;  // over-long lines
  std::uint64_t bytes = 0;
};

// Reads to the end and, if it was a log, finishes the import. `on_progress` is called now and then, from any thread, never by two at
// once. On an error, what was committed before stays.
[[nodiscard]] base::Result<LogSummary> ImportLog(ingest::ChunkReader& reader, store::Import& import,
                                                 const base::Clock& clock, const ImportOptions& options,
                                                 const std::function<void(const ImportProgress&)>& on_progress);

}  // namespace sbtune::pipeline
