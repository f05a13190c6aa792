#include "daemon/ingest/plain_line.h"

#include <algorithm>
#include <cstring>

#include "daemon/ingest/lines.h"
#include "daemon/ingest/timestamp.h"

namespace sbtune::ingest {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::size_t kMaxHost = 64;

struct Hex {
  bool operator()(char c) const { return IsDigit(c) || (c >= 'a' && c <= 'f'); }
};
struct Digit {
  bool operator()(char c) const { return IsDigit(c); }
};
struct Blank {
  bool operator()(char c) const { return c == ' '; }
};
struct Letter {
  bool operator()(char c) const { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
};
struct HostByte {
  bool operator()(char c) const { return Letter{}(c) || IsDigit(c) || c == '-' || c == '.'; }
};

template <std::size_t N>
bool Take(std::string_view& text, const char (&word)[N]) {
  constexpr std::size_t size = N - 1;
  if (text.size() < size || std::memcmp(text.data(), word, size) != 0) return false;
  text.remove_prefix(size);
  return true;
}

template <typename Wanted>
std::size_t TakeWhile(std::string_view& text, Wanted wanted) {
  std::size_t size = 0;
  while (size < text.size() && wanted(text[size])) ++size;
  text.remove_prefix(size);
  return size;
}

std::size_t TakeBlanks(std::string_view& text) { return TakeWhile(text, Blank{}); }

bool IsUpper(std::string_view text) { return !text.empty() && text[0] >= 'A' && text[0] <= 'Z'; }

bool TakeThread(std::string_view& text) {  // "0xdbf47"
  return Take(text, "0x") && TakeWhile(text, Hex{}) > 0;
}

// "E  kernel[0:4c663ab] "
bool TakeCompact(std::string_view& text) {
  if (text.size() < 2 || !IsUpper(text)) return false;
  text.remove_prefix(text[1] >= 'a' && text[1] <= 'z' ? 2 : 1);
  return TakeBlanks(text) > 0 && Take(text, "kernel[0:") && TakeWhile(text, Hex{}) > 0 && Take(text, "] ");
}

// "0xdbf47    Error       0x0                  0      0    kernel: "
bool TakeDefault(std::string_view& text) {
  return TakeThread(text) && TakeBlanks(text) > 0 && IsUpper(text) && TakeWhile(text, Letter{}) > 0 &&
         TakeBlanks(text) > 0 && TakeThread(text) && TakeBlanks(text) > 0 && Take(text, "0 ") &&
         (TakeBlanks(text), true) && TakeWhile(text, Digit{}) > 0 && TakeBlanks(text) > 0 &&
         Take(text, "kernel: ");
}

// "localhost kernel[0]: "
bool TakeSyslog(std::string_view& text) {
  const std::size_t host = TakeWhile(text, HostByte{});
  return host > 1 && host <= kMaxHost && Take(text, " kernel[0]: ");
}

}  // namespace

std::optional<std::int64_t> PlainLineReader::TimeOf(std::string_view text) {
  if (std::memcmp(text.data(), minute_.data(), minute_.size()) != 0) {
    std::string whole_minute(text.substr(0, 16));
    whole_minute += ":00";
    const ReadTime time = ReadIsoTime(whole_minute);
    if (!time.ns) return std::nullopt;
    minute_ns_ = *time.ns;
    std::copy_n(text.begin(), minute_.size(), minute_.begin());
  }
  const int second = (text[17] - '0') * 10 + (text[18] - '0');
  if (second > 60) return std::nullopt;
  return minute_ns_ + second * kSecond;
}

bool PlainLineReader::Read(std::string_view text, LogLine& line) {
  if (text.size() < 40 || !BeginsWithIsoTime(text) || text[10] != ' ') return false;
  std::optional<std::int64_t> time = TimeOf(text);
  if (!time) return false;
  std::string_view rest = text.substr(19);
  if (Take(rest, ".")) {
    std::int64_t unit = kSecond;
    std::size_t digits = 0;
    for (; digits < rest.size() && digits < 9 && IsDigit(rest[digits]); ++digits)
      *time += (unit /= 10) * (rest[digits] - '0');
    if (digits == 0 || digits == 9) return false;
    rest.remove_prefix(digits);
  }
  if (!rest.empty() && (rest[0] == '+' || rest[0] == '-')) {
    for (const std::size_t i : {1, 2, 3, 4}) {
      if (i >= rest.size() || !IsDigit(rest[i])) return false;
    }
    if (rest.size() < 6 || rest[5] != ' ') return false;
    const int minutes =
        ((rest[1] - '0') * 10 + (rest[2] - '0')) * 60 + (rest[3] - '0') * 10 + (rest[4] - '0');
    *time -= (rest[0] == '-' ? -1 : 1) * minutes * 60 * kSecond;
    rest.remove_prefix(5);
    TakeBlanks(rest);
    if (rest.starts_with("0x") ? !TakeDefault(rest) : !TakeSyslog(rest)) return false;
  } else if (!Take(rest, " ") || !TakeCompact(rest)) {
    return false;
  }
  Take(rest, "(Sandbox) ");
  Take(rest, "[com.apple.sandbox.reporting:violation] ");
  if (rest.empty() || (rest[0] != 'S' && !IsDigit(rest[0]))) return false;
  if (std::memchr(rest.data(), '[', rest.size()) != nullptr) return false;  // perhaps a second header
  line.message = rest;
  line.header = Header::kLogTool;
  line.emitter = Emitter::kSandbox;
  line.dated = true;
  line.time_ns = time;
  return true;
}

}  // namespace sbtune::ingest
