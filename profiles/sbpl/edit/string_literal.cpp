#include "profiles/sbpl/edit/string_literal.h"

#include "core/base/text.h"

namespace sbtune::sbpl {
namespace {

constexpr char kHex[] = "0123456789abcdef";

bool IsPlain(char c) { return c >= 0x20 && c < 0x7F; }

// What EscapeForTerminal leaves alone is printable; so a piece that it changes is written byte by byte.
void AppendPiece(std::string& out, std::string_view piece) {
  if ((piece.size() == 1 && IsPlain(piece[0])) || base::EscapeForTerminal(piece) == piece) {
    out += piece;
    return;
  }
  for (const char c : piece) {
    const auto byte = static_cast<unsigned char>(c);
    out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
  }
}

// The piece that begins here: one character of UTF-8, judged by its lead byte, cut where a byte does not continue.
std::size_t PieceLength(std::string_view bytes) {
  const auto lead = static_cast<unsigned char>(bytes[0]);
  const std::size_t wanted = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  std::size_t length = 1;
  while (length < wanted && length < bytes.size() && (static_cast<unsigned char>(bytes[length]) & 0xC0) == 0x80) {
    ++length;
  }
  return length;
}

}  // namespace

base::Result<std::string> StringLiteral(std::string_view bytes) {
  if (bytes.find('\0') != std::string_view::npos) {
    return base::Fail("a NUL byte cannot be written in a profile");
  }
  if (bytes.find("${") != std::string_view::npos) {
    return base::Fail("\"${\" would be read as a variable inside a profile");
  }
  std::string out = "\"";
  while (!bytes.empty()) {
    const std::size_t length = PieceLength(bytes);
    switch (bytes[0]) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '\r': out += "\\r"; break;
      default: AppendPiece(out, bytes.substr(0, length));
    }
    bytes.remove_prefix(length);
  }
  return out + "\"";
}

}  // namespace sbtune::sbpl
