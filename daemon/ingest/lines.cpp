#include "daemon/ingest/lines.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <initializer_list>

namespace sbtune::ingest {
namespace {

// '9' stands for a digit, anything else for itself.
bool HasShape(std::string_view text, std::string_view shape) {
  if (text.size() < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == '9' ? !IsDigit(text[i]) : text[i] != shape[i]) return false;
  }
  return true;
}

constexpr std::uint64_t kZeros = 0x3030303030303030u;

// A word whose bytes at the given places, in memory order, are all ones.
constexpr std::uint64_t OnesAt(std::initializer_list<unsigned> places) {
  std::uint64_t word = 0;
  for (const unsigned place : places) {
    const unsigned shift = std::endian::native == std::endian::little ? place * 8 : (7 - place) * 8;
    word |= std::uint64_t{0xFF} << shift;
  }
  return word;
}

bool AreDigits(std::uint64_t word) {
  const std::uint64_t values = word ^ kZeros;  // 0 to 9 where there was a digit
  return (((values + 0x7676767676767676u) & 0x8080808080808080u) | (values & 0xF0F0F0F0F0F0F0F0u)) == 0;
}

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

// "Jul  1 09:29:02 ", "Sep 2 18:45:02 "
bool BeginsWithSyslogTime(std::string_view line) {
  if (line.size() < 15 || !IsUpper(line[0]) || !IsLower(line[1]) || !IsLower(line[2]) || line[3] != ' ')
    return false;
  line.remove_prefix(line[4] == ' ' ? 5 : 4);
  std::size_t day = 0;
  while (day < 2 && IsDigit(line[day])) ++day;
  return day > 0 && HasShape(line.substr(day), " 99:99:99 ");
}

// "error\t14:21:33.302172 +0100\tkernel\t…", whatever the language of the first column.
bool BeginsWithConsoleRow(std::string_view line) {
  const std::size_t tab = line.substr(0, 32).find('\t');
  return tab != std::string_view::npos && tab > 0 && HasShape(line.substr(tab + 1), "99:99:99.9");
}

bool BeginsWithDuplicates(std::string_view line) {
  std::size_t digits = 0;
  while (digits < line.size() && digits < 9 && IsDigit(line[digits])) ++digits;
  return digits > 0 && line.substr(digits).starts_with(" duplicate report");
}

// "[   12.407245]: "
bool BeginsWithBootTime(std::string_view line) {
  const std::size_t digits = line.find_first_not_of(' ', 1);
  if (digits == std::string_view::npos || digits > 12 || !IsDigit(line[digits])) return false;
  const std::size_t close = line.substr(0, 24).find(']');
  return close != std::string_view::npos &&
         line.substr(digits, close - digits).find('.') != std::string_view::npos;
}

}  // namespace

Line Window::LineAt(std::size_t at) {
  const char* begin = bytes_.data() + at;
  const std::size_t left = bytes_.size() - at;
  const auto* end = static_cast<const char*>(std::memchr(begin, '\n', left));
  if (end == nullptr) touched_end_ = true;
  const auto length = end == nullptr ? left : static_cast<std::size_t>(end - begin);
  Line line{{begin, length}, at + length + (end == nullptr ? 0 : 1)};
  if (line.text.ends_with('\r')) line.text.remove_suffix(1);
  return line;
}

bool BeginsWithIsoTime(std::string_view line) {
  if (line.size() < 19) return false;
  const char* const at = line.data();
  const bool marks =
      at[4] == '-' && at[7] == '-' && (at[10] == ' ' || at[10] == 'T') && at[13] == ':' && at[16] == ':';
  if (!marks) return false;
  // Eight bytes at a time; the marks are set to '0' first.
  std::uint64_t date = 0, time = 0;
  std::memcpy(&date, at, sizeof date);
  std::memcpy(&time, at + 11, sizeof time);
  constexpr std::uint64_t kDateMarks = OnesAt({4, 7}), kTimeMarks = OnesAt({2, 5});
  return AreDigits((date & ~kDateMarks) | (kZeros & kDateMarks)) &&
         AreDigits((time & ~kTimeMarks) | (kZeros & kTimeMarks)) && IsDigit(at[8]) && IsDigit(at[9]);
}

bool BeginsRecord(std::string_view line) {
  if (line.empty()) return false;
  switch (line[0]) {
    case '{':
      return line.size() > 1 && line[1] == '"';
    case '[':
      return BeginsWithBootTime(line);
    case 'S':
      if (line.starts_with("Sandbox: ") || line.starts_with("System Policy: ")) return true;
      break;
    default:
      break;
  }
  if (IsDigit(line[0])) return BeginsWithIsoTime(line) || BeginsWithDuplicates(line);
  return BeginsWithSyslogTime(line) || BeginsWithConsoleRow(line);
}

bool MentionsAccess(std::string_view text) {
  return text.find("deny") != std::string_view::npos || text.find("allow") != std::string_view::npos;
}

std::string_view TrimLeft(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  return text;
}

std::string_view TrimRight(std::string_view text) {
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view Trim(std::string_view text) { return TrimLeft(TrimRight(text)); }

}  // namespace sbtune::ingest
