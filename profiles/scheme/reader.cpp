#include "profiles/scheme/reader.h"

#include <string>

#include "core/base/text.h"
#include "profiles/scheme/string_escape.h"

namespace sbtune::scheme {
namespace {

constexpr bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

// Quotes do not end a token: TinyScheme reads a'b as one symbol.
constexpr bool EndsToken(char c) { return IsBlank(c) || c == '(' || c == ')' || c == '"' || c == ';'; }

std::string Quoted(std::string_view token) {
  constexpr std::size_t kShown = 40;
  std::string shown(token.substr(0, kShown));
  if (token.size() > kShown) shown += "...";
  return "'" + shown + "'";
}

std::optional<std::uint8_t> NamedCharacter(std::string_view name) {
  if (name.size() == 1) return static_cast<std::uint8_t>(name[0]);
  if (name == "space") return ' ';
  if (name == "newline") return '\n';
  if (name == "return") return '\r';
  if (name == "tab") return '\t';
  if (name.size() > 1 && name[0] == 'x') {
    const std::optional<Value> code = ParseNumber(name.substr(1), 16);
    if (code && code->is(Type::kInteger) && code->integer() >= 0 && code->integer() < 256) {
      return static_cast<std::uint8_t>(code->integer());
    }
  }
  return std::nullopt;
}

}  // namespace

Reader::Reader(Heap& heap, std::string_view text, base::SourceId source, base::Diagnostics& diagnostics,
               ReaderOptions options)
    : heap_(heap), text_(text), source_(source), diagnostics_(diagnostics), options_(options) {}

std::optional<Slot> Reader::Next() {
  result_.reset();
  while (!failed_ && !result_) {
    SkipBlank();
    if (heap_.exhausted()) {
      diagnostics_.Error("memory-limit", "the profile needs more memory than is allowed", {source_, at_, 0},
                         "nothing real comes near the limit; look for a loop that builds data");
      failed_ = true;
    } else if (at_ >= text_.size()) {
      if (levels_.empty()) return std::nullopt;
      Unfinished();
    } else {
      ReadToken();
    }
  }
  return result_;
}

void Reader::SkipBlank() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    const bool comment = c == ';' || (c == '#' && text_.substr(at_, 2) == "#!");
    if (comment) {
      const std::size_t newline = text_.find('\n', at_);
      at_ = static_cast<std::uint32_t>(newline == std::string_view::npos ? text_.size() : newline + 1);
    } else if (IsBlank(c)) {
      ++at_;
    } else {
      return;
    }
  }
}

void Reader::ReadToken() {
  const std::uint32_t begin = at_;
  switch (text_[at_]) {
    case '(': ++at_; return OpenLevel(Open::kList, begin, "");
    case ')': ++at_; return CloseLevel();
    case '\'': ++at_; return OpenLevel(Open::kPrefix, begin, "quote");
    case '`': ++at_; return OpenLevel(Open::kPrefix, begin, "quasiquote");
    case ',': {
      const bool splicing = text_.substr(at_, 2) == ",@";
      at_ += splicing ? 2 : 1;
      return OpenLevel(Open::kPrefix, begin, splicing ? "unquote-splicing" : "unquote");
    }
    case '"': return ReadString();
    case '#': return ReadHash();
    default: return ReadAtom();
  }
}

void Reader::OpenLevel(Open open, std::uint32_t begin, std::string_view prefix) {
  if (levels_.size() >= options_.depth) {
    diagnostics_.Error("depth-limit", "lists are nested more than " + std::to_string(options_.depth) + " deep",
                       {source_, begin, 1});
    failed_ = true;
    return;
  }
  levels_.push_back({open, begin});
  if (open == Open::kPrefix) Append(levels_.back(), Value(heap_.Intern(prefix)), From(begin));
}

void Reader::CloseLevel() {
  const base::SourceRange paren = {source_, at_ - 1, 1};
  if (levels_.empty()) {
    return Mistake("stray-parenthesis", "this ')' closes nothing", paren, "remove it, or add the '(' it belongs to");
  }
  if (levels_.back().open == Open::kPrefix) {
    // The quote has nothing to quote; the parenthesis belongs to the list around it.
    Mistake("syntax", "a quote stands before ')' with nothing to quote", {source_, levels_.back().begin, 1});
    levels_.pop_back();
    --at_;
    return;
  }
  const Level level = levels_.back();
  levels_.pop_back();
  if (level.dot == Level::Dot::kSeen) Mistake("syntax", "a datum must follow the dot", paren);
  const base::SourceRange range = From(level.begin);
  if (level.open == Open::kVector) {
    std::vector<Value> items;
    for (Value rest = level.head != nullptr ? Value(level.head) : Value::Nil(); rest.is(Type::kPair);) {
      items.push_back(rest.pair()->car);
      rest = rest.pair()->cdr;
    }
    return Finish(Value(heap_.NewVector(items)), range);
  }
  if (level.head == nullptr) return Finish(Value::Nil(), range);
  level.head->form = range;
  Finish(Value(level.head), range);
}

