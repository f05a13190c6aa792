#include "sql/store/views.h"

#include <algorithm>
#include <compare>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>

#include "sql/store/evidence.h"
#include "sql/store/selection.h"

namespace sbtune::store {
namespace {

using access::DenialGroup;

// (process, operation, target) that sandboxd reported as platform policy.
using PolicySet = std::set<std::tuple<std::int64_t, std::int64_t, std::optional<std::string>>>;

base::Result<PolicySet> LoadReportedPolicies(Database& database) {
  PolicySet policies;
  Statement& query = database.Query("all_reported_policies");
  for (;;) {
    const base::Result<bool> row = query.Step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    std::optional<std::string> target;
    if (!query.IsNull(2)) target = std::string(query.Bytes(2));
    policies.emplace(query.Integer(0), query.Integer(1), std::move(target));
  }
  query.Reset();
  return policies;
}

DenialGroup MakeGroup(const GroupColumns& columns, const PolicySet& policies) {
  DenialGroup group{.process = std::string(columns.process), .operation = std::string(columns.operation),
                    .action = columns.action, .provenance = columns.provenance,
                    .platform_policy = columns.platform_policy, .ambiguous = columns.ambiguous};
  if (columns.target) group.target = std::string(*columns.target);
  if (columns.tag) group.tag = std::string(*columns.tag);
  // An untrusted record about the same access is not what sandboxd spoke of.
  if (!group.platform_policy && group.action == access::Action::kDeny && !policies.empty() &&
      group.provenance != access::Provenance::kUntrusted) {
    group.platform_policy = policies.contains({columns.process_id, columns.operation_id, group.target});
  }
  return group;
}

void AddCounts(DenialGroup& group, const CountColumns& counts, const Run& run) {
  group.count += counts.count;
  group.duplicates += counts.duplicates;
  if (counts.first_ns && (!group.first_seen_ns || *counts.first_ns < *group.first_seen_ns)) {
    group.first_seen_ns = counts.first_ns;
  }
  if (counts.last_ns && (!group.last_seen_ns || *counts.last_ns > *group.last_seen_ns)) {
    group.last_seen_ns = counts.last_ns;
  }
  // Counts come by group, run, hour: the same run comes in a row.
  if (group.runs.empty() || group.runs.back() != run.name) group.runs.push_back(run.name);
  if (run.host) group.hosts.push_back(*run.host);
}

void SortUnique(std::vector<std::string>& strings) {
  std::sort(strings.begin(), strings.end());
  strings.erase(std::unique(strings.begin(), strings.end()), strings.end());
}

auto Identity(const DenialGroup& group) {
  return std::tie(group.process, group.operation, group.target, group.provenance, group.platform_policy,
                  group.ambiguous, group.tag, group.action);
}

bool MostFirst(const DenialGroup& a, const DenialGroup& b) {
  if (a.count != b.count) return a.count > b.count;
  if (a.duplicates != b.duplicates) return a.duplicates > b.duplicates;
  return Identity(a) < Identity(b);
}

void Absorb(DenialGroup& group, DenialGroup&& other) {
  group.count += other.count;
  group.duplicates += other.duplicates;
  if (other.first_seen_ns) {
    group.first_seen_ns = std::min(group.first_seen_ns.value_or(*other.first_seen_ns), *other.first_seen_ns);
  }
  group.last_seen_ns = std::max(group.last_seen_ns, other.last_seen_ns);
  std::move(other.runs.begin(), other.runs.end(), std::back_inserter(group.runs));
  std::move(other.hosts.begin(), other.hosts.end(), std::back_inserter(group.hosts));
}

// Groups that only a report of platform policy has made equal.
std::vector<DenialGroup> JoinEqual(std::vector<DenialGroup> groups) {
  std::sort(groups.begin(), groups.end(),
            [](const DenialGroup& a, const DenialGroup& b) { return Identity(a) < Identity(b); });
  std::vector<DenialGroup> joined;
  for (DenialGroup& group : groups) {
    if (!joined.empty() && Identity(joined.back()) == Identity(group)) {
      Absorb(joined.back(), std::move(group));
    } else {
      joined.push_back(std::move(group));
    }
  }
  return joined;
}

struct BytesHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view bytes) const { return std::hash<std::string_view>()(bytes); }
};

