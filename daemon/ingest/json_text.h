// JSON text by hand, where a JSON library will not do: where an object ends, strings that are not UTF-8,
// objects that simdjson refuses. Nothing recurses; nesting is a number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/ingest/lines.h"

namespace sbtune::ingest {

// The text between the quotes of a JSON string, unescaped; a view of `text` itself where nothing is escaped,
// else of what was appended to `scratch`. Half a surrogate pair becomes the three bytes that UTF-8 would give
// it, so nothing is lost. Absent for a wrong escape.
[[nodiscard]] std::optional<std::string_view> UnescapeJson(std::string_view text, std::string& scratch);

struct JsonExtent {
  enum class End : std::uint8_t {
    kClosed,  // `end` is behind the closing brace
    kOpen,    // the lines up to `end` are JSON as far as they go; what follows is none, or nothing
    kBroken,  // a string does not end on its line, or the object is too long
  };
  End how = End::kBroken;
  std::size_t end = 0;        // a line start, unless closed
  std::size_t last_line = 0;  // where the line that holds `end` begins; 0: where the object began
  std::size_t depth = 0;      // brackets still open
};

// The extent of the object that begins at `at` ('{'), over as many lines as it takes, at most kMaxLine bytes.
// A line that begins a record, or that cannot be JSON, ends the search.
[[nodiscard]] JsonExtent FindJsonEnd(Window& window, std::size_t at);

// One member of an object's top level.
struct JsonMember {
  enum class Type : std::uint8_t { kString, kNumber, kOther };
  std::string_view key;    // as written, escapes too
  std::string_view value;  // of a string: between its quotes, as written; of others: the text
  Type type = Type::kOther;
};

// Walks the members of an object text, tolerant of bytes that are not UTF-8.
class JsonMembers {
 public:
  explicit JsonMembers(std::string_view object) : text_(object) {}
  // The next member; nothing at the end or where the text is no object: then failed() tells which.
  [[nodiscard]] std::optional<JsonMember> Next();
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  void SkipBlanks();
  [[nodiscard]] bool Take(char c);
  [[nodiscard]] std::optional<std::string_view> TakeString();
  [[nodiscard]] bool TakeValue(JsonMember& member);
  [[nodiscard]] std::optional<JsonMember> End();
  [[nodiscard]] std::optional<JsonMember> Fail();

  std::string_view text_;
  std::size_t at_ = 0;
  bool begun_ = false;
  bool done_ = false;
  bool failed_ = false;
};

}  // namespace sbtune::ingest