void Reader::Finish(Value value, base::SourceRange range) {
  while (!levels_.empty() && levels_.back().open == Open::kPrefix) {
    Level& level = levels_.back();
    Append(level, value, range);
    range = {source_, level.begin, range.offset + range.length - level.begin};
    level.head->form = range;
    value = Value(level.head);
    levels_.pop_back();
  }
  if (levels_.empty()) {
    result_ = Slot{value, range};
  } else {
    Append(levels_.back(), value, range);
  }
}

void Reader::Append(Level& level, Value value, base::SourceRange range) {
  if (level.dot == Level::Dot::kFilled) return Mistake("syntax", "more than one datum follows the dot", range);
  if (level.dot == Level::Dot::kSeen) {
    level.tail->cdr = value;
    level.dot = Level::Dot::kFilled;
    return;
  }
  Pair* pair = heap_.Cons(value, Value::Nil());
  pair->car_range = range;
  if (level.head == nullptr) {
    level.head = pair;
  } else {
    level.tail->cdr = Value(pair);
  }
  level.tail = pair;
}

void Reader::ReadHash() {
  const std::uint32_t begin = at_;
  const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : ' ';
  if (next == '"') return ReadRawString();
  if (next == '(') {
    at_ += 2;
    return OpenLevel(Open::kVector, begin, "");
  }
  if (next == '\\') return ReadCharacter();
  at_ = TokenEnd(at_);
  const std::string_view token = text_.substr(begin, at_ - begin);
  if (token == "#t" || token == "#f") return Finish(Value::Boolean(token == "#t"), From(begin));
  const int base = next == 'x' ? 16 : next == 'o' ? 8 : next == 'b' ? 2 : next == 'd' ? 10 : 0;
  if (base != 0) {
    if (const std::optional<Value> number = ParseNumber(token.substr(2), base)) return Finish(*number, From(begin));
  }
  Mistake("syntax", "the reader does not know " + Quoted(token), From(begin),
          token.starts_with("#|") ? "there are no block comments; begin each line with ';'" : "");
}

void Reader::ReadCharacter() {
  const std::uint32_t begin = at_;
  at_ = std::min<std::uint32_t>(TokenEnd(at_ + 2), static_cast<std::uint32_t>(text_.size()));
  if (at_ == begin + 2 && at_ < text_.size()) ++at_;  // #\( and the like
  const std::string_view name = text_.substr(begin + 2, at_ - begin - 2);
  const std::optional<std::uint8_t> character = NamedCharacter(name);
  if (character) return Finish(Value::Character(*character), From(begin));
  Mistake("syntax", "there is no character named " + Quoted(name), From(begin));
}

void Reader::ReadString() {
  const std::uint32_t begin = at_;
  const std::optional<StringLiteral> literal = ReadStringLiteral(text_.substr(begin));
  if (!literal) {
    at_ = static_cast<std::uint32_t>(text_.size());
    return Mistake("unfinished", "this string has no closing quote", {source_, begin, 1});
  }
  at_ += static_cast<std::uint32_t>(literal->length);
  Finish(Value(heap_.NewString(literal->value, From(begin))), From(begin));
}

void Reader::ReadRawString() {
  const std::uint32_t begin = at_;
  const std::size_t quote = text_.find('"', begin + 2);
  if (quote == std::string_view::npos) {
    at_ = static_cast<std::uint32_t>(text_.size());
    return Mistake("unfinished", "this raw string has no closing quote", {source_, begin, 2});
  }
  at_ = static_cast<std::uint32_t>(quote + 1);
  const std::string_view bytes = text_.substr(begin + 2, quote - begin - 2);
  String* string = heap_.NewString(bytes, From(begin));
  string->ended = options_.raw_strings == ReaderOptions::RawStrings::kEndTheirText;
  Finish(Value(string), From(begin));
}

void Reader::ReadAtom() {
  const std::uint32_t begin = at_;
  at_ = TokenEnd(at_);
  const std::string_view token = text_.substr(begin, at_ - begin);
  if (token == ".") {
    Level* level = levels_.empty() ? nullptr : &levels_.back();
    if (level == nullptr || level->open != Open::kList || level->head == nullptr || level->dot != Level::Dot::kNone) {
      return Mistake("syntax", "a dot stands where no list can take it", From(begin));
    }
    level->dot = Level::Dot::kSeen;
    return;
  }
  if (const std::optional<Value> number = ParseNumber(token, 10)) return Finish(*number, From(begin));
  Finish(Value(heap_.Intern(token)), From(begin));
}

std::uint32_t Reader::TokenEnd(std::uint32_t from) const {
  while (from < text_.size() && !EndsToken(text_[from])) ++from;
  return from;
}

void Reader::Unfinished() {
  const Level level = levels_.back();
  levels_.clear();
  const std::uint32_t width = level.open == Open::kVector ? 2 : 1;
  const std::string message = level.open == Open::kPrefix ? "the text ends before what this quotes"
                                                          : "the text ends before this '(' is closed";
  Mistake("unfinished", message, {source_, level.begin, width});
}

void Reader::Mistake(std::string code, std::string message, base::SourceRange range, std::string hint) {
  if (options_.mistakes == ReaderOptions::Mistakes::kMend) {
    diagnostics_.Warning(std::move(code), std::move(message), range, std::move(hint));
    return;
  }
  diagnostics_.Error(std::move(code), std::move(message), range, std::move(hint));
  failed_ = true;
}

}  // namespace sbtune::scheme
