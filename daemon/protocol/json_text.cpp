#include "daemon/protocol/json_text.h"

#include <iterator>

#include <fmt/format.h>

#include "core/base/text.h"

namespace sbtune::protocol {
namespace {

bool IsPlain(std::string_view bytes) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7F || byte == '"' || byte == '\\') return false;
  }
  return true;
}

int HexValue(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

}  // namespace

void AppendQuoted(std::string& out, std::string_view bytes) {
  out += '"';
  if (IsPlain(bytes)) {
    out += bytes;
    out += '"';
    return;
  }
  for (const char c : base::ToValidUtf8(bytes)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  out += '"';
}

void AppendText(std::string& out, std::string_view key, const std::optional<std::string>& bytes) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":", key);
  if (bytes) {
    AppendQuoted(out, *bytes);
  } else {
    out += "null";
  }
}

void AppendHexIfNeeded(std::string& out, std::string_view key, const std::optional<std::string>& bytes) {
  if (!bytes || IsPlain(*bytes) || base::IsValidUtf8(*bytes)) return;
  fmt::format_to(std::back_inserter(out), ",\"{}_hex\":\"", key);
  for (const char byte : *bytes) {
    fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(byte));
  }
  out += '"';
}

std::optional<std::string> FromHex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const int high = HexValue(digits[i]), low = HexValue(digits[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

}  // namespace sbtune::protocol
