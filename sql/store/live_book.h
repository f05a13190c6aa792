// What the store remembers of the live log beside its records: how far it was read, the gaps, and the newest
// records one by one (counts are kept by the hour; a list of single denials exists only here, and not for long).
//
//   store::LiveBook book(store, "log");
//   import->Commit(batch, {.in_transaction = [&] { return book.KeepCursor(cursor, now_ns); }});
//
// The writing members run inside the caller's transaction, so that a cursor never gets ahead of its records.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "sql/store/store.h"

namespace sbtune::store {

struct Cursor {
  std::int64_t time_ns = 0;  // of the log's own clock
  std::string proof;         // the marker that came back; empty: none
  bool operator==(const Cursor&) const = default;
};

struct StoredGap {
  std::int64_t id = 0;
  std::int64_t from_ns = 0;
  std::int64_t to_ns = 0;
  std::string reason;  // words of daemon/live/event.h
  std::string repair;
  std::uint64_t lost_lines = 0;  // 0: unknown
  bool operator==(const StoredGap&) const = default;
};

struct GapCount {
  std::string repair;
  std::uint64_t gaps = 0;
  std::uint64_t lost_lines = 0;
  bool operator==(const GapCount&) const = default;
};

class LiveBook {
 public:
  // `source` tells several logs apart; there is one on a Mac.
  LiveBook(Store& store, std::string source) : store_(store), source_(std::move(source)) {}

  [[nodiscard]] base::Result<std::optional<Cursor>> LoadCursor();
  [[nodiscard]] base::Status KeepCursor(const Cursor& cursor, std::int64_t now_ns);

  [[nodiscard]] base::Result<std::int64_t> AddGap(const StoredGap& gap);  // its id; that of `gap` is ignored
  [[nodiscard]] base::Status SettleGap(std::int64_t id, std::string_view repair);
  [[nodiscard]] base::Result<std::vector<StoredGap>> GapsWith(std::string_view repair, int limit);  // oldest first
  [[nodiscard]] base::Result<std::vector<StoredGap>> GapsSince(std::int64_t since_ns, int limit);   // newest first
  [[nodiscard]] base::Result<std::vector<GapCount>> CountGaps();

  // Records are numbered from 1 for ever, `keep` of them stay.
  [[nodiscard]] base::Result<std::uint64_t> LastSeq();
  [[nodiscard]] base::Status AddRecent(std::uint64_t first_seq, std::uint64_t last_seq, std::int64_t high_ns,
                                       std::string_view json_lines, std::uint64_t keep);
  // Blocks that hold records at or after `since_ns`, none that begins after `up_to_seq`.
  [[nodiscard]] base::Status VisitRecent(
      std::int64_t since_ns, std::uint64_t up_to_seq,
      const std::function<void(std::uint64_t first_seq, std::uint64_t last_seq, std::string_view json_lines)>& visit);

 private:
  Store& store_;
  std::string source_;
};

}  // namespace sbtune::store
