#include "daemon/live/line.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

namespace sbtune::live {
namespace {

constexpr std::string_view kHeartbeatStart = "sbtuned heartbeat ";
constexpr std::size_t kKeptBytes = 1u << 20;  // a buffer that grew beyond this for one line is given back

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool IsDigits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool IsFooter(std::string_view line) {
  return line.size() < 200 && line.starts_with("{\"count\"") && JsonField(line, "finished").has_value();
}

// The seven characters "+hh:mm" can take: +hhmm, -hhmm, Z is not used by `log`.
std::optional<std::int64_t> ParseZoneSeconds(std::string_view text) {
  if (text.size() != 5 || (text[0] != '+' && text[0] != '-') || !IsDigits(text.substr(1))) return std::nullopt;
  const auto hours = ParseNumber<std::int64_t>(text.substr(1, 2)), minutes = ParseNumber<std::int64_t>(text.substr(3));
  const std::int64_t seconds = *hours * 3600 + *minutes * 60;
  return text[0] == '-' ? -seconds : seconds;
}

}  // namespace

LineKind Classify(std::string_view line) {
  if (line.empty() || line.find_first_not_of(" \t\r") == std::string_view::npos) return LineKind::kNoise;
  if (line.front() == '{') {
    if (line.find(kHeartbeatStart) != std::string_view::npos) {
      const auto message = JsonField(line, "eventMessage");
      if (message && message->starts_with(kHeartbeatStart)) return LineKind::kHeartbeat;
    }
    if (line.find("lossEvent") != std::string_view::npos && JsonField(line, "eventType") == "lossEvent") {
      return LineKind::kLossEvent;
    }
    return IsFooter(line) ? LineKind::kFinished : LineKind::kRecord;
  }
  if (line.starts_with("=== Messages dropped")) return LineKind::kDropMarker;
  const bool noise = line.starts_with("Filtering the log data using ") || line.starts_with("Timestamp ");
  return noise ? LineKind::kNoise : LineKind::kRecord;
}

std::optional<std::string_view> JsonField(std::string_view line, std::string_view key) {
  for (std::size_t at = line.find(key); at != std::string_view::npos; at = line.find(key, at + 1)) {
    const std::size_t after = at + key.size();
    if (at == 0 || line[at - 1] != '"' || after >= line.size() || line[after] != '"') continue;
    if (at >= 2 && line[at - 2] == '\\') continue;  // inside a string
    std::size_t value = line.find_first_not_of(' ', after + 1);
    if (value == std::string_view::npos || line[value] != ':') continue;
    value = line.find_first_not_of(' ', value + 1);
    if (value == std::string_view::npos) return std::nullopt;
    if (line[value] != '"') {
      const std::size_t end = line.find_first_of(",} ", value);
      return line.substr(value, end == std::string_view::npos ? end : end - value);
    }
    std::size_t end = value + 1;
    while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
    if (end >= line.size()) return std::nullopt;
    return line.substr(value + 1, end - value - 1);
  }
  return std::nullopt;
}

Mark MarkOf(std::string_view line) {
  Mark mark;
  if (const auto boot = JsonField(line, "bootUUID")) mark.boot = *boot;
  if (const auto mach = JsonField(line, "machTimestamp")) mark.mach = ParseNumber<std::uint64_t>(*mach).value_or(0);
  if (const auto time = JsonField(line, "timestamp")) mark.wall_ns = ParseLogTime(*time).value_or(0);
  return mark;
}

HeartbeatLine HeartbeatOf(std::string_view line) {
  HeartbeatLine heartbeat;
  heartbeat.mark = MarkOf(line);
  if (const auto message = JsonField(line, "eventMessage")) heartbeat.message = *message;
  if (const auto pid = JsonField(line, "processID")) heartbeat.pid = ParseNumber<std::int64_t>(*pid).value_or(-1);
  return heartbeat;
}

std::optional<std::int64_t> ParseLogTime(std::string_view text) {
  if (text.size() < 19 || text[4] != '-' || text[7] != '-' || text[10] != ' ' || text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  const auto year = ParseNumber<int>(text.substr(0, 4));
  const auto month = ParseNumber<unsigned>(text.substr(5, 2)), day = ParseNumber<unsigned>(text.substr(8, 2));
  const auto hour = ParseNumber<int>(text.substr(11, 2)), minute = ParseNumber<int>(text.substr(14, 2));
  const auto second = ParseNumber<int>(text.substr(17, 2));
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(*month), std::chrono::day(*day)};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;

  text.remove_prefix(19);
  std::int64_t fraction_ns = 0;
  if (!text.empty() && text[0] == '.') {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
    std::int64_t unit = 100'000'000;
    for (const char digit : text.substr(1, end - 1)) {
      fraction_ns += (digit - '0') * unit;
      unit /= 10;
    }
    text.remove_prefix(end);
  }
  const auto zone = text.empty() ? std::optional<std::int64_t>(0) : ParseZoneSeconds(text);
  if (!zone) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds = std::int64_t{days} * 86400 + *hour * 3600 + *minute * 60 + *second - *zone;
  return seconds * 1'000'000'000 + fraction_ns;
}

void LineBuffer::Append(std::string_view bytes, const std::function<void(std::string_view)>& on_line) {
  while (!bytes.empty()) {
    const std::size_t newline = bytes.find('\n');
    const std::string_view part = bytes.substr(0, newline);
    const bool complete = newline != std::string_view::npos;
    if (!skipping_ && partial_.size() + part.size() > max_line_) {
      ++overlong_;
      skipping_ = true;
      partial_ = std::string();  // gives the memory back
    }
    if (!skipping_ && complete && partial_.empty()) {
      on_line(part);
    } else if (!skipping_) {
      partial_ += part;
      if (complete) {
        on_line(partial_);
        if (partial_.capacity() > kKeptBytes) partial_ = std::string();
        partial_.clear();
      }
    }
    if (!complete) return;
    skipping_ = false;
    bytes.remove_prefix(newline + 1);
  }
}

std::uint64_t LineBuffer::TakeOverlong() { return std::exchange(overlong_, 0); }

void LineBuffer::Clear() {
  partial_ = std::string();
  skipping_ = false;
}

}  // namespace sbtune::live
