#include "cli/review/typed_line.h"

#include <array>
#include <utility>

namespace sbtune::cli {
namespace {

constexpr std::size_t kMaxTyped = 2000;

bool IsRest(char byte) { return (byte & 0xC0) == 0x80; }  // of a UTF-8 character

}  // namespace

void TypedLine::Press(char key) {
  switch (key) {
    case kHome: cursor_ = 0; return;
    case kEnd: cursor_ = text_.size(); return;
    case kLeft: cursor_ = Before(); return;
    case kRight: cursor_ = After(); return;
    case kDelete: text_.erase(cursor_, After() - cursor_); return;
    case kEraseToEnd: text_.erase(cursor_); return;
    case kEraseLine: EraseTo(0); return;
    case kEraseWord: return EraseWord();
    case '\x7f':
    case '\b': EraseTo(Before()); return;
    default: break;
  }
  const bool control = static_cast<unsigned char>(key) < 0x20;
  if (control || text_.size() >= kMaxTyped) return;
  text_.insert(cursor_++, 1, key);
}

std::size_t TypedLine::Before() const {
  std::size_t at = cursor_;
  if (at > 0) --at;
  while (at > 0 && IsRest(text_[at])) --at;
  return at;
}

std::size_t TypedLine::After() const {
  std::size_t at = cursor_;
  if (at < text_.size()) ++at;
  while (at < text_.size() && IsRest(text_[at])) ++at;
  return at;
}

void TypedLine::EraseTo(std::size_t begin) {
  text_.erase(begin, cursor_ - begin);
  cursor_ = begin;
}

void TypedLine::EraseWord() {
  std::size_t at = cursor_;
  while (at > 0 && text_[at - 1] == ' ') --at;
  while (at > 0 && text_[at - 1] != ' ') --at;
  EraseTo(at);
}

char KeyOf(std::string_view sequence) {
  constexpr std::array<std::pair<std::string_view, char>, 15> kKeys = {{
      {"[A", TypedLine::kUp}, {"[B", TypedLine::kDown}, {"[C", TypedLine::kRight}, {"[D", TypedLine::kLeft},
      {"OA", TypedLine::kUp}, {"OB", TypedLine::kDown}, {"OC", TypedLine::kRight}, {"OD", TypedLine::kLeft},
      {"[H", TypedLine::kHome}, {"[F", TypedLine::kEnd}, {"OH", TypedLine::kHome}, {"OF", TypedLine::kEnd},
      {"[1~", TypedLine::kHome}, {"[4~", TypedLine::kEnd}, {"[3~", TypedLine::kDelete},
  }};
  for (const auto& [bytes, key] : kKeys) {
    if (bytes == sequence) return key;
  }
  return '\0';
}

}  // namespace sbtune::cli
