#include "cli/decide_lines.h"

namespace sbtune::cli {
namespace {

std::string Unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t backslash = text.find('\\');
    out += text.substr(0, backslash);
    if (backslash == std::string_view::npos) break;
    text.remove_prefix(backslash);
    const char next = text.size() > 1 ? text[1] : '\0';
    const char meant = next == 't' ? '\t' : next == 'n' ? '\n' : '\\';
    out += meant;
    text.remove_prefix(meant == '\\' && next != '\\' ? 1 : 2);
  }
  return out;
}

}  // namespace

base::Result<Question> ReadQuestion(std::string_view line) {
  const std::size_t tab = line.find('\t');
  Question question{std::string(line.substr(0, tab)), std::nullopt};
  if (question.operation.empty()) return base::Fail("the line names no operation");
  if (tab == std::string_view::npos) return question;
  line.remove_prefix(tab + 1);
  if (line.find('\t') != std::string_view::npos) {
    return base::Fail("a second tab; write a tab inside a target as \\t");
  }
  question.target = Unescaped(line);
  return question;
}

std::string SpellField(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) {
    switch (byte) {
      case '\t': out += "\\t"; break;
      case '\n': out += "\\n"; break;
      case '\\': out += "\\\\"; break;
      default: out += byte;
    }
  }
  return out;
}

}  // namespace sbtune::cli
