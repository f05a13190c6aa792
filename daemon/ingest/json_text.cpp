#include "daemon/ingest/json_text.h"

#include <cstring>

#include "daemon/ingest/chunk.h"

namespace sbtune::ingest {
namespace {

std::optional<std::uint32_t> HexDigits(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text.substr(0, 4)) {
    const char lower = static_cast<char>(c | 0x20);
    const bool letter = lower >= 'a' && lower <= 'f';
    if (!IsDigit(c) && !letter) return std::nullopt;
    value = value * 16 + static_cast<std::uint32_t>(letter ? lower - 'a' + 10 : c - '0');
  }
  return value;
}

void AppendUtf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// "\uD83D\uDE00" from behind its first "\u"; returns bytes taken, 0 if wrong.
std::size_t AppendCodePoint(std::string_view text, std::string& out) {
  const std::optional<std::uint32_t> first = HexDigits(text);
  if (!first) return 0;
  if (*first >= 0xD800 && *first < 0xDC00 && text.substr(4).starts_with("\\u")) {
    const std::optional<std::uint32_t> second = HexDigits(text.substr(6));
    if (second && *second >= 0xDC00 && *second < 0xE000) {
      AppendUtf8(0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00), out);
      return 10;
    }
  }
  AppendUtf8(*first, out);
  return 4;
}

char PlainEscape(char c) {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return '\0';
  }
}

// Whether a line within an object can be a part of it: JSON's marks, a number, or true, false, null.
bool MayBeJson(std::string_view line) {
  line = Trim(line);
  if (line.empty()) return true;
  if (std::string_view("\"{}[],:-").find(line[0]) != std::string_view::npos || IsDigit(line[0])) return true;
  for (const std::string_view word : {"true", "false", "null"}) {
    if (line.starts_with(word)) return line.size() == word.size() || line[word.size()] == ',';
  }
  return false;
}

}  // namespace

std::optional<std::string_view> UnescapeJson(std::string_view text, std::string& scratch) {
  std::size_t escape = text.find('\\');
  if (escape == std::string_view::npos) return text;
  const std::size_t begin = scratch.size();
  scratch.reserve(begin + text.size());
  while (escape != std::string_view::npos) {
    scratch += text.substr(0, escape);
    if (escape + 1 >= text.size()) return std::nullopt;
    const char kind = text[escape + 1];
    text.remove_prefix(escape + 2);
    if (kind == 'u') {
      const std::size_t taken = AppendCodePoint(text, scratch);
      if (taken == 0) return std::nullopt;
      text.remove_prefix(taken);
    } else {
      const char plain = PlainEscape(kind);
      if (plain == '\0') return std::nullopt;
      scratch += plain;
    }
    escape = text.find('\\');
  }
  scratch += text;
  return std::string_view(scratch).substr(begin);
}

JsonExtent FindJsonEnd(Window& window, std::size_t at) {
  const std::string_view bytes = window.bytes();
  const std::size_t limit = std::min(bytes.size(), at + kMaxLine);
  JsonExtent extent;
  bool in_string = false;
  for (; at < limit; ++at) {
    const char c = bytes[at];
    if (c == '\n') {
      extent.end = at + 1;
      if (in_string) return extent;
      extent.how = JsonExtent::End::kOpen;
      if (window.AtEnd(at + 1)) return extent;
      const std::string_view line = window.LineAt(at + 1).text;
      if (BeginsRecord(line) || !MayBeJson(line)) return extent;
      extent.how = JsonExtent::End::kBroken;
      extent.last_line = at + 1;
    } else if (in_string) {
      if (c == '\\' && at + 1 < limit && bytes[at + 1] != '\n') ++at;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++extent.depth;
    } else if ((c == '}' || c == ']') && --extent.depth == 0) {
      extent.how = JsonExtent::End::kClosed;
      extent.end = at + 1;
      return extent;
    }
  }
  extent.end = window.AtEnd(at) ? bytes.size() : window.LineAt(at).next;
  return extent;
}

void JsonMembers::SkipBlanks() {
  while (at_ < text_.size() && (IsBlank(text_[at_]) || text_[at_] == '\n')) ++at_;
}

bool JsonMembers::Take(char c) {
  SkipBlanks();
  if (at_ >= text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

std::optional<std::string_view> JsonMembers::TakeString() {
  if (!Take('"')) return std::nullopt;
  const std::size_t begin = at_;
  while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
  if (at_ >= text_.size()) return std::nullopt;
  return text_.substr(begin, at_++ - begin);
}

bool JsonMembers::TakeValue(JsonMember& member) {
  SkipBlanks();
  if (at_ >= text_.size()) return false;
  const std::size_t begin = at_;
  if (text_[at_] == '"') {
    const std::optional<std::string_view> string = TakeString();
    if (!string) return false;
    member.value = *string;
    member.type = JsonMember::Type::kString;
    return true;
  }
  if (std::string_view("{[tfn-0123456789").find(text_[at_]) == std::string_view::npos) return false;
  std::size_t depth = 0;
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '"') {
      if (!TakeString()) return false;
      --at_;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (depth == 0) break;
      --depth;
    } else if (c == ',' && depth == 0) {
      break;
    }
  }
  member.value = Trim(text_.substr(begin, at_ - begin));
  while (member.value.ends_with('\n'))
    member.value = TrimRight(member.value.substr(0, member.value.size() - 1));
  const bool number = !member.value.empty() && (IsDigit(member.value[0]) || member.value[0] == '-');
  member.type = number ? JsonMember::Type::kNumber : JsonMember::Type::kOther;
  return !member.value.empty();
}

std::optional<JsonMember> JsonMembers::Fail() {
  failed_ = true;
  done_ = true;
  return std::nullopt;
}

// Behind the closing brace nothing may follow.
std::optional<JsonMember> JsonMembers::End() {
  SkipBlanks();
  if (at_ != text_.size()) return Fail();
  done_ = true;
  return std::nullopt;
}

std::optional<JsonMember> JsonMembers::Next() {
  if (done_) return std::nullopt;
  if (!begun_) {
    begun_ = true;
    if (!Take('{')) return Fail();
    if (Take('}')) return End();
  } else if (!Take(',')) {
    return Take('}') ? End() : Fail();
  }
  JsonMember member;
  const std::optional<std::string_view> key = TakeString();
  if (!key || !Take(':') || !TakeValue(member)) return Fail();
  member.key = *key;
  return member;
}

}  // namespace sbtune::ingest
