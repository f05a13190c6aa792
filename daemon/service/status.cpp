#include "daemon/service/status.h"

#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "core/base/clock.h"

namespace sbtune::service {
namespace {

using Json = nlohmann::ordered_json;

Json TimeOrNull(std::int64_t ns) { return ns == 0 ? Json(nullptr) : Json(protocol::FormatTime(ns)); }

std::uint64_t SizeOf(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

}  // namespace

void MinuteMeter::Add(std::uint64_t count, std::int64_t now_ns) {
  const std::int64_t number = now_ns / base::kSecondNs;
  Second& second = seconds_[static_cast<std::size_t>(number % 60)];
  if (second.number != number) second = {number, 0};
  second.count += count;
}

std::uint64_t MinuteMeter::Count(std::int64_t now_ns) const {
  const std::int64_t number = now_ns / base::kSecondNs;
  std::uint64_t sum = 0;
  for (const Second& second : seconds_) sum += number - second.number < 60 ? second.count : 0;
  return sum;
}

std::string ToJson(const Status& status, const DaemonFacts& facts, const ClientCounts& clients,
                   std::int64_t monotonic_ns) {
  const store::RecordCounts& read = status.records.read;
  Json json;
  json["daemon"] = {{"version", facts.version}, {"pid", facts.pid}, {"since", TimeOrNull(facts.since_ns)}};
  json["state"] = {{"state", live::Name(status.state.kind)},
                   {"reason", status.state.reason},
                   {"since", TimeOrNull(status.state_since_ns)}};
  json["source"] = {{"tool", facts.tool},
                    {"restarts", facts.source.restarts},
                    {"stream_lines", facts.source.stream_lines},
                    {"backfill_lines", facts.source.backfill_lines},
                    {"dropped_lines", facts.source.dropped_lines},
                    {"overlong_lines", facts.source.overlong_lines},
                    {"last_proof", TimeOrNull(status.last_proof_ns)},
                    {"latency_ms", static_cast<double>(status.latency_ns / 1000) / 1000.0}};
  json["records"] = {{"read", read.records},
                     {"denials", read.denials},
                     {"duplicates", read.duplicates},
                     {"allows", read.allows},
                     {"reports", read.reports},
                     {"untrusted", read.untrusted},
                     {"ambiguous", read.ambiguous},
                     {"already_known", status.records.already_known},
                     {"unknown", status.records.unknown},
                     {"last", TimeOrNull(status.records.last_record_ns)},
                     {"last_minute", status.minute.Count(monotonic_ns)}};
  json["gaps"] = {{"found", status.gaps_found}, {"open", status.gaps_open}, {"lost_lines", status.lost_lines}};
  json["store"] = {{"path", facts.database},
                   {"bytes", SizeOf(facts.database) + SizeOf(facts.database + "-wal")},
                   {"error", status.store_error.empty() ? Json(nullptr) : Json(status.store_error)}};
  json["clients"] = {{"connected", clients.connected},
                     {"watching", clients.watching},
                     {"cut_off", clients.cut_off},
                     {"refused", clients.refused}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace sbtune::service
