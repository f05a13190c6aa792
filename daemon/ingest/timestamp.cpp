#include "daemon/ingest/timestamp.h"

#include <algorithm>
#include <chrono>

#include "daemon/ingest/lines.h"

namespace sbtune::ingest {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// Reads numbers and marks one after the other; a failed step leaves it failed.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  int Number(std::size_t min_digits, std::size_t max_digits) {
    int value = 0;
    std::size_t digits = 0;
    while (digits < max_digits && at_ < text_.size() && IsDigit(text_[at_])) {
      value = value * 10 + (text_[at_++] - '0');
      ++digits;
    }
    if (digits < min_digits) ok_ = false;
    return value;
  }
  // Decimals as nanoseconds; digits past the ninth are read and dropped.
  std::int64_t Fraction() {
    std::int64_t value = 0;
    std::int64_t unit = kSecond;
    std::size_t digits = 0;
    for (; at_ < text_.size() && IsDigit(text_[at_]); ++at_, ++digits) {
      unit /= 10;
      value += unit * (text_[at_] - '0');
    }
    if (digits == 0) ok_ = false;
    return value;
  }
  bool Take(std::string_view any_of) {
    if (at_ >= text_.size() || any_of.find(text_[at_]) == std::string_view::npos) return false;
    ++at_;
    return true;
  }
  void Need(std::string_view any_of) { ok_ = Take(any_of) && ok_; }
  [[nodiscard]] char Peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  void Skip(std::size_t count) { at_ += count; }
  [[nodiscard]] std::string_view rest() const { return text_.substr(std::min(at_, text_.size())); }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t at() const { return at_; }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

struct Parts {
  int year = 0, month = 0, day = 0;
  int hour = 0, minute = 0, second = 0;
  std::int64_t fraction = 0;
  int offset_minutes = 0;
};

std::optional<std::int64_t> ToNanoseconds(const Parts& parts) {
  const std::chrono::year_month_day date{std::chrono::year{parts.year},
                                         std::chrono::month{static_cast<unsigned>(parts.month)},
                                         std::chrono::day{static_cast<unsigned>(parts.day)}};
  const bool valid = date.ok() && parts.year >= 1678 && parts.year <= 2261 && parts.hour < 24 &&
                     parts.minute < 60 && parts.second <= 60;
  if (!valid) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t minutes = (days * 24 + parts.hour) * 60 + parts.minute - parts.offset_minutes;
  return (minutes * 60 + parts.second) * kSecond + parts.fraction;
}

// "Z", "+0200", " -0700", "+02:00"; a blank before the sign only where four digits follow.
void ReadZone(Scanner& scan, Parts& parts) {
  const auto is_zone = [&](std::size_t at) {
    if (scan.Peek(at) != '+' && scan.Peek(at) != '-') return false;
    if (!IsDigit(scan.Peek(at + 1)) || !IsDigit(scan.Peek(at + 2))) return false;
    const std::size_t minutes = at + (scan.Peek(at + 3) == ':' ? 4 : 3);
    return IsDigit(scan.Peek(minutes)) && IsDigit(scan.Peek(minutes + 1)) && !IsDigit(scan.Peek(minutes + 2));
  };
  if (scan.Take("Z")) return;
  if (!is_zone(0)) {
    if (scan.Peek() != ' ' || !is_zone(1)) return;
    scan.Skip(1);
  }
  const int sign = scan.Take("-") ? -1 : 1;
  if (sign > 0) scan.Take("+");
  const int hours = scan.Number(2, 2);
  scan.Take(":");
  parts.offset_minutes = sign * (hours * 60 + scan.Number(2, 2));
}

int FullYear(int year) { return year < 100 ? 2000 + year : year; }

// False where the order of day and month cannot be told.
bool OrderDate(int first, int second, int third, bool dotted, Parts& parts) {
  if (first > 31) {
    parts.year = first;
    parts.month = second;
    parts.day = third;
    return true;
  }
  parts.year = FullYear(third);
  const bool day_first = dotted || first > 12;
  parts.day = day_first ? first : second;
  parts.month = day_first ? second : first;
  return dotted || first > 12 || second > 12 || first == second;
}

