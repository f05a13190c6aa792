// What hands and tools do to a line on its way from the log to us: marks in front of it, quotation around it,
// colours, blanks of another kind, breaks in the middle.
//
//   Quotation quotation("see **Sandbox: cat(7) deny(1) file-read-data /x** there", Quotation::Start::kPlain);
//   quotation.From(6);  // "Sandbox: cat(7) deny(1) file-read-data /x"
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sbtune::ingest {

// Finds what a mark around a record closes: quotes of any kind, emphasis, a tag, a comment, the cell of a
// table. Places are asked for from front to back.
class Quotation {
 public:
  enum class Start { kPlain, kCell };  // kCell: the mark of a table's cell stood in front of the text

  Quotation(std::string_view whole, Start start) : whole_(whole), start_(start) {}

  // The text from `at` on, without what follows the mark that closes the quotation it stands in.
  [[nodiscard]] std::string_view From(std::size_t at);

 private:
  [[nodiscard]] std::string_view ClosingMark(std::size_t at) const;

  std::string_view whole_;
  Start start_;
  std::size_t counted_to_ = 0;
  bool open_ = false;  // an odd number of backquotes so far
  std::string_view mark_;
  std::size_t close_ = 0;
};

// Blanks and the marks of quotes and comments in front of a line: "    ", "> ", "// ".
[[nodiscard]] std::string_view LeadingMarks(std::string_view line);

// A line that a tool has coloured, without its colours; `line` itself where it has none. Coloured is what
// says so before its message: a file may be named by such bytes, and its target keeps them.
[[nodiscard]] std::string_view WithoutColours(std::string_view line, std::string& scratch);

// Web pages put U+00A0 where the line had a blank.
[[nodiscard]] bool HasWideBlank(std::string_view text);
[[nodiscard]] std::string WithPlainBlanks(std::string_view text);

// "… Sandbox:", "… Sandbox: cat(7)", "… Sandbox: cat(7) deny(1)": what was wrapped there goes on in the next
// line.
[[nodiscard]] bool EndsInPrefix(std::string_view line);
[[nodiscard]] bool EndsInSubject(std::string_view line);
[[nodiscard]] bool EndsInAction(std::string_view line);
// "deny(1) …", perhaps indented.
[[nodiscard]] bool BeginsWithAction(std::string_view line);

}  // namespace sbtune::ingest
