// Lines of a text, and the lines at which a record surely begins whatever stood before them.
// A Window remembers whether anyone looked at its end: then more bytes could have changed the answer.
#pragma once

#include <cstddef>
#include <string_view>

namespace sbtune::ingest {

struct Line {
  std::string_view text;  // without line end, "\r\n" too
  std::size_t next = 0;   // where the next line begins
};

class Window {
 public:
  explicit Window(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  [[nodiscard]] bool AtEnd(std::size_t at) {
    if (at < bytes_.size()) return false;
    touched_end_ = true;
    return true;
  }
  [[nodiscard]] Line LineAt(std::size_t at);  // at < bytes().size()
  // True when some answer depended on where the bytes end.
  [[nodiscard]] bool touched_end() const { return touched_end_; }
  void TouchEnd() { touched_end_ = true; }

 private:
  std::string_view bytes_;
  bool touched_end_ = false;
};

// A dated line of `log`, a syslog line, a Console row, an ndjson object, "Sandbox: …" and the like: never the
// continuation of a record. Everything that reads several lines stops here, so a chunk may be cut here.
[[nodiscard]] bool BeginsRecord(std::string_view line);

// "2026-10-01 11:03:22" or with a T, by shape.
[[nodiscard]] bool BeginsWithIsoTime(std::string_view line);

// Every event says "deny" or "allow"; most lines of a log do neither.
[[nodiscard]] bool MentionsAccess(std::string_view text);

[[nodiscard]] constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
[[nodiscard]] std::string_view TrimLeft(std::string_view text);
[[nodiscard]] std::string_view TrimRight(std::string_view text);
[[nodiscard]] std::string_view Trim(std::string_view text);

}  // namespace sbtune::ingest
