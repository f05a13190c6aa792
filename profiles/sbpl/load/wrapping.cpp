#include "profiles/sbpl/load/wrapping.h"

#include <string>

namespace sbtune::sbpl {
namespace {

constexpr std::size_t kMostRawDelimiter = 16;  // C++'s own limit
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kNone = std::string_view::npos;

// Past blanks, C++ comments and, if asked, preprocessor lines.
enum class Lines { kNo, kYes };
std::size_t SkipTrivia(std::string_view text, std::size_t at, Lines preprocessor) {
  while ((at = text.find_first_not_of(kBlanks, at)) != kNone) {
    const std::string_view rest = text.substr(at);
    std::size_t end = 0;
    if (rest.starts_with("/*")) {
      end = text.find("*/", at + 2);
      if (end != kNone) end += 2;
    } else if (rest.starts_with("//") || (preprocessor == Lines::kYes && rest.starts_with('#') && !rest.starts_with("#!"))) {
      end = text.find('\n', at);
    } else {
      return at;
    }
    if (end == kNone) return text.size();
    at = end;
  }
  return text.size();
}

struct Literal {
  Wrapping::Piece piece;
  std::size_t end;  // behind the closing quote
};

// The raw string whose R is at `at`.
std::optional<Literal> ReadLiteral(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with("R\"")) return std::nullopt;
  const std::size_t open = text.find('(', at);
  if (open == kNone || open - at - 2 > kMostRawDelimiter) return std::nullopt;
  const std::string_view delimiter = text.substr(at + 2, open - at - 2);
  if (delimiter.find_first_of(" )\\\t\n") != kNone) return std::nullopt;
  const std::string close = ")" + std::string(delimiter) + "\"";
  const std::size_t end = text.find(close, open + 1);
  if (end == kNone) return std::nullopt;
  return Literal{{open + 1, end - open - 1}, end + close.size()};
}

std::optional<Literal> FindLiteral(std::string_view text, std::size_t at) {
  while ((at = text.find("R\"", at)) != kNone) {
    if (const std::optional<Literal> literal = ReadLiteral(text, at)) return literal;
    at += 2;
  }
  return std::nullopt;
}

std::optional<Wrapping> FindRawStrings(std::string_view text, std::size_t begin) {
  std::optional<Literal> literal = FindLiteral(text, begin);
  if (!literal) return std::nullopt;
  Wrapping wrapping;
  while (literal) {
    wrapping.pieces.push_back(literal->piece);
    begin = literal->end;
    literal = ReadLiteral(text, SkipTrivia(text, begin, Lines::kNo));
  }
  while ((literal = FindLiteral(text, begin))) {
    ++wrapping.others;
    begin = literal->end;
    while ((literal = ReadLiteral(text, SkipTrivia(text, begin, Lines::kNo)))) begin = literal->end;
  }
  return wrapping;
}

}  // namespace

std::optional<Wrapping> FindWrapping(std::string_view text) {
  const std::size_t begin = SkipTrivia(text, 0, Lines::kYes);
  if (begin == text.size()) return std::nullopt;
  const std::string_view rest = text.substr(begin);
  if (rest.starts_with("''")) {
    const std::size_t close = text.rfind("''");
    if (close < begin + 2) return std::nullopt;
    return Wrapping{{{begin + 2, close - begin - 2}}, 0};
  }
  const bool is_word = (rest[0] >= 'a' && rest[0] <= 'z') || (rest[0] >= 'A' && rest[0] <= 'Z');
  if (!is_word) return std::nullopt;  // profiles begin with a parenthesis or a comment
  return FindRawStrings(text, begin);
}

}  // namespace sbtune::sbpl
