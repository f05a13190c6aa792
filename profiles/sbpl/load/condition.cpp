#include "profiles/sbpl/load/condition.h"

#include <charconv>
#include <fmt/format.h>
#include <optional>

namespace sbtune::sbpl {
namespace {

constexpr int kDepth = 64;  // of parentheses and negations; the parser recurses this far and no further

bool IsNameByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

class Parser {
 public:
  Parser(std::string_view text, ConditionNames& names) : text_(text), names_(names) {}

  base::Result<bool> Parse() {
    const std::int64_t value = Or(0);
    SkipBlank();
    if (!error_ && at_ < text_.size()) Mistake();
    if (error_) return base::Fail(*error_);
    return value != 0;
  }

 private:
  std::int64_t Or(int depth) {
    std::int64_t value = And(depth);
    while (Take("||")) {
      const std::int64_t right = And(depth);
      value = (value != 0 || right != 0) ? 1 : 0;
    }
    return value;
  }

  std::int64_t And(int depth) {
    std::int64_t value = Comparison(depth);
    while (Take("&&")) {
      const std::int64_t right = Comparison(depth);
      value = (value != 0 && right != 0) ? 1 : 0;
    }
    return value;
  }

  std::int64_t Comparison(int depth) {
    const std::int64_t left = Unary(depth);
    if (Take("==")) return left == Unary(depth);
    if (Take("!=")) return left != Unary(depth);
    if (Take("<=")) return left <= Unary(depth);
    if (Take(">=")) return left >= Unary(depth);
    if (Take("<")) return left < Unary(depth);
    if (Take(">")) return left > Unary(depth);
    return left;
  }

  std::int64_t Unary(int depth) {
    if (depth > kDepth) {
      error_ = "the condition is nested too deep";
      return 0;
    }
    SkipBlank();
    if (text_.substr(at_, 2) != "!=" && Take("!")) return Unary(depth + 1) == 0;
    if (Take("(")) {
      const std::int64_t value = Or(depth + 1);
      if (!Take(")")) Mistake();
      return value;
    }
    return Operand();
  }

  std::int64_t Operand() {
    const std::string_view word = Word();
    if (word.empty()) {
      Mistake();
      return 0;
    }
    if (word[0] >= '0' && word[0] <= '9') return Number(word);
    if (word == "defined") {
      const bool parenthesis = Take("(");
      const std::string name = NameWithArgument(std::string(Word()));
      if (parenthesis && !Take(")")) Mistake();
      return names_.defined.contains(name);
    }
    const std::string name = NameWithArgument(std::string(word));
    const auto found = names_.defined.find(name);
    if (found != names_.defined.end()) return found->second;
    names_.missed.insert(name);
    return 0;
  }

  std::int64_t Number(std::string_view word) {
    std::int64_t value = 0;
    const bool hex = word.starts_with("0x") || word.starts_with("0X");
    if (hex) word.remove_prefix(2);
    while (!word.empty() && (word.back() == 'L' || word.back() == 'U' || word.back() == 'l' || word.back() == 'u')) {
      word.remove_suffix(1);
    }
    const char* const end = word.data() + word.size();
    const auto [stop, failure] = std::from_chars(word.data(), end, value, hex ? 16 : 10);
    if (failure != std::errc() || stop != end) Mistake();
    return value;
  }

  // NAME, or NAME(ARGUMENT) as one name.
  std::string NameWithArgument(std::string name) {
    SkipBlank();
    if (at_ >= text_.size() || text_[at_] != '(') return name;
    const std::size_t close = text_.find(')', at_);
    if (close == std::string_view::npos) {
      Mistake();
      return name;
    }
    std::string argument;
    for (const char c : text_.substr(at_ + 1, close - at_ - 1)) {
      if (c != ' ' && c != '\t') argument += c;
    }
    at_ = close + 1;
    return name + "(" + argument + ")";
  }

  std::string_view Word() {
    SkipBlank();
    const std::size_t begin = at_;
    while (at_ < text_.size() && IsNameByte(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  bool Take(std::string_view token) {
    SkipBlank();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  void SkipBlank() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("//") || rest.starts_with("/*")) at_ = text_.size();  // a comment ends the line
  }

  void Mistake() {
    if (!error_) error_ = fmt::format("the condition cannot be read at '{}'", text_.substr(at_, 20));
    at_ = text_.size();
  }

  std::string_view text_;
  ConditionNames& names_;
  std::size_t at_ = 0;
  std::optional<std::string> error_;
};

}  // namespace

base::Result<bool> EvaluateCondition(std::string_view text, ConditionNames& names) {
  return Parser(text, names).Parse();
}

}  // namespace sbtune::sbpl
