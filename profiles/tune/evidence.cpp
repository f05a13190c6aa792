#include "profiles/tune/evidence.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace sbtune::tune {
namespace {

// The kernel cuts a record silently at 1,024 bytes. Whether that counts a final NUL nobody could check: a byte of
// margin. Every pid that could have stood there is allowed for.
constexpr std::size_t kShortestCutRecord = 1022;
constexpr std::size_t kLongestPid = 7;

// "Sandbox: NAME(PID) deny(1) OPERATION TARGET"
bool MayBeCut(const access::DenialGroup& group) {
  if (!group.target) return false;
  constexpr std::string_view kFixed = "Sandbox: () deny(1)  ";
  const std::size_t longest =
      kFixed.size() + group.process.size() + kLongestPid + group.operation.size() + group.target->size();
  return longest >= kShortestCutRecord;
}

Standing StandingOf(const access::DenialGroup& group) {
  if (group.provenance == access::Provenance::kUntrusted) return Standing::kUntrusted;
  if (group.ambiguous) return Standing::kAmbiguous;
  return group.platform_policy ? Standing::kPlatformPolicy : Standing::kUsable;
}

void Unite(std::vector<std::string>& into, const std::vector<std::string>& from) {
  into.insert(into.end(), from.begin(), from.end());
}

void Settle(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

void Add(Evidence& into, const access::DenialGroup& group) {
  into.maybe_cut = into.maybe_cut && MayBeCut(group);  // one record that is surely whole settles it
  into.text_only = into.text_only && group.provenance == access::Provenance::kText;
  if (!group.process.empty()) into.processes.push_back(group.process);
  Unite(into.runs, group.runs);
  Unite(into.hosts, group.hosts);
  into.count += group.count + group.duplicates;
  if (group.first_seen_ns && (!into.first_seen_ns || *group.first_seen_ns < *into.first_seen_ns)) {
    into.first_seen_ns = group.first_seen_ns;
  }
  if (group.last_seen_ns && (!into.last_seen_ns || *group.last_seen_ns > *into.last_seen_ns)) {
    into.last_seen_ns = group.last_seen_ns;
  }
}

auto Key(const access::DenialGroup& group) {
  return std::forward_as_tuple(group.operation, group.target, group.action);
}

}  // namespace

std::vector<Evidence> MergeEvidence(std::span<const access::DenialGroup> groups) {
  std::vector<const access::DenialGroup*> order;
  order.reserve(groups.size());
  for (const access::DenialGroup& group : groups) order.push_back(&group);
  const auto before = [](const access::DenialGroup* a, const access::DenialGroup* b) {
    if (Key(*a) != Key(*b)) return Key(*a) < Key(*b);
    return StandingOf(*a) < StandingOf(*b);
  };
  std::sort(order.begin(), order.end(), before);
  std::vector<Evidence> merged;
  const access::DenialGroup* last = nullptr;
  for (const access::DenialGroup* group : order) {
    if (last == nullptr || before(last, group)) {
      merged.push_back({.operation = group->operation, .target = group->target, .action = group->action,
                        .standing = StandingOf(*group), .maybe_cut = true, .text_only = true});
    }
    Add(merged.back(), *group);
    last = group;
  }
  for (Evidence& evidence : merged) {
    Settle(evidence.processes);
    Settle(evidence.runs);
    Settle(evidence.hosts);
  }
  return merged;
}

std::string Describe(const Evidence& evidence) {
  return evidence.target ? evidence.operation + " " + *evidence.target : evidence.operation;
}

}  // namespace sbtune::tune
