// Text -> data. Every list, element and string knows its place in the text; nothing is evaluated.
//
//   Reader reader(heap, sources.Text(id), id, diagnostics, {});
//   while (std::optional<Slot> datum = reader.Next()) …
//
// Reads what TinyScheme reads, with Apple's raw strings #"…": comments by ; and #!, lists with dots, #(vectors),
// 'x `x ,x ,@x, strings with escapes, numbers in four bases, #\characters. Symbols keep their case.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/diagnostics.h"
#include "core/base/source.h"
#include "profiles/scheme/heap.h"
#include "profiles/scheme/value.h"

namespace sbtune::scheme {

struct ReaderOptions {
  std::uint32_t depth = 10'000;  // nested lists
  // A stray ")" or a bad token is an error; when mending, a warning, and reading goes on behind it.
  enum class Mistakes : std::uint8_t { kStop, kMend } mistakes = Mistakes::kStop;
  // Whether string-append drops what follows a raw string (see String::ended).
  enum class RawStrings : std::uint8_t { kPlain, kEndTheirText } raw_strings = RawStrings::kPlain;
};

class Reader {
 public:
  // Reads `text`, which must outlive the reader; positions are told as positions in `source`.
  Reader(Heap& heap, std::string_view text, base::SourceId source, base::Diagnostics& diagnostics,
         ReaderOptions options);

  // The next datum; nothing at the end of the text, or after an error, which is in the diagnostics.
  [[nodiscard]] std::optional<Slot> Next();
  [[nodiscard]] bool failed() const { return failed_; }
  // Where reading stands, in bytes; a later Reader may go on from there.
  [[nodiscard]] std::uint32_t position() const { return at_; }
  void SkipTo(std::uint32_t position) { at_ = position; }

 private:
  enum class Open : std::uint8_t { kList, kVector, kPrefix };  // kPrefix: a quote that waits for its datum
  struct Level {
    Open open;
    std::uint32_t begin;
    Pair* head = nullptr;
    Pair* tail = nullptr;
    enum class Dot : std::uint8_t { kNone, kSeen, kFilled } dot = Dot::kNone;
  };

  void SkipBlank();
  void OpenLevel(Open open, std::uint32_t begin, std::string_view prefix);
  void CloseLevel();
  // Adds a finished datum to the innermost open level; a datum of the outermost level is the result.
  void Finish(Value value, base::SourceRange range);
  void Append(Level& level, Value value, base::SourceRange range);
  void ReadToken();
  void ReadHash();
  void ReadString();
  void ReadRawString();
  void ReadAtom();
  void ReadCharacter();
  void Mistake(std::string code, std::string message, base::SourceRange range, std::string hint = "");
  void Unfinished();

  [[nodiscard]] base::SourceRange From(std::uint32_t begin) const { return {source_, begin, at_ - begin}; }
  [[nodiscard]] std::uint32_t TokenEnd(std::uint32_t from) const;

  Heap& heap_;
  std::string_view text_;
  base::SourceId source_;
  base::Diagnostics& diagnostics_;
  ReaderOptions options_;
  std::uint32_t at_ = 0;
  bool failed_ = false;
  std::vector<Level> levels_;
  std::optional<Slot> result_;
};

// The number that `token` spells in TinyScheme, in base 10 or with a prefix #x #o #b #d left off; else nothing.
[[nodiscard]] std::optional<Value> ParseNumber(std::string_view token, int base);

}  // namespace sbtune::scheme