// "PM", " PM", "\u202FPM" (since macOS 13), "p.m."
void ReadHalfOfDay(Scanner& scan, Parts& parts) {
  std::size_t at = scan.Peek() == ' ' ? 1 : 0;
  for (const std::string_view blank : {"\xE2\x80\xAF", "\xC2\xA0"}) {
    if (at == 0 && scan.rest().starts_with(blank)) at = blank.size();
  }
  const char half = static_cast<char>(scan.Peek(at) | 0x20);
  const std::size_t dot = scan.Peek(at + 1) == '.' ? 1 : 0;
  const char mark = static_cast<char>(scan.Peek(at + 1 + dot) | 0x20);
  const std::size_t end = at + 2 + dot + (dot == 1 && scan.Peek(at + 3) == '.' ? 1 : 0);
  if ((half != 'a' && half != 'p') || mark != 'm' || !(IsBlank(scan.Peek(end)) || scan.Peek(end) == '\0'))
    return;
  scan.Skip(end);
  parts.hour = parts.hour % 12 + (half == 'p' ? 12 : 0);
}

// What follows a whole time is the process, "kernel[0]:", or nothing; else some other language's "PM" stands
// there.
bool EndsHere(std::string_view rest) {
  if (rest.empty() || rest[0] == '\t') return true;
  if (!IsBlank(rest[0])) return false;
  rest = TrimLeft(rest);
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
  return word.empty() || word.ends_with(':') || word.find('[') != std::string_view::npos;
}

}  // namespace

ReadTime ReadIsoTime(std::string_view text) {
  if (!BeginsWithIsoTime(text)) return {};
  Scanner scan(text);
  Parts parts;
  parts.year = scan.Number(4, 4);
  scan.Skip(1);
  parts.month = scan.Number(2, 2);
  scan.Skip(1);
  parts.day = scan.Number(2, 2);
  scan.Skip(1);
  parts.hour = scan.Number(2, 2);
  scan.Skip(1);
  parts.minute = scan.Number(2, 2);
  scan.Skip(1);
  parts.second = scan.Number(2, 2);
  if ((scan.Peek() == '.' || scan.Peek() == ',') && IsDigit(scan.Peek(1))) {
    scan.Skip(1);
    parts.fraction = scan.Fraction();
  }
  ReadZone(scan, parts);
  return {ToNanoseconds(parts), scan.at()};
}

ReadTime ReadConsoleTime(std::string_view text) {
  Scanner scan(text);
  Parts parts;
  const int first = scan.Number(1, 4);
  const bool dotted = scan.Peek() == '.';
  scan.Need("./-");
  const int second = scan.Number(1, 2);
  scan.Need("./-");
  const int third = scan.Number(1, 4);
  scan.Take(",");
  scan.Need(" T");
  parts.hour = scan.Number(1, 2);
  scan.Need(":.");
  parts.minute = scan.Number(2, 2);
  scan.Need(":.");
  parts.second = scan.Number(2, 2);
  if (!scan.ok()) return {};
  if ((scan.Peek() == '.' || scan.Peek() == ',') && IsDigit(scan.Peek(1))) {
    scan.Skip(1);
    parts.fraction = scan.Fraction();
  }
  ReadHalfOfDay(scan, parts);
  const bool known = OrderDate(first, second, third, dotted, parts) && EndsHere(scan.rest());
  return {known ? ToNanoseconds(parts) : std::nullopt, scan.at()};
}

ReadTime ReadSyslogTime(std::string_view text) {
  if (text.size() < 15 || text[3] != ' ' || text[0] < 'A' || text[0] > 'Z') return {};
  Scanner scan(text);
  scan.Skip(4);
  scan.Take(" ");
  scan.Number(1, 2);
  scan.Need(" ");
  scan.Number(2, 2);
  scan.Need(":");
  scan.Number(2, 2);
  scan.Need(":");
  scan.Number(2, 2);
  if (scan.ok() && scan.Peek() == '.' && IsDigit(scan.Peek(1))) {
    scan.Skip(1);
    scan.Fraction();
  }
  return {std::nullopt, scan.ok() ? scan.at() : 0};
}

ReadTime ReadClockTime(std::string_view text) {
  Scanner scan(text);
  Parts parts;
  scan.Number(1, 2);
  scan.Need(":");
  scan.Number(2, 2);
  scan.Need(":");
  scan.Number(2, 2);
  scan.Need(".,");
  if (!scan.ok()) return {};
  scan.Fraction();
  if (!scan.ok()) return {};
  ReadZone(scan, parts);
  return {std::nullopt, scan.at()};
}

}  // namespace sbtune::ingest
