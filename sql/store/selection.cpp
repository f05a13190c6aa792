#include "sql/store/selection.h"

#include <algorithm>

#include <fmt/format.h>

#include "sql/store/run.h"

namespace sbtune::store {
namespace {

constexpr std::size_t kShownRuns = 8;

base::Status NoSuchRun(const std::string& name, const std::map<std::int64_t, Run>& runs, const std::string& path) {
  std::string known;
  std::size_t shown = 0;
  for (const auto& [id, run] : runs) {
    if (shown++ == kShownRuns) {
      known += ", …";
      break;
    }
    known += (known.empty() ? "" : ", ") + run.name;
  }
  return base::Fail(fmt::format("{} holds no run '{}'; it holds {}", path, name, known.empty() ? "none" : known));
}

}  // namespace

base::Result<Selection> Selection::Make(Database& database, const Filter& filter) {
  Selection selection(database, filter);
  base::Status done = selection.ChooseRuns();
  if (done) done = selection.LoadNames();
  if (!done) return std::unexpected(done.error());
  return selection;
}

base::Status Selection::ChooseRuns() {
  base::Result<std::map<std::int64_t, Run>> runs = LoadRuns(*database_);
  if (!runs) return std::unexpected(runs.error());
  const auto find = [&](const std::string& name) {
    return std::find_if(runs->begin(), runs->end(), [&](const auto& entry) { return entry.second.name == name; });
  };
  all_runs_ = filter_.runs.empty() && filter_.except_runs.empty();
  for (const std::string& wanted : filter_.runs) {
    const auto found = find(wanted);
    if (found == runs->end()) return NoSuchRun(wanted, *runs, database_->path());
    runs_.insert(*found);
  }
  if (filter_.runs.empty()) runs_ = *runs;
  for (const std::string& unwanted : filter_.except_runs) {
    const auto found = find(unwanted);
    if (found == runs->end()) return NoSuchRun(unwanted, *runs, database_->path());
    runs_.erase(found->first);
  }
  return {};
}

base::Status Selection::LoadNames() {
  Statement& query = database_->Query("all_names");
  for (;;) {
    const base::Result<bool> row = query.Step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    const std::string_view bytes = query.Bytes(1);
    names_[query.Integer(0)] = {std::string(bytes), filter_.process.Matches(bytes), filter_.operation.Matches(bytes)};
  }
  query.Reset();
  return {};
}

bool Selection::FitsRun(std::int64_t run_id) const { return all_runs_ || runs_.contains(run_id); }

bool Selection::FitsTime(const CountColumns& counts) const {
  if (!filter_.since_ns && !filter_.until_ns) return true;
  if (!counts.first_ns || !counts.last_ns) return false;
  return (!filter_.since_ns || *counts.last_ns >= *filter_.since_ns) &&
         (!filter_.until_ns || *counts.first_ns < *filter_.until_ns);
}

bool Selection::FillNames(GroupColumns& group) const {
  const auto process = names_.find(group.process_id);
  const auto operation = names_.find(group.operation_id);
  if (process == names_.end() || operation == names_.end()) return false;  // a damaged file
  group.process = process->second.bytes;
  group.operation = operation->second.bytes;
  return process->second.fits_process && operation->second.fits_operation &&
         (!filter_.action || *filter_.action == group.action);
}

bool Selection::FillGroup(const Statement& row, GroupColumns& group) const {
  group = {.id = row.Integer(0), .process_id = row.Integer(1), .operation_id = row.Integer(2),
           .action = static_cast<access::Action>(row.Integer(5) & 1),
           .provenance = static_cast<access::Provenance>(row.Integer(6) & 3),
           .platform_policy = row.Integer(7) != 0, .ambiguous = row.Integer(8) != 0};
  if (!row.IsNull(3)) group.target = row.Bytes(3);
  if (!row.IsNull(4)) group.tag = row.Bytes(4);
  if (!filter_.target.Matches(group.target)) return false;
  return FillNames(group);
}

base::Status Selection::VisitCounts(
    const std::function<void(const GroupColumns&, const CountColumns&)>& visit) {
  Statement& groups = database_->Query("all_groups");
  Statement& counts = database_->Query("all_counts");
  GroupColumns group;
  bool fits = false;
  for (;;) {
    const base::Result<bool> row = counts.Step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    const std::int64_t group_id = counts.Integer(0);
    const CountColumns columns{.run_id = counts.Integer(1), .hour = counts.Integer(2),
                               .count = static_cast<std::uint64_t>(counts.Integer(3)),
                               .duplicates = static_cast<std::uint64_t>(counts.Integer(4)),
                               .first_ns = counts.OptionalInteger(5), .last_ns = counts.OptionalInteger(6)};
    while (group.id < group_id) {
      const base::Result<bool> found = groups.Step();
      if (!found) return std::unexpected(found.error());
      if (!*found) break;
      fits = FillGroup(groups, group);
    }
    if (group.id == group_id && fits && FitsRun(columns.run_id) && FitsTime(columns)) visit(group, columns);
  }
  groups.Reset();
  counts.Reset();
  return {};
}

bool Selection::FitsTotals() const { return filter_.target.empty() && !filter_.since_ns && !filter_.until_ns; }

base::Status Selection::VisitTotals(const std::function<void(const GroupColumns&, const CountColumns&)>& visit) {
  Statement& totals = database_->Query("all_totals");
  for (;;) {
    const base::Result<bool> row = totals.Step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    GroupColumns group{.process_id = totals.Integer(1), .operation_id = totals.Integer(2),
                       .action = static_cast<access::Action>(totals.Integer(3) & 1),
                       .provenance = static_cast<access::Provenance>(totals.Integer(4) & 3),
                       .ambiguous = totals.Integer(5) != 0};
    const CountColumns columns{.run_id = totals.Integer(0), .count = static_cast<std::uint64_t>(totals.Integer(6)),
                               .duplicates = static_cast<std::uint64_t>(totals.Integer(7))};
    if (columns.count + columns.duplicates == 0) continue;  // reports that have all been merged
    if (FitsRun(columns.run_id) && FillNames(group)) visit(group, columns);
  }
  totals.Reset();
  return {};
}

}  // namespace sbtune::store
