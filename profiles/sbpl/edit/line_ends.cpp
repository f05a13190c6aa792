#include "profiles/sbpl/edit/line_ends.h"

namespace sbtune::sbpl {
namespace {

std::uint32_t SkipBlanks(std::string_view text, std::uint32_t offset) {
  while (offset < text.size() && (text[offset] == ' ' || text[offset] == '\t')) ++offset;
  return offset;
}

bool StartsComment(std::string_view rest) { return rest.starts_with(';') || rest.starts_with("#!"); }

}  // namespace

std::optional<std::string_view> LineLead(std::string_view text, std::uint32_t offset) {
  std::size_t begin = offset;
  while (begin > 0 && (text[begin - 1] == ' ' || text[begin - 1] == '\t')) --begin;
  if (begin > 0 && text[begin - 1] != '\n') return std::nullopt;
  return text.substr(begin, offset - begin);
}

std::uint32_t LineEnd(std::string_view text, std::uint32_t offset) {
  std::size_t end = text.find('\n', offset);
  if (end == std::string_view::npos) return static_cast<std::uint32_t>(text.size());
  if (end > offset && text[end - 1] == '\r') --end;
  return static_cast<std::uint32_t>(end);
}

bool CommentFollows(std::string_view text, std::uint32_t offset) {
  return StartsComment(text.substr(SkipBlanks(text, offset)));
}

std::uint32_t LineEndBehindForm(std::string_view text, std::span<const base::SourceRange> forms, std::size_t form) {
  for (;; ++form) {
    const std::uint32_t end = forms[form].offset + forms[form].length;
    const std::uint32_t line_end = LineEnd(text, end);
    if (form + 1 == forms.size() || forms[form + 1].offset >= line_end) return line_end;
  }
}

bool HasBlankLine(std::string_view piece) {
  std::size_t at = piece.find('\n');
  while (at != std::string_view::npos) {
    const std::size_t next = piece.find('\n', at + 1);
    if (next == std::string_view::npos) return false;
    if (piece.substr(at + 1, next - at - 1).find_first_not_of(" \t\r") == std::string_view::npos) return true;
    at = next;
  }
  return false;
}

}  // namespace sbtune::sbpl
