#include "cli/status_view.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/times.h"
#include "core/base/clock.h"
#include "core/base/text.h"

namespace sbtune::cli {
namespace {

using Json = nlohmann::ordered_json;

Json DaemonOf(const StatusFacts& facts) {
  Json daemon = Json::parse(facts.daemon_json, nullptr, false);
  return daemon.is_object() ? daemon : Json(nullptr);
}

// A member of a member, as text; "?" where a newer or older daemon does not say it.
std::string Text(const Json& daemon, const char* part, const char* key) {
  const auto found = daemon.find(part);
  if (found == daemon.end() || !found->is_object() || !found->contains(key)) return "?";
  const Json& value = (*found)[key];
  if (value.is_string()) return base::EscapeForTerminal(value.get<std::string>());
  if (value.is_number_unsigned()) return base::GroupDigits(value.get<std::uint64_t>());
  return value.is_null() ? "none" : value.dump();
}

std::string PlainNumber(const Json& daemon, const char* part, const char* key) {
  const auto found = daemon.find(part);
  return found != daemon.end() && found->is_object() && found->contains(key) ? (*found)[key].dump() : "?";
}

// "2026-03-12T16:00:00.000137Z" as a reader wants it.
std::string Time(const Json& daemon, const char* part, const char* key) {
  std::string time = Text(daemon, part, key);
  if (time.size() < 20 || time[10] != 'T') return time;
  time[10] = ' ';
  return time.substr(0, 19) + " UTC";
}

std::string Age(std::int64_t ns) {
  const std::int64_t seconds = ns / base::kSecondNs;
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{} min", seconds / 60);
  if (seconds < 2 * 86'400) return fmt::format("{} h", seconds / 3600);
  return fmt::format("{} days", seconds / 86'400);
}

std::string GapText(const store::StoredGap& gap) {
  const std::string lost = gap.lost_lines > 0 ? fmt::format(", {} lines", base::GroupDigits(gap.lost_lines)) : "";
  return fmt::format("{} to {} UTC: {}, {}{}", FormatSeconds(gap.from_ns), FormatSeconds(gap.to_ns),
                     base::EscapeForTerminal(gap.reason), base::EscapeForTerminal(gap.repair), lost);
}

Json GapJson(const store::StoredGap& gap) {
  return {{"from", FormatTime(gap.from_ns)}, {"to", FormatTime(gap.to_ns)}, {"reason", gap.reason},
          {"repair", gap.repair},            {"lost_lines", gap.lost_lines}};
}

class Rows {
 public:
  void Add(std::string_view title, const std::string& text) {
    out_ += fmt::format("{:<10}{}\n", title, text);
  }
  [[nodiscard]] const std::string& out() const { return out_; }

 private:
  std::string out_;
};

void AddDaemonRows(Rows& rows, const Json& daemon) {
  const std::string reason = Text(daemon, "state", "reason");
  rows.Add("state", fmt::format("{} since {}{}", Text(daemon, "state", "state"), Time(daemon, "state", "since"),
                                reason.empty() ? "" : ": " + reason));
  rows.Add("daemon", fmt::format("sbtuned {}, process {}, since {}", Text(daemon, "daemon", "version"),
                                 PlainNumber(daemon, "daemon", "pid"), Time(daemon, "daemon", "since")));
  rows.Add("source", fmt::format("{}, {} restarts; marker last back at {}, after {} ms", Text(daemon, "source", "tool"),
                                 Text(daemon, "source", "restarts"), Time(daemon, "source", "last_proof"),
                                 Text(daemon, "source", "latency_ms")));
  rows.Add("records", fmt::format("{} read since its start, {} in the last minute, the last at {}",
                                  Text(daemon, "records", "read"), Text(daemon, "records", "last_minute"),
                                  Time(daemon, "records", "last")));
  rows.Add("", fmt::format("{} denials, {} duplicates, {} untrusted, {} met before", Text(daemon, "records", "denials"),
                           Text(daemon, "records", "duplicates"), Text(daemon, "records", "untrusted"),
                           Text(daemon, "records", "already_known")));
  rows.Add("losses", fmt::format("{} lines dropped, {} over-long, {} unknown", Text(daemon, "source", "dropped_lines"),
                                 Text(daemon, "source", "overlong_lines"), Text(daemon, "records", "unknown")));
  rows.Add("clients", fmt::format("{} connected, {} watching, {} cut off, {} refused", Text(daemon, "clients", "connected"),
                                  Text(daemon, "clients", "watching"), Text(daemon, "clients", "cut_off"),
                                  Text(daemon, "clients", "refused")));
  const std::string error = Text(daemon, "store", "error");
  rows.Add("store", fmt::format("{}, {} bytes{}", Text(daemon, "store", "path"), Text(daemon, "store", "bytes"),
                                error == "none" ? "" : "; CANNOT STORE: " + error));
}

}  // namespace

Health HealthOf(const StatusFacts& facts) {
  const Json daemon = DaemonOf(facts);
  if (daemon.is_null()) return Health::kNotRunning;
  const bool good = Text(daemon, "state", "state") == "live" && Text(daemon, "store", "error") == "none";
  return good ? Health::kGood : Health::kDegraded;
}

std::string StatusJson(const StatusFacts& facts) {
  Json json;
  json["schema"] = "sbtune.status/1";
  Json daemon = DaemonOf(facts);
  json["running"] = !daemon.is_null();
  json["database"] = base::ToValidUtf8(facts.database);
  json["database_bytes"] = facts.database_bytes;
  json["cursor"] = nullptr;
  if (facts.cursor) {
    json["cursor"] = {{"time", FormatTime(facts.cursor->time_ns)},
                      {"age_s", (facts.now_ns - facts.cursor->time_ns) / base::kSecondNs}};
  }
  Json counts = Json::array(), open = Json::array();
  for (const store::GapCount& count : facts.gap_counts) {
    counts.push_back({{"repair", count.repair}, {"gaps", count.gaps}, {"lost_lines", count.lost_lines}});
  }
  for (const store::StoredGap& gap : facts.gaps) open.push_back(GapJson(gap));
  json["gaps"] = {{"counts", std::move(counts)}, {"open", std::move(open)}};
  json["daemon"] = std::move(daemon);
  json["error"] = nullptr;
  if (!facts.database_error.empty()) json["error"] = base::ToValidUtf8(facts.database_error);
  json["daemon_error"] = nullptr;
  if (!facts.daemon_error.empty()) json["daemon_error"] = base::ToValidUtf8(facts.daemon_error);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string StatusText(const StatusFacts& facts) {
  Rows rows;
  const Json daemon = DaemonOf(facts);
  if (daemon.is_null()) {
    rows.Add("state", "not running");
    rows.Add("store", fmt::format("{}, {} bytes", base::EscapeForTerminal(facts.database), base::GroupDigits(facts.database_bytes)));
  } else {
    AddDaemonRows(rows, daemon);
  }
  if (!facts.database_error.empty()) rows.Add("", base::EscapeForTerminal(facts.database_error));
  if (facts.cursor) {
    rows.Add("read to", fmt::format("{} UTC, {} ago", FormatSeconds(facts.cursor->time_ns),
                                    Age(facts.now_ns - facts.cursor->time_ns)));
  }
  std::uint64_t repaired = 0, other = 0;
  for (const store::GapCount& count : facts.gap_counts) (count.repair == "backfilled" ? repaired : other) += count.gaps;
  const bool counted = facts.database_error.empty();
  rows.Add("gaps", counted ? fmt::format("{} read again, {} in which records may be missing", base::GroupDigits(repaired),
                                         base::GroupDigits(other))
                           : "unknown, they stand in the database");
  for (const store::StoredGap& gap : facts.gaps) rows.Add("", GapText(gap));
  return rows.out();
}

}  // namespace sbtune::cli
