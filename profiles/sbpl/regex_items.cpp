#include "profiles/sbpl/regex_items.h"

#include <cctype>
#include <optional>

#include <fmt/format.h>

namespace sbtune::sbpl {
namespace {

// Case-insensitive means: the text comes lower-cased, so a set that holds a capital holds its small letter.
ByteSet Folded(ByteSet set) {
  for (std::size_t small = 'a'; small <= 'z'; ++small) {
    const std::size_t capital = small - ('a' - 'A');
    if (set[capital]) set.set(small).reset(capital);
  }
  return set;
}

// Cuts an expression into items. No recursion: groups are counted, everything else is local.
class Reader {
 public:
  Reader(std::string_view expression, RegexCase fold) : in_(expression), fold_(fold) {}

  std::optional<RegexError> Run() {
    while (at_ < in_.size()) {
      const std::size_t offset = at_;
      if (auto error = ReadItem()) return error;
      read.items.back().offset = offset;
      read.items.back().length = at_ - offset;
    }
    if (!open_.empty()) return RegexError{open_.back(), "unmatched '('"};
    return std::nullopt;
  }

  RegexItems read;

 private:
  using Failure = std::optional<RegexError>;

  Failure ReadItem() {
    const char byte = in_[at_];
    switch (byte) {
      case '(': open_.push_back(at_); return Add(RegexItem::Kind::kOpen);
      case ')':
        if (open_.empty()) return RegexError{at_, "unmatched ')'"};
        open_.pop_back();
        return Add(RegexItem::Kind::kClose);
      case '|': return Add(RegexItem::Kind::kAlternative);
      case '^': return Add(RegexItem::Kind::kBegin);
      case '$': return Add(RegexItem::Kind::kEnd);
      case '*':
      case '+':
      case '?': return Repeat(byte);
      case '{': return Uncertain("the meaning of '{' in a regular expression is not known");
      case '[': return Class();
      case '\\': return Escape();
      case '.': ++at_; return AddSet(ByteSet().set());
      default: ++at_; return AddByte(byte);
    }
  }

  void Push(RegexItem item) { read.items.push_back(item); }
  Failure Add(RegexItem::Kind kind) {
    Push({.kind = kind});
    ++at_;
    return std::nullopt;
  }
  Failure AddSet(const ByteSet& set) {
    Push({.set = set});
    return std::nullopt;
  }
  Failure AddByte(char byte) {
    ByteSet set;
    set.set(static_cast<unsigned char>(byte));
    return AddSet(fold_ == RegexCase::kFold ? Folded(set) : set);
  }

  Failure Uncertain(std::string why) {
    if (read.uncertain.empty()) read.uncertain = std::move(why);
    ++at_;
    return AddSet({});  // stands for whatever it is
  }

  // Only an atom can be repeated, and only once: `^*`, `(*`, `a**`, `a+?` have no known meaning.
  Failure Repeat(char byte) {
    const auto& items = read.items;
    const bool after_atom = !items.empty() && (items.back().kind == RegexItem::Kind::kSet ||
                                               items.back().kind == RegexItem::Kind::kClose);
    if (!after_atom) return Uncertain(fmt::format("'{}' with nothing before it to repeat has no known meaning", byte));
    Push({.kind = RegexItem::Kind::kRepeat, .repeat = byte});
    ++at_;
    return std::nullopt;
  }

  Failure Escape() {
    if (at_ + 1 == in_.size()) return RegexError{at_, "'\\' at the end of the expression"};
    const char next = in_[at_ + 1];
    ++at_;
    if (std::isalnum(static_cast<unsigned char>(next)) != 0) return UncertainEscape(next);
    ++at_;
    return AddByte(next);
  }

  Failure UncertainEscape(char next) {
    return Uncertain(fmt::format("the meaning of '\\{}' in a regular expression is not known", next));
  }

  Failure Class() {
    const std::size_t open_at = at_++;
    const bool negated = at_ < in_.size() && in_[at_] == '^';
    if (negated) ++at_;
    ByteSet set;
    for (bool first = true;; first = false) {
      if (at_ == in_.size()) return RegexError{open_at, "unmatched '['"};
      if (in_[at_] == ']' && !first) break;
      if (auto error = ClassMember(set, open_at)) return error;
    }
    ++at_;
    if (fold_ == RegexCase::kFold) set = Folded(set);
    return AddSet(negated ? ~set : set);
  }

  // One byte or one range `a-z`.
  Failure ClassMember(ByteSet& set, std::size_t open_at) {
    const auto low = ClassByte(open_at);
    if (!low) return low.error();
    unsigned char high = *low;
    if (at_ + 1 < in_.size() && in_[at_] == '-' && in_[at_ + 1] != ']') {
      ++at_;
      const auto end = ClassByte(open_at);
      if (!end) return end.error();
      high = *end;
    }
    if (high < *low) return RegexError{open_at, "a range in '[]' runs backwards"};
    for (unsigned byte = *low; byte <= high; ++byte) set.set(byte);
    return std::nullopt;
  }

  std::expected<unsigned char, RegexError> ClassByte(std::size_t open_at) {
    if (at_ == in_.size()) return std::unexpected(RegexError{open_at, "unmatched '['"});
    char byte = in_[at_++];
    if (byte == '[' && at_ < in_.size() && (in_[at_] == ':' || in_[at_] == '.' || in_[at_] == '=')) {
      if (read.uncertain.empty()) read.uncertain = "the meaning of '[" + std::string(1, in_[at_]) + "' inside '[]' is not known";
    }
    if (byte == '\\') {
      if (at_ == in_.size()) return std::unexpected(RegexError{open_at, "unmatched '['"});
      byte = in_[at_++];
      if (std::isalnum(static_cast<unsigned char>(byte)) != 0 && read.uncertain.empty()) {
        read.uncertain = fmt::format("the meaning of '\\{}' in a regular expression is not known", byte);
      }
    }
    return static_cast<unsigned char>(byte);
  }

  std::string_view in_;
  RegexCase fold_;
  std::size_t at_ = 0;
  std::vector<std::size_t> open_;
};

}  // namespace

std::expected<RegexItems, RegexError> ReadRegexItems(std::string_view expression, RegexCase fold) {
  Reader reader(expression, fold);
  if (const auto error = reader.Run()) return std::unexpected(*error);
  return std::move(reader.read);
}

}  // namespace sbtune::sbpl
