// What a stretch of a log says, made ready for the store on any thread: records folded into groups and hours, their
// identities as sorted keys. No allocation a record once its buffers have grown; strings are kept once a group.
//
//   store::Evidence evidence;
//   evidence.Begin(origin);
//   for (…) evidence.Add(record);   // RecordView; its views may die afterwards
//   evidence.Seal(scratch);         // then hand it to Import::Commit
//
// Reused from stretch to stretch. Knows nothing of the database; what was met before is decided by the ledger.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/access/record.h"
#include "sql/store/group_table.h"

namespace sbtune::store {

inline constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t kNoHour = -1;
inline constexpr std::int64_t kHourNs = 3'600'000'000'000;
inline constexpr std::int64_t kDayNs = 24 * kHourNs;

// One record. Denials and allows are plain; duplicates and reports have more to say, in `rare`.
struct Entry {
  std::uint64_t key;     // see key_run.h
  std::int64_t time_ns;  // or kNoTime
  std::uint32_t group;   // index; the highest bit says: rare
  std::uint32_t extra;   // plain: the twin (sightings.h), or 0; rare: index of the RareEntry
};
inline constexpr std::uint32_t kRareBit = 1u << 31;

struct RareEntry {
  access::RecordKind kind = access::RecordKind::kDuplicate;  // or kReport
  std::uint64_t duplicates = 0;
  std::uint32_t twin = 0;  // of a report; see sightings.h; 0: it can meet no denial
};

// Counts of one group in one hour. There may be several for the same hour; they add up.
struct Cell {
  std::uint32_t group = 0;
  std::int64_t hour = kNoHour;
  std::uint64_t count = 0;
  std::uint64_t duplicates = 0;
  std::int64_t first_ns = kNoTime;
  std::int64_t last_ns = kNoTime;
};
void Widen(Cell& cell, std::int64_t time_ns);
[[nodiscard]] std::int64_t HourOf(std::int64_t time_ns);

// Entries [begin, end) can only meet keys of the same lane and slab; see the table key_runs.
struct Section {
  std::int64_t lane = 0;
  std::int64_t slab = 0;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::int64_t low = 0;  // time; of other lanes: byte offset
  std::int64_t high = 0;
};
inline constexpr std::int64_t kTimedLane = 0;
inline constexpr std::int64_t kUntimedSlab = -1;

// Of what was added, before anything is known about earlier records.
struct RecordCounts {
  std::uint64_t records = 0;
  std::uint64_t denials = 0;
  std::uint64_t allows = 0;
  std::uint64_t duplicate_records = 0;
  std::uint64_t duplicates = 0;  // the sum that these name
  std::uint64_t reports = 0;
  std::uint64_t untrusted = 0;
  std::uint64_t ambiguous = 0;

  RecordCounts& operator+=(const RecordCounts& other);
  bool operator==(const RecordCounts&) const = default;
};

class Evidence {
 public:
  // `origin` tells inputs that begin differently apart (any hash of the first line, not 0).
  void Begin(std::uint64_t origin);
  void Add(const access::RecordView& record);  // of kind kOther: ignored
  void Seal(std::vector<Entry>& scratch);      // scratch: any buffer, kept by the caller for the next time

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::size_t memory() const;  // bytes in use, about
  [[nodiscard]] const RecordCounts& counts() const { return counts_; }

  // After Seal. Entries are sorted by section, then by key.
  [[nodiscard]] std::span<const Entry> entries() const { return entries_; }
  [[nodiscard]] std::span<const Section> sections() const { return sections_; }
  [[nodiscard]] std::span<const Cell> cells() const { return cells_; }  // reports left out
  [[nodiscard]] const RareEntry& Rare(const Entry& entry) const { return rare_[entry.extra]; }
  [[nodiscard]] const GroupTable& groups() const { return groups_; }
  [[nodiscard]] std::string_view sightings() const { return sightings_; }  // see sightings.h
  [[nodiscard]] std::int64_t first_ns() const { return first_ns_; }        // of all records; kNoTime: none has one
  [[nodiscard]] std::int64_t last_ns() const { return last_ns_; }

  [[nodiscard]] bool has_events() const { return has_events_; }            // some identity is of kind kEvent

  // Cells and sightings of those entries only for which is_new (parallel to entries()) is set.
  void Fold(std::span<const std::uint8_t> is_new);

 private:
  void SortIntoSections(std::vector<Entry>& scratch);
  [[nodiscard]] Section PlaceOf(const Entry& entry) const;

  std::uint64_t origin_ = 1;
  RecordCounts counts_;
  std::vector<Entry> entries_;
  std::vector<RareEntry> rare_;
  std::vector<Section> sections_;
  std::vector<Cell> cells_;
  std::vector<std::uint32_t> current_cell_;  // of each group: index + 1 into cells_
  GroupTable groups_;
  std::string sightings_;
  std::int64_t first_ns_ = kNoTime;
  std::int64_t last_ns_ = kNoTime;
  std::int64_t first_place_ = 0;  // byte offsets of the records that are known by their place
  std::int64_t last_place_ = -1;
  bool has_events_ = false;
};

}  // namespace sbtune::store
