#include "profiles/scheme/string_escape.h"

namespace sbtune::scheme {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Reads up to two hexadecimal or three octal digits from `text` at `at`, which is moved behind them.
char ReadDigits(std::string_view text, std::size_t& at, int base, int most) {
  unsigned code = 0;
  for (int digits = 0; digits < most && at < text.size(); ++digits, ++at) {
    const int digit = HexDigit(text[at]);
    if (digit < 0 || digit >= base) break;
    code = code * static_cast<unsigned>(base) + static_cast<unsigned>(digit);
  }
  return static_cast<char>(code & 0xFFu);
}

}  // namespace

std::optional<StringLiteral> ReadStringLiteral(std::string_view text) {
  std::string value;
  std::size_t at = 1;
  while (at < text.size() && text[at] != '"') {
    if (text[at] != '\\') {
      value += text[at++];
      continue;
    }
    if (++at == text.size()) return std::nullopt;
    const char escaped = text[at++];
    switch (escaped) {
      case 'n': value += '\n'; break;
      case 't': value += '\t'; break;
      case 'r': value += '\r'; break;
      case 'x':
      case 'X': value += ReadDigits(text, at, 16, 2); break;
      case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7':
        --at;
        value += ReadDigits(text, at, 8, 3);
        break;
      default: value += escaped;
    }
  }
  if (at >= text.size()) return std::nullopt;
  return StringLiteral{std::move(value), at + 1};
}

std::string WriteStringLiteral(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 0xF]};
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace sbtune::scheme
