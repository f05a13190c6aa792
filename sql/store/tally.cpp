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

void Tally::Add(const GroupRow& group, const Cell& cell) { rows_.push_back({group, cell}); }

bool Tally::IsFull() const { return rows_.size() >= kMaxRows; }

base::Status Tally::AddTotal(std::int64_t run_id, const GroupRow& group, std::int64_t count,
                             std::int64_t duplicates) {
  Statement& add = database_.Query("add_total");
  add.Bind(1, run_id).Bind(2, group.process_id).Bind(3, group.operation_id);
  add.Bind(4, static_cast<std::int64_t>(group.action)).Bind(5, static_cast<std::int64_t>(group.provenance));
  add.Bind(6, std::int64_t{group.ambiguous}).Bind(7, count).Bind(8, duplicates);
  return add.Run();
}

base::Status Tally::WriteHour(const Row& row) {
  Statement& add = database_.Query("add_hour");
  add.Bind(1, row.group.id).Bind(2, run_id_).Bind(3, row.cell.hour);
  add.Bind(4, static_cast<std::int64_t>(row.cell.count)).Bind(5, static_cast<std::int64_t>(row.cell.duplicates));
  add.Bind(6, OptionalTime(row.cell.first_ns)).Bind(7, OptionalTime(row.cell.last_ns));
  return add.Run();
}

base::Status Tally::Flush() {
  std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
    return std::pair(a.group.id, a.cell.hour) < std::pair(b.group.id, b.cell.hour);
  });
  using TotalKey = std::tuple<std::int64_t, std::int64_t, access::Action, access::Provenance, bool>;
  std::map<TotalKey, Row> totals;
  for (std::size_t i = 0; i < rows_.size();) {
    Row row = rows_[i];
    for (++i; i < rows_.size() && rows_[i].group.id == row.group.id && rows_[i].cell.hour == row.cell.hour; ++i) {
      AddUp(row.cell, rows_[i].cell);
    }
    if (base::Status done = WriteHour(row); !done) return done;
    const GroupRow& group = row.group;
    const TotalKey key(group.process_id, group.operation_id, group.action, group.provenance, group.ambiguous);
    const auto [total, is_first] = totals.try_emplace(key, row);
    if (!is_first) AddUp(total->second.cell, row.cell);
  }
  rows_.clear();
  for (const auto& [key, row] : totals) {
    base::Status done = AddTotal(run_id_, row.group, static_cast<std::int64_t>(row.cell.count),
                                 static_cast<std::int64_t>(row.cell.duplicates));
    if (!done) return done;
  }
  return {};
}

}  // namespace sbtune::store