// Collects rows by whichever dimension was asked for.
class StatTable {
 public:
  explicit StatTable(Dimension dimension) : dimension_(dimension) {}

  void Add(const GroupColumns& group, const CountColumns& counts) {
    StatRow& row = RowFor(group, counts);
    row.count += counts.count;
    row.duplicates += counts.duplicates;
    if (group.provenance == access::Provenance::kUntrusted) row.untrusted += counts.count;
    if (group.provenance == access::Provenance::kText) row.text += counts.count;
    if (group.ambiguous) row.ambiguous += counts.count;
  }

  std::vector<StatRow> Take() {
    std::vector<StatRow> rows;
    for (auto& [value, row] : by_value_) rows.push_back(std::move(row));
    for (auto& [hour, row] : by_hour_) rows.push_back(std::move(row));
    if (without_target_.count + without_target_.duplicates > 0) rows.push_back(without_target_);
    std::stable_sort(rows.begin(), rows.end(), [this](const StatRow& a, const StatRow& b) {
      if (dimension_ == Dimension::kHour) return a.hour_ns < b.hour_ns;
      if (a.count != b.count) return a.count > b.count;
      if (a.duplicates != b.duplicates) return a.duplicates > b.duplicates;
      return a.value < b.value;
    });
    return rows;
  }

 private:
  StatRow& RowFor(const GroupColumns& group, const CountColumns& counts) {
    switch (dimension_) {
      case Dimension::kOperation: return ByValue(group.operation);
      case Dimension::kProcess: return ByValue(group.process);
      case Dimension::kTarget: return group.target ? ByValue(*group.target) : without_target_;
      case Dimension::kHour: break;
    }
    StatRow& row = by_hour_[counts.hour];
    if (counts.hour != kNoHour) row.hour_ns = counts.hour * kHourNs;
    return row;
  }

  StatRow& ByValue(std::string_view value) {
    auto found = by_value_.find(value);
    if (found == by_value_.end()) {
      found = by_value_.emplace(std::string(value), StatRow{.value = std::string(value)}).first;
    }
    return found->second;
  }

  Dimension dimension_;
  std::unordered_map<std::string, StatRow, BytesHash, std::equal_to<>> by_value_;
  std::map<std::int64_t, StatRow> by_hour_;
  StatRow without_target_;
};

}  // namespace

base::Result<std::vector<DenialGroup>> LoadGroups(Database& database, const Filter& filter) {
  base::Result<Selection> selection = Selection::Make(database, filter);
  if (!selection) return std::unexpected(selection.error());
  const base::Result<PolicySet> policies = LoadReportedPolicies(database);
  if (!policies) return std::unexpected(policies.error());
  std::vector<DenialGroup> groups;
  std::int64_t current = 0;
  const base::Status done = selection->VisitCounts([&](const GroupColumns& columns, const CountColumns& counts) {
    if (groups.empty() || columns.id != current) groups.push_back(MakeGroup(columns, *policies));
    current = columns.id;
    const auto run = selection->runs().find(counts.run_id);
    if (run != selection->runs().end()) AddCounts(groups.back(), counts, run->second);
  });
  if (!done) return std::unexpected(done.error());
  if (!policies->empty()) groups = JoinEqual(std::move(groups));
  for (DenialGroup& group : groups) {
    SortUnique(group.runs);
    SortUnique(group.hosts);
  }
  std::sort(groups.begin(), groups.end(), MostFirst);
  return groups;
}

base::Result<std::vector<StatRow>> LoadStats(Database& database, Dimension dimension, const Filter& filter) {
  base::Result<Selection> selection = Selection::Make(database, filter);
  if (!selection) return std::unexpected(selection.error());
  StatTable table(dimension);
  const auto add = [&](const GroupColumns& group, const CountColumns& counts) { table.Add(group, counts); };
  const bool by_name = dimension == Dimension::kOperation || dimension == Dimension::kProcess;
  const base::Status done =
      by_name && selection->FitsTotals() ? selection->VisitTotals(add) : selection->VisitCounts(add);
  if (!done) return std::unexpected(done.error());
  return table.Take();
}

}  // namespace sbtune::store
