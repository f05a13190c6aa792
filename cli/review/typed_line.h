// A line that is being typed: text with a cursor, moved and erased by the keys that shells know. Pure.
//
//   TypedLine line("allow file-read-data (literal \"/x\")");
//   line.Press(TypedLine::kHome); line.Press('x');
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sbtune::cli {

class TypedLine {
 public:
  // As Ctrl with a letter; the keys of a terminal that send sequences are brought to these by KeyOf.
  static constexpr char kHome = '\x01';        // A
  static constexpr char kLeft = '\x02';        // B
  static constexpr char kDelete = '\x04';      // D
  static constexpr char kEnd = '\x05';         // E
  static constexpr char kRight = '\x06';       // F
  static constexpr char kEraseToEnd = '\x0b';  // K
  static constexpr char kDown = '\x0e';        // N; means nothing in a line
  static constexpr char kUp = '\x10';          // P; nor does this
  static constexpr char kEraseLine = '\x15';   // U
  static constexpr char kEraseWord = '\x17';   // W

  TypedLine() = default;
  explicit TypedLine(std::string text) : text_(std::move(text)), cursor_(text_.size()) {}

  // A byte of text, or one of the keys above; other control characters are passed over.
  void Press(char key);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::size_t cursor() const { return cursor_; }  // an offset, at the begin of a character

 private:
  [[nodiscard]] std::size_t Before() const;  // where the character before the cursor begins
  [[nodiscard]] std::size_t After() const;   // where the one at the cursor ends
  void EraseTo(std::size_t begin);
  void EraseWord();

  std::string text_;
  std::size_t cursor_ = 0;
};

// The key that a terminal meant by the bytes after an Escape; '\0' for keys without meaning here.
[[nodiscard]] char KeyOf(std::string_view sequence);

}  // namespace sbtune::cli
