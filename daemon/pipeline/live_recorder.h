// The live log into the store: what LiveSource hands over becomes counts, gaps and a cursor, in one transaction, and
// comes back as the records that counted, for whoever watches.
//
//   Lines -> ChunkParser -> Evidence -> Import::Commit { gaps, cursor, newest records } -> Recorded
//
//   LiveRecorder recorder(store, clock, {.host = "mac"});
//   source.Start(recorder.Resume()->point, recorder.Resume()->pending);
//   base::Result<Recorded> done = recorder.Record(events);   // after an error: the same events again
//
// A record that comes twice (from `stream` and from `show`, or before and after a crash) counts once, because the
// store knows its identity; a record without one cannot be told from its repetition and is only counted as unknown.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "daemon/ingest/chunk.h"
#include "daemon/live/event.h"
#include "daemon/pipeline/twin_filter.h"
#include "daemon/protocol/message.h"
#include "sql/store/import.h"
#include "sql/store/live_book.h"
#include "sql/store/retention.h"
#include "sql/store/store.h"

namespace sbtune::pipeline {

inline constexpr const char* kLiveSource = "log";  // the name of the system's log among cursors and gaps

struct RecorderSettings {
  std::string host;                       // of this machine; part of the runs' names
  std::uint64_t recent_records = 20'000;  // kept one by one
};

struct LiveResume {
  std::optional<live::ResumePoint> point;
  std::vector<live::Gap> pending;
};

struct Recorded {
  std::vector<protocol::LiveRecord> records;  // those that counted, in the log's order
  std::vector<protocol::GapEvent> gaps;       // found, or settled in another way than before
  std::vector<protocol::StateEvent> states;
};

struct RecorderTotals {
  store::RecordCounts read;
  std::uint64_t already_known = 0;
  std::uint64_t unknown = 0;  // lines of no form that we know, or without an identity
  std::uint64_t commits = 0;
  std::int64_t last_record_ns = 0;  // 0: none
  std::uint64_t last_seq = 0;
};

class LiveRecorder {
 public:
  LiveRecorder(store::Store& store, const base::Clock& clock, RecorderSettings settings);

  // How far the last run came, and which of its gaps still wait. To be called before a source starts.
  [[nodiscard]] base::Result<LiveResume> Resume();
  [[nodiscard]] base::Result<Recorded> Record(std::span<const live::LiveEvent> events);
  // Forgets what is too old or too much, between two calls of Record.
  [[nodiscard]] base::Result<store::Pruned> Prune(const store::Retention& retention);
  // How many records are kept one by one from now on. Any thread.
  void KeepRecent(std::uint64_t records) { recent_records_ = records; }
  [[nodiscard]] const RecorderTotals& totals() const { return totals_; }

 private:
  struct Work;
  void Read(const live::Lines& lines, Work& work);
  void Choose(const store::Evidence& evidence, std::span<const std::uint8_t> is_new, Work& work);
  [[nodiscard]] base::Status Keep(Work& work);
  [[nodiscard]] base::Status KeepGaps(Work& work);
  [[nodiscard]] base::Status KeepRecent(Work& work);
  [[nodiscard]] store::Import& CurrentImport();

  store::Store& store_;
  const base::Clock& clock_;
  RecorderSettings settings_;
  std::atomic<std::uint64_t> recent_records_;
  store::LiveBook book_;
  ingest::ChunkParser parser_;
  store::Evidence evidence_;
  std::vector<store::Entry> scratch_;
  std::optional<store::Import> import_;
  std::string import_day_;
  struct KnownGap {
    std::int64_t id = 0;  // in the store
    live::Gap gap;
  };
  std::map<std::uint64_t, KnownGap> gaps_;  // pending ones, by the source's numbers
  TwinFilter twins_;
  RecorderTotals totals_;
};

}  // namespace sbtune::pipeline
