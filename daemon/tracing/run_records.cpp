#include "daemon/tracing/run_records.h"

#include <algorithm>
#include <utility>

#include "core/access/run_tag.h"

namespace sbtune::tracing {
namespace {

constexpr std::size_t kMostGroups = 200'000;
constexpr std::size_t kMostWaiting = 200'000;
constexpr std::size_t kMaybeCut = 800;  // bytes of a target; the kernel cuts a record at 1,024
constexpr std::size_t kMostNames = 1'000;

std::uint64_t Occurrences(const protocol::LiveRecord& record) {
  return record.kind == access::RecordKind::kDuplicate ? record.duplicates : 1;
}

// An absent text differs from an empty one.
std::string Part(const std::optional<std::string>& text) { return text ? "=" + *text : ""; }

}  // namespace

void RunRecords::Add(const protocol::LiveRecord& record, std::int64_t now_ns) {
  if (record.action != access::Action::kDeny || !record.operation) return;
  if (record.provenance == access::Provenance::kUntrusted) {
    ++found_.untrusted;
    return;
  }
  const std::int64_t time_ns = record.time_ns.value_or(now_ns);
  if (record.tag && access::ReadRunTag(*record.tag, nonce_)) {
    if (record.pid) tree_.Confirm(*record.pid, time_ns);
    ++found_.by_tag;
    return Count(record);
  }
  if (waiting_.size() >= kMostWaiting) {
    ++found_.overflow;
    return;
  }
  waiting_.push_back(record);
  waiting_.back().time_ns = time_ns;
}

// The kernel's count of repetitions need not repeat the message: it belongs to the denial that was told.
access::DenialGroup* RunRecords::SameAccess(const protocol::LiveRecord& record) {
  const std::string process = record.process.value_or(""), target = Part(record.target);
  const auto found = groups_.lower_bound(Key{process, *record.operation, target, "", -1, -1});
  if (found == groups_.end()) return nullptr;
  const auto& [its_process, its_operation, its_target, tag, provenance, marks] = found->first;
  const bool same = its_process == process && its_operation == *record.operation && its_target == target;
  return same ? &found->second : nullptr;
}

void RunRecords::Count(const protocol::LiveRecord& record) {
  if (record.kind == access::RecordKind::kDuplicate && !record.tag) {
    if (access::DenialGroup* const group = SameAccess(record)) {
      group->duplicates += record.duplicates;
      return;
    }
  }
  const Key key{record.process.value_or(""), *record.operation, Part(record.target), Part(record.tag),
                static_cast<int>(record.provenance), (record.ambiguous ? 1 : 0) + (record.platform_policy ? 2 : 0)};
  if (groups_.size() >= kMostGroups && !groups_.contains(key)) {
    ++found_.overflow;
    return;
  }
  access::DenialGroup& group = groups_[key];
  if (group.count + group.duplicates == 0) {
    group = {.process = record.process.value_or(""), .operation = *record.operation, .target = record.target,
             .action = record.action, .provenance = record.provenance, .platform_policy = record.platform_policy,
             .ambiguous = record.ambiguous, .tag = record.tag};
  }
  (record.kind == access::RecordKind::kDuplicate ? group.duplicates : group.count) += Occurrences(record);
  if (!record.time_ns) return;
  group.first_seen_ns = std::min(group.first_seen_ns.value_or(*record.time_ns), *record.time_ns);
  group.last_seen_ns = std::max(group.last_seen_ns.value_or(*record.time_ns), *record.time_ns);
}

RunFindings RunRecords::Finish(std::span<const std::string> canaries) && {
  for (const protocol::LiveRecord& record : waiting_) {
    if (record.target && std::find(canaries.begin(), canaries.end(), *record.target) != canaries.end()) continue;
    switch (record.pid ? tree_.WasMember(*record.pid, *record.time_ns) : Membership::kUnknown) {
      case Membership::kYes:
        ++found_.by_pid;
        Count(record);
        break;
      case Membership::kUnknown:
        ++found_.doubtful;
        found_.doubtful_long += record.target && record.target->size() > kMaybeCut;
        break;
      case Membership::kNo:
        if (found_.others.size() < kMostNames || found_.others.contains(record.process.value_or("?"))) {
          found_.others[record.process.value_or("?")] += Occurrences(record);
        }
        break;
    }
  }
  for (auto& [key, group] : groups_) found_.denials.push_back(std::move(group));
  std::stable_sort(found_.denials.begin(), found_.denials.end(), [](const auto& a, const auto& b) {
    return a.count + a.duplicates > b.count + b.duplicates;
  });
  return std::move(found_);
}

}  // namespace sbtune::tracing
