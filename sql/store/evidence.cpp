#include "sql/store/evidence.h"

#include <algorithm>
#include <utility>

#include "sql/store/key_run.h"
#include "sql/store/sightings.h"
#include "sql/store/sort.h"

namespace sbtune::store {
namespace {

// Both ends of a pair of twins compute the same: 32 bits over pid, operation, target; never 0.
std::uint32_t Twin(std::uint64_t access_hash, std::int64_t pid) {
  std::uint64_t x = access_hash ^ (static_cast<std::uint64_t>(pid) * 0x9E3779B97F4A7C15u);
  x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93u;
  const auto twin = static_cast<std::uint32_t>(x >> 32);
  return twin == 0 ? 1 : twin;
}

// An untrusted record must neither swallow a report that can be believed nor be merged into a denial.
std::uint32_t TwinOf(const access::RecordView& record, std::uint64_t access_hash) {
  const bool may = record.pid && record.time_ns && record.operation && record.action == access::Action::kDeny &&
                   record.provenance != access::Provenance::kUntrusted;
  return may ? Twin(access_hash, *record.pid) : 0;
}

}  // namespace

RecordCounts& RecordCounts::operator+=(const RecordCounts& other) {
  records += other.records;
  denials += other.denials;
  allows += other.allows;
  duplicate_records += other.duplicate_records;
  duplicates += other.duplicates;
  reports += other.reports;
  untrusted += other.untrusted;
  ambiguous += other.ambiguous;
  return *this;
}

std::int64_t HourOf(std::int64_t time_ns) { return time_ns == kNoTime ? kNoHour : time_ns / kHourNs; }

void Widen(Cell& cell, std::int64_t time_ns) {
  if (time_ns == kNoTime) return;
  if (cell.first_ns == kNoTime || time_ns < cell.first_ns) cell.first_ns = time_ns;
  if (time_ns > cell.last_ns) cell.last_ns = time_ns;
}

void Evidence::Begin(std::uint64_t origin) {
  origin_ = origin == 0 ? 1 : origin;
  counts_ = {};
  entries_.clear();
  rare_.clear();
  sections_.clear();
  cells_.clear();
  groups_.Clear();
  sightings_.clear();
  first_ns_ = kNoTime;
  last_ns_ = kNoTime;
  first_place_ = 0;
  last_place_ = -1;
  has_events_ = false;
}

void Evidence::Add(const access::RecordView& record) {
  using access::RecordKind;
  if (record.kind == RecordKind::kOther) return;
  GroupView group{.process = record.process.value_or(""), .operation = record.operation.value_or(""),
                  .target = record.target, .tag = record.tag, .action = record.action,
                  .provenance = record.provenance, .platform_policy = record.platform_policy,
                  .ambiguous = record.ambiguous};
  const std::uint64_t access_hash = HashAccess(group.operation, group.target);
  group.hash = HashGroup(group, access_hash);
  // A time before 1970 is a misread one; the record still counts.
  const std::int64_t time_ns = record.time_ns && *record.time_ns >= 0 ? *record.time_ns : kNoTime;
  Entry entry{.key = MakeKey(record.identity_low, record.identity_high, record.identity_kind),
              .time_ns = time_ns, .group = groups_.Intern(group).index, .extra = 0};

  if (time_ns != kNoTime) {
    first_ns_ = first_ns_ == kNoTime ? time_ns : std::min(first_ns_, time_ns);
    last_ns_ = std::max(last_ns_, time_ns);
  }
  if (record.identity_kind == access::IdentityKind::kPlace) {
    const auto offset = static_cast<std::int64_t>(record.offset);
    first_place_ = last_place_ < 0 ? offset : std::min(first_place_, offset);
    last_place_ = std::max(last_place_, offset);
  }
  has_events_ = has_events_ || record.identity_kind == access::IdentityKind::kEvent;
  ++counts_.records;
  counts_.untrusted += record.provenance == access::Provenance::kUntrusted ? 1 : 0;
  counts_.ambiguous += record.ambiguous ? 1 : 0;
  switch (record.kind) {
    case RecordKind::kDenial:
      ++counts_.denials;
      entry.extra = TwinOf(record, access_hash);
      break;
    case RecordKind::kAllow: ++counts_.allows; break;
    case RecordKind::kDuplicate:
    case RecordKind::kReport: {
      const bool report = record.kind == RecordKind::kReport;
      entry.group |= kRareBit;
      entry.extra = static_cast<std::uint32_t>(rare_.size());
      rare_.push_back({record.kind, report ? 0 : record.duplicates, report ? TwinOf(record, access_hash) : 0});
      counts_.duplicates += report ? 0 : record.duplicates;
      ++(report ? counts_.reports : counts_.duplicate_records);
      break;
    }
    case RecordKind::kOther: break;
  }
  entries_.push_back(entry);
}

void Evidence::Fold(std::span<const std::uint8_t> is_new) {
  cells_.clear();
  current_cell_.assign(groups_.size(), 0);
  SightingWriter sightings(sightings_);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (!is_new.empty() && is_new[i] == 0) continue;
    const Entry& entry = entries_[i];
    const std::uint32_t group = entry.group & ~kRareBit;
    const bool rare = group != entry.group;
    if (rare && Rare(entry).kind == access::RecordKind::kReport) continue;
    const std::int64_t hour = HourOf(entry.time_ns);
    std::uint32_t& current = current_cell_[group];
    if (current == 0 || cells_[current - 1].hour != hour) {
      cells_.push_back({.group = group, .hour = hour});
      current = static_cast<std::uint32_t>(cells_.size());
    }
    Cell& cell = cells_[current - 1];
    cell.count += rare ? 0 : 1;
    cell.duplicates += rare ? Rare(entry).duplicates : 0;
    Widen(cell, entry.time_ns);
    if (!rare && entry.extra != 0) sightings.Add(entry.extra, entry.time_ns);
  }
}

