#include "daemon/protocol/record.h"

#include <charconv>
#include <chrono>
#include <ctime>
#include <iterator>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "daemon/protocol/json_text.h"

namespace sbtune::protocol {
namespace {

using access::RecordKind;
using Json = nlohmann::json;

std::optional<std::string> Copy(const std::optional<std::string_view>& text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

template <typename Enum>
std::optional<Enum> FromName(std::string_view name, std::initializer_list<Enum> all) {
  for (const Enum value : all) {
    if (access::Name(value) == name) return value;
  }
  return std::nullopt;
}

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool IsTrue(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::optional<std::string> Bytes(const Json& object, const std::string& key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return std::nullopt;
  if (const std::string digits = Text(object, (key + "_hex").c_str()); !digits.empty()) return FromHex(digits);
  return found->get<std::string>();
}

template <typename Number>
std::optional<Number> Integer(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<Number>();
}

// Reads what FormatTime writes.
std::optional<std::int64_t> ParseTime(std::string_view text) {
  if (text.size() < 20 || text.back() != 'Z') return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t length) {
    int value = -1;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + length, value);
    return error == std::errc() && end == text.data() + at + length ? value : -1;
  };
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (year < 0 || month < 0 || day < 0 || hour < 0 || minute < 0 || second < 0 || !date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  std::int64_t ns = (days * 86400 + hour * 3600 + minute * 60 + second) * 1'000'000'000;
  std::int64_t unit = 100'000'000;
  for (std::size_t i = 20; i + 1 < text.size() && text[19] == '.'; ++i, unit /= 10) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    ns += (text[i] - '0') * unit;
  }
  return ns;
}

}  // namespace

std::string FormatTime(std::int64_t ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const std::int64_t seconds = ns >= 0 ? ns / kSecond : (ns - kSecond + 1) / kSecond;
  const std::int64_t fraction = ns - seconds * kSecond;
  const std::time_t time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                                 parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
  if (fraction % 1'000 != 0) text += fmt::format(".{:09}", fraction);
  else if (fraction % 1'000'000 != 0) text += fmt::format(".{:06}", fraction / 1'000);
  else if (fraction != 0) text += fmt::format(".{:03}", fraction / 1'000'000);
  return text + "Z";
}

LiveRecord Own(const access::RecordView& view) {
  return {.seq = 0,
          .kind = view.kind,
          .action = view.action,
          .provenance = view.provenance,
          .ambiguous = view.ambiguous,
          .platform_policy = view.platform_policy,
          .duplicates = view.duplicates,
          .pid = view.pid,
          .time_ns = view.time_ns,
          .process = Copy(view.process),
          .operation = Copy(view.operation),
          .target = Copy(view.target),
          .tag = Copy(view.tag)};
}

void AppendJson(std::string& out, const LiveRecord& record) {
  fmt::format_to(std::back_inserter(out), R"({{"v":{},"event":"record","seq":{},"kind":"{}")", kVersion, record.seq,
                 access::Name(record.kind));
  AppendText(out, "process", record.process);
  out += record.pid ? fmt::format(",\"pid\":{}", *record.pid) : ",\"pid\":null";
  AppendText(out, "operation", record.operation);
  AppendText(out, "target", record.target);
  out += record.kind == RecordKind::kDuplicate ? fmt::format(",\"duplicates\":{}", record.duplicates)
                                               : ",\"duplicates\":null";
  out += record.platform_policy ? ",\"platform_policy\":true" : ",\"platform_policy\":false";
  AppendText(out, "tag", record.tag);
  fmt::format_to(std::back_inserter(out), R"(,"provenance":"{}","ambiguous":{})", access::Name(record.provenance),
                 record.ambiguous);
  out += record.time_ns ? fmt::format(",\"time\":\"{}\"", FormatTime(*record.time_ns)) : ",\"time\":null";
  fmt::format_to(std::back_inserter(out), R"(,"action":"{}")", access::Name(record.action));
  AppendHexIfNeeded(out, "process", record.process);
  AppendHexIfNeeded(out, "operation", record.operation);
  AppendHexIfNeeded(out, "target", record.target);
  AppendHexIfNeeded(out, "tag", record.tag);
  out += '}';
}

base::Result<LiveRecord> ParseRecord(std::string_view json) {
  const Json object = Json::parse(json, nullptr, false);
  if (!object.is_object() || Text(object, "event") != "record") return base::Fail("this is not a record");
  const auto kind = FromName(Text(object, "kind"), {RecordKind::kDenial, RecordKind::kAllow, RecordKind::kDuplicate,
                                                    RecordKind::kReport, RecordKind::kOther});
  const auto action = FromName(Text(object, "action"), {access::Action::kAllow, access::Action::kDeny});
  const auto provenance = access::ProvenanceFromName(Text(object, "provenance"));
  if (!kind || !action || !provenance) return base::Fail("this record lacks kind, action or provenance");
  return LiveRecord{.seq = Integer<std::uint64_t>(object, "seq").value_or(0),
                    .kind = *kind,
                    .action = *action,
                    .provenance = *provenance,
                    .ambiguous = IsTrue(object, "ambiguous"),
                    .platform_policy = IsTrue(object, "platform_policy"),
                    .duplicates = Integer<std::uint64_t>(object, "duplicates").value_or(0),
                    .pid = Integer<std::int64_t>(object, "pid"),
                    .time_ns = ParseTime(Text(object, "time")),
                    .process = Bytes(object, "process"),
                    .operation = Bytes(object, "operation"),
                    .target = Bytes(object, "target"),
                    .tag = Bytes(object, "tag")};
}

}  // namespace sbtune::protocol
