#include "daemon/protocol/filter.h"

#include <algorithm>

namespace sbtune::protocol {
namespace {

bool Contains(const std::vector<std::int64_t>& numbers, const std::optional<std::int64_t>& number) {
  return number && std::find(numbers.begin(), numbers.end(), *number) != numbers.end();
}

}  // namespace

bool RecordFilter::Matches(const LiveRecord& record) const {
  if (record.action == access::Action::kAllow && !allows) return false;
  if (record.provenance == access::Provenance::kUntrusted && !untrusted) return false;
  if (!pids.empty() && !Contains(pids, record.pid)) return false;
  if (Contains(except_pids, record.pid)) return false;
  return process.Matches(record.process) && operation.Matches(record.operation) && target.Matches(record.target) &&
         tag.Matches(record.tag);
}

}  // namespace sbtune::protocol