Section Evidence::PlaceOf(const Entry& entry) const {
  if (KindOfKey(entry.key) == access::IdentityKind::kPlace) {
    return {.lane = static_cast<std::int64_t>(origin_), .slab = 0, .low = first_place_, .high = last_place_};
  }
  if (entry.time_ns == kNoTime) return {.lane = kTimedLane, .slab = kUntimedSlab};
  return {.lane = kTimedLane, .slab = entry.time_ns / kDayNs, .low = entry.time_ns, .high = entry.time_ns};
}

void Evidence::SortIntoSections(std::vector<Entry>& scratch) {
  const auto place = [this](const Entry& entry) {
    const Section section = PlaceOf(entry);
    return std::pair(section.lane, section.slab);
  };
  const bool one_section = std::all_of(entries_.begin(), entries_.end(), [&, first = place(entries_[0])](
                                           const Entry& entry) { return place(entry) == first; });
  if (one_section) {
    SortByKey(entries_, scratch);
  } else {
    std::sort(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) {
      return std::pair(place(a), a.key) < std::pair(place(b), b.key);
    });
  }
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    const Section here = PlaceOf(entries_[i]);
    if (sections_.empty() || sections_.back().lane != here.lane || sections_.back().slab != here.slab) {
      sections_.push_back(here);
      sections_.back().begin = i;
    }
    Section& section = sections_.back();
    section.end = i + 1;
    section.low = std::min(section.low, here.low);
    section.high = std::max(section.high, here.high);
  }
}

std::size_t Evidence::memory() const {
  return entries_.size() * sizeof(Entry) + cells_.size() * sizeof(Cell) + groups_.memory() + sightings_.size();
}

void Evidence::Seal(std::vector<Entry>& scratch) {
  Fold({});  // before sorting: in the order of the input the sightings pack best
  if (!entries_.empty()) SortIntoSections(scratch);
}

}  // namespace sbtune::store
