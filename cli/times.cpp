#include "cli/times.h"

#include <charconv>
#include <limits>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "core/base/clock.h"
#include "daemon/ingest/timestamp.h"

namespace sbtune::cli {
namespace {

constexpr std::size_t kDateLength = 10;     // 2026-03-03
constexpr std::size_t kMinutesLength = 16;  // 2026-03-03T14:05

std::optional<std::int64_t> ReadNumber(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::int64_t SecondsOf(char unit) {
  switch (unit) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3'600;
    case 'd': return 86'400;
    case 'w': return 604'800;
    default: return 0;
  }
}

std::optional<std::int64_t> Scale(std::int64_t number, std::int64_t seconds) {
  if (seconds == 0 || number > std::numeric_limits<std::int64_t>::max() / base::kSecondNs / seconds) {
    return std::nullopt;
  }
  return number * seconds * base::kSecondNs;
}

std::optional<std::int64_t> ReadAgo(std::string_view text, std::int64_t now_ns) {
  const std::optional<std::int64_t> number = ReadNumber(text.substr(0, text.size() - 1));
  if (!number) return std::nullopt;
  const std::optional<std::int64_t> ago = Scale(*number, SecondsOf(text.back()));
  if (!ago) return std::nullopt;
  return now_ns - *ago;
}

std::optional<std::int64_t> ReadDate(std::string_view text) {
  std::string full(text);
  if (text.size() == kDateLength) full += "T00:00:00";
  const bool has_minutes = text.size() >= kMinutesLength;
  if (has_minutes && text.substr(kMinutesLength, 1) != ":") full.insert(kMinutesLength, ":00");
  const ingest::ReadTime time = ingest::ReadIsoTime(full);
  return time.length == full.size() ? time.ns : std::nullopt;
}

struct Parts {
  std::time_t seconds = 0;
  std::int64_t fraction = 0;
};

Parts Split(std::int64_t ns) {
  const std::int64_t seconds = ns >= 0 ? ns / base::kSecondNs : (ns - base::kSecondNs + 1) / base::kSecondNs;
  return {static_cast<std::time_t>(seconds), ns - seconds * base::kSecondNs};
}

}  // namespace

base::Result<std::int64_t> ParseTime(std::string_view text, std::int64_t now_ns, std::string_view option) {
  std::optional<std::int64_t> time;
  if (text.starts_with('@')) {
    const std::optional<std::int64_t> seconds = ReadNumber(text.substr(1));
    if (seconds) time = Scale(*seconds, 1);
  } else if (text.size() >= 2) {
    time = ReadAgo(text, now_ns);
    if (!time) time = ReadDate(text);
  }
  if (time) return *time;
  return base::Fail(fmt::format("{} needs a time like 2026-03-03T14:05:06Z, 2026-03-03, @1772546706 or 2h, not \"{}\"",
                                option, text));
}

std::string FormatTime(std::int64_t ns) {
  const auto [seconds, fraction] = Split(ns);
  std::string text = fmt::format("{:%Y-%m-%dT%H:%M:%S}", fmt::gmtime(seconds));
  if (fraction % 1'000 != 0) {
    text += fmt::format(".{:09}", fraction);
  } else if (fraction % 1'000'000 != 0) {
    text += fmt::format(".{:06}", fraction / 1'000);
  } else if (fraction != 0) {
    text += fmt::format(".{:03}", fraction / 1'000'000);
  }
  return text + "Z";
}

std::string FormatSeconds(std::optional<std::int64_t> ns) {
  if (!ns) return "-";
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(Split(*ns).seconds));
}

}  // namespace sbtune::cli
