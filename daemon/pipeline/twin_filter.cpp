#include "daemon/pipeline/twin_filter.h"

#include <cstdlib>
#include <functional>
#include <string>

namespace sbtune::pipeline {
namespace {

constexpr std::int64_t kReachNs = 2'000'000'000;
constexpr std::size_t kMaxSeen = 16'384;  // more than that in two seconds is a flood, where a repetition more is no harm

std::uint64_t TwinOf(const protocol::LiveRecord& record) {
  const std::hash<std::string> hash;
  std::uint64_t twin = static_cast<std::uint64_t>(*record.pid) * 0x9E3779B97F4A7C15u;
  twin ^= hash(record.operation.value_or("")) + (twin << 6) + (twin >> 2);
  twin ^= hash(record.target.value_or("")) + (twin << 6) + (twin >> 2);
  return twin;
}

}  // namespace

bool TwinFilter::IsRepetition(const protocol::LiveRecord& record) {
  const bool report = record.kind == access::RecordKind::kReport;
  if (!record.pid || !record.time_ns || (!report && record.kind != access::RecordKind::kDenial)) return false;
  if (record.provenance == access::Provenance::kUntrusted) return false;
  const std::uint64_t twin = TwinOf(record);
  if (report) {
    const auto seen = newest_.find(twin);
    return seen != newest_.end() && std::abs(seen->second - *record.time_ns) <= kReachNs;
  }
  newest_[twin] = *record.time_ns;
  order_.push_back({twin, *record.time_ns});
  while (order_.size() > kMaxSeen || order_.front().time_ns < *record.time_ns - 2 * kReachNs) {
    const auto oldest = newest_.find(order_.front().twin);
    if (oldest != newest_.end() && oldest->second == order_.front().time_ns) newest_.erase(oldest);
    order_.pop_front();
  }
  return false;
}

}  // namespace sbtune::pipeline
