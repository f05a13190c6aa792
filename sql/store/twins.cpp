#include "sql/store/twins.h"

#include <algorithm>
#include <cstdlib>

#include "sql/store/sightings.h"

namespace sbtune::store {
namespace {

constexpr std::int64_t kReachNs = (kTwinDistanceMs + 1) * kMillisecondNs;

bool IsNear(std::int64_t time_ns, std::int64_t other_ms) {
  return std::abs(time_ns / kMillisecondNs - other_ms) <= kTwinDistanceMs;
}

}  // namespace

void Twins::AddReport(std::uint32_t twin, std::int64_t time_ns, const GroupView& group) {
  reports_.push_back({.twin = twin, .time_ns = time_ns, .group = reported_.Intern(group).index});
}

base::Result<std::uint64_t> Twins::Resolve(std::span<Evidence* const> batch) {
  const base::Result<std::uint64_t> earlier = MergeStoredReports(batch);
  if (!earlier) return earlier;
  if (base::Status done = MergeNewReports(batch); !done) return std::unexpected(done.error());
  const base::Result<std::uint64_t> now = StoreNewReports();
  if (!now) return now;
  if (base::Status done = StoreSightings(batch); !done) return std::unexpected(done.error());
  return *earlier + *now;
}

base::Result<std::uint64_t> Twins::MergeStoredReports(std::span<Evidence* const> batch) {
  std::int64_t low_ns = kNoTime;
  std::int64_t high_ns = kNoTime;
  for (const Evidence* evidence : batch) {
    if (evidence->sightings().empty()) continue;
    low_ns = low_ns == kNoTime ? evidence->first_ns() : std::min(low_ns, evidence->first_ns());
    high_ns = std::max(high_ns, evidence->last_ns());
  }
  if (low_ns == kNoTime) return 0;
  std::unordered_multimap<std::uint32_t, std::size_t> by_twin;
  base::Result<std::vector<LoneReport>> reports = LoadStoredReports(low_ns - kReachNs, high_ns + kReachNs, by_twin);
  if (!reports) return std::unexpected(reports.error());
  if (reports->empty()) return 0;
  for (const Evidence* evidence : batch) {
    VisitSightings(evidence->sightings(), [&](std::uint32_t twin, std::int64_t time_ms) {
      const auto [begin, end] = by_twin.equal_range(twin);
      for (auto at = begin; at != end; ++at) {
        LoneReport& report = (*reports)[at->second];
        report.merged = report.merged || IsNear(report.time_ns, time_ms);
      }
    });
  }
  std::uint64_t merged = 0;
  for (const LoneReport& report : *reports) {
    if (!report.merged) continue;
    ++merged;
    base::Status done = database_.Query("delete_lone_report").Bind(1, report.id).Run();
    if (done) done = tally_.AddTotal(report.run_id, report.group, -1, 0);
    if (!done) return std::unexpected(done.error());
  }
  return merged;
}

base::Result<std::vector<Twins::LoneReport>> Twins::LoadStoredReports(
    std::int64_t low_ns, std::int64_t high_ns, std::unordered_multimap<std::uint32_t, std::size_t>& by_twin) {
  std::vector<LoneReport> reports;
  Statement& find = database_.Query("find_lone_reports").Bind(1, low_ns).Bind(2, high_ns);
  for (;;) {
    const base::Result<bool> row = find.Step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    LoneReport report{.id = find.Integer(0), .time_ns = find.Integer(2), .run_id = find.Integer(3)};
    report.group = {.process_id = find.Integer(4), .operation_id = find.Integer(5), .action = access::Action::kDeny,
                    .provenance = static_cast<access::Provenance>(find.Integer(6)),
                    .ambiguous = find.Integer(7) != 0};
    by_twin.emplace(static_cast<std::uint32_t>(find.Integer(1)), reports.size());
    reports.push_back(report);
  }
  find.Reset();
  return reports;
}

base::Status Twins::MergeNewReports(std::span<Evidence* const> batch) {
  if (reports_.empty()) return {};
  std::unordered_multimap<std::uint32_t, std::size_t> by_twin;
  std::int64_t low_ns = reports_[0].time_ns;
  std::int64_t high_ns = low_ns;
  for (std::size_t i = 0; i < reports_.size(); ++i) {
    by_twin.emplace(reports_[i].twin, i);
    low_ns = std::min(low_ns, reports_[i].time_ns);
    high_ns = std::max(high_ns, reports_[i].time_ns);
  }
  const auto meet = [&](std::uint32_t twin, std::int64_t time_ms) {
    const auto [begin, end] = by_twin.equal_range(twin);
    for (auto at = begin; at != end; ++at) {
      Report& report = reports_[at->second];
      report.merged = report.merged || IsNear(report.time_ns, time_ms);
    }
  };
  for (const Evidence* evidence : batch) VisitSightings(evidence->sightings(), meet);
  Statement& find = database_.Query("find_sightings").Bind(1, low_ns - kReachNs).Bind(2, high_ns + kReachNs);
  for (;;) {
    const base::Result<bool> row = find.Step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    VisitSightings(find.Bytes(0), meet);
  }
  find.Reset();
  return {};
}

base::Result<std::uint64_t> Twins::StoreNewReports() {
  std::uint64_t merged = 0;
  for (const Report& report : reports_) {
    const GroupView group = reported_.At(report.group);
    merged += report.merged ? 1 : 0;
    if (report.merged && !group.platform_policy) continue;
    const base::Result<std::uint32_t> ref = groups_.Resolve(group);
    if (!ref) return std::unexpected(ref.error());
    const GroupRow& row = groups_.At(*ref);
    base::Status done;
    if (group.platform_policy) done = database_.Query("keep_reported_policy").Bind(1, row.id).Run();
    if (done && !report.merged) done = StoreLoneReport(report, row);
    if (!done) return std::unexpected(done.error());
  }
  reports_.clear();
  reported_.Clear();
  return merged;
}

base::Status Twins::StoreLoneReport(const Report& report, const GroupRow& group) {
  Statement& insert = database_.Query("insert_lone_report");
  insert.Bind(1, std::int64_t{report.twin}).Bind(2, report.time_ns).Bind(3, group.id).Bind(4, run_id_);
  if (base::Status done = insert.Run(); !done) return done;
  return tally_.AddTotal(run_id_, group, 1, 0);
}

base::Status Twins::StoreSightings(std::span<Evidence* const> batch) {
  for (const Evidence* evidence : batch) {
    if (evidence->sightings().empty()) continue;
    Statement& insert = database_.Query("insert_sightings");
    insert.Bind(1, evidence->first_ns()).Bind(2, evidence->last_ns()).BindBlob(3, evidence->sightings());
    if (base::Status done = insert.Run(); !done) return done;
  }
  return {};
}

}  // namespace sbtune::store
