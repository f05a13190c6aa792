#include "sql/store/tally.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace sbtune::store {
namespace {

constexpr std::size_t kMaxRows = 200'000;

std::optional<std::int64_t> OptionalTime(std::int64_t time_ns) {
  return time_ns == kNoTime ? std::nullopt : std::optional(time_ns);
}

void AddUp(Cell& sum, const Cell& cell) {
  sum.count += cell.count;
  sum.duplicates += cell.duplicates;
  Widen(sum, cell.first_ns);
  Widen(sum, cell.last_ns);
}

}  // namespace

void Tally::Add(std::uint32_t ref, const Cell& cell) {
  if (current_.size() <= ref) current_.resize(groups_.size(), 0);
  std::uint32_t& current = current_[ref];
  if (current != 0 && rows_[current - 1].hour == cell.hour) {
    AddUp(rows_[current - 1], cell);
    return;
  }
  rows_.push_back(cell);
  rows_.back().group = ref;
  current = static_cast<std::uint32_t>(rows_.size());
}

bool Tally::IsFull() const { return rows_.size() >= kMaxRows; }

base::Status Tally::AddTotal(std::int64_t run_id, const GroupRow& group, std::int64_t count,
                             std::int64_t duplicates) {
  Statement& add = database_.Query("add_total");
  add.Bind(1, run_id).Bind(2, group.process_id).Bind(3, group.operation_id);
  add.Bind(4, static_cast<std::int64_t>(group.action)).Bind(5, static_cast<std::int64_t>(group.provenance));
  add.Bind(6, std::int64_t{group.ambiguous}).Bind(7, count).Bind(8, duplicates);
  return add.Run();
}

base::Status Tally::WriteHours() {
  // In the order of the table. The same hour may still stand in several rows; the database adds them up.
  std::sort(rows_.begin(), rows_.end(), [this](const Cell& a, const Cell& b) {
    return std::pair(groups_.At(a.group).id, a.hour) < std::pair(groups_.At(b.group).id, b.hour);
  });
  Statement& add = database_.Query("add_hour");
  for (const Cell& row : rows_) {
    add.Bind(1, groups_.At(row.group).id).Bind(2, run_id_).Bind(3, row.hour);
    add.Bind(4, static_cast<std::int64_t>(row.count)).Bind(5, static_cast<std::int64_t>(row.duplicates));
    add.Bind(6, OptionalTime(row.first_ns)).Bind(7, OptionalTime(row.last_ns));
    if (base::Status done = add.Run(); !done) return done;
  }
  return {};
}

base::Status Tally::WriteTotals() {
  using Key = std::tuple<std::int64_t, std::int64_t, access::Action, access::Provenance, bool>;
  std::map<Key, Cell> totals;
  for (const Cell& row : rows_) {
    const GroupRow& group = groups_.At(row.group);
    Cell& total = totals[{group.process_id, group.operation_id, group.action, group.provenance, group.ambiguous}];
    total.group = row.group;
    AddUp(total, row);
  }
  for (const auto& [key, total] : totals) {
    base::Status done = AddTotal(run_id_, groups_.At(total.group), static_cast<std::int64_t>(total.count),
                                 static_cast<std::int64_t>(total.duplicates));
    if (!done) return done;
  }
  return {};
}

base::Status Tally::Flush() {
  base::Status done = WriteHours();
  if (done) done = WriteTotals();
  rows_.clear();
  current_.clear();
  return done;
}

}  // namespace sbtune::store
