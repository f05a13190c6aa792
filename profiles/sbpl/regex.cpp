#include "profiles/sbpl/regex.h"

#include <bitset>
#include <cctype>
#include <vector>

#include <fmt/format.h>
#include <re2/re2.h>

namespace sbtune::sbpl {
namespace {

using ByteSet = std::bitset<256>;

struct Item {
  enum class Kind { kSet, kOpen, kClose, kAlternative, kBegin, kEnd, kRepeat };
  Kind kind = Kind::kSet;
  ByteSet set;      // of kSet: the bytes that this position takes
  char repeat = 0;  // of kRepeat: * + ?
};

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
      if (auto error = ReadItem()) return error;
    }
    if (!open_.empty()) return RegexError{open_.back(), "unmatched '('"};
    return std::nullopt;
  }

  std::vector<Item> items;
  std::string uncertain;

 private:
  using Failure = std::optional<RegexError>;

  Failure ReadItem() {
    const char byte = in_[at_];
    switch (byte) {
      case '(': open_.push_back(at_); return Add(Item::Kind::kOpen);
      case ')':
        if (open_.empty()) return RegexError{at_, "unmatched ')'"};
        open_.pop_back();
        return Add(Item::Kind::kClose);
      case '|': return Add(Item::Kind::kAlternative);
      case '^': return Add(Item::Kind::kBegin);
      case '$': return Add(Item::Kind::kEnd);
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

  Failure Add(Item::Kind kind) {
    items.push_back({kind, {}, 0});
    ++at_;
    return std::nullopt;
  }
  Failure AddSet(const ByteSet& set) {
    items.push_back({Item::Kind::kSet, set, 0});
    return std::nullopt;
  }
  Failure AddByte(char byte) {
    ByteSet set;
    set.set(static_cast<unsigned char>(byte));
    return AddSet(fold_ == RegexCase::kFold ? Folded(set) : set);
  }

  Failure Uncertain(std::string why) {
    if (uncertain.empty()) uncertain = std::move(why);
    ++at_;
    return AddSet({});  // stands for whatever it is
  }

  // Only an atom can be repeated, and only once: `^*`, `(*`, `a**`, `a+?` have no known meaning.
  Failure Repeat(char byte) {
    const bool after_atom = !items.empty() && (items.back().kind == Item::Kind::kSet ||
                                               items.back().kind == Item::Kind::kClose);
    if (!after_atom) return Uncertain(fmt::format("'{}' with nothing before it to repeat has no known meaning", byte));
    items.push_back({Item::Kind::kRepeat, {}, byte});
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
      if (uncertain.empty()) uncertain = "the meaning of '[" + std::string(1, in_[at_]) + "' inside '[]' is not known";
    }
    if (byte == '\\') {
      if (at_ == in_.size()) return std::unexpected(RegexError{open_at, "unmatched '['"});
      byte = in_[at_++];
      if (std::isalnum(static_cast<unsigned char>(byte)) != 0 && uncertain.empty()) {
        uncertain = fmt::format("the meaning of '\\{}' in a regular expression is not known", byte);
      }
    }
    return static_cast<unsigned char>(byte);
  }

  std::string_view in_;
  RegexCase fold_;
  std::size_t at_ = 0;
  std::vector<std::size_t> open_;
};

void AppendByte(std::string& out, unsigned byte) {
  if (byte < 0x80 && (std::isalnum(static_cast<int>(byte)) != 0 || byte == '/')) {
    out += static_cast<char>(byte);
  } else {
    fmt::format_to(std::back_inserter(out), "\\x{{{:x}}}", byte);
  }
}

void AppendSet(std::string& out, const ByteSet& set) {
  if (set.count() == 1) {
    for (unsigned byte = 0; byte < 256; ++byte) {
      if (set[byte]) AppendByte(out, byte);
    }
    return;
  }
  out += set.none() ? "[^\\x{0}-\\x{ff}" : "[";
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (!set[byte]) continue;
    unsigned last = byte;
    while (last < 255 && set[last + 1]) ++last;
    AppendByte(out, byte);
    if (last > byte) {
      out += '-';
      AppendByte(out, last);
    }
    byte = last;
  }
  out += ']';
}

std::string Translated(const std::vector<Item>& items) {
  std::string out;
  for (const Item& item : items) {
    switch (item.kind) {
      case Item::Kind::kSet: AppendSet(out, item.set); break;
      case Item::Kind::kOpen: out += "(?:"; break;
      case Item::Kind::kClose: out += ')'; break;
      case Item::Kind::kAlternative: out += '|'; break;
      case Item::Kind::kBegin: out += "\\A"; break;
      case Item::Kind::kEnd: out += "\\z"; break;
      case Item::Kind::kRepeat: out += item.repeat; break;
    }
  }
  return out;
}

// The bytes that every match must hold: the longest run of single bytes outside groups, and the run after a
// leading ^. Nothing is known where the expression as a whole is an alternative.
void FindLiterals(const std::vector<Item>& items, RegexSyntax& syntax) {
  std::string run;
  bool at_start = false;  // the run began right after a leading ^
  std::size_t depth = 0;
  const auto end_run = [&] {
    if (at_start) syntax.prefix = run;
    if (run.size() > syntax.required.size()) syntax.required = run;
    run.clear();
    at_start = false;
  };
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Item& item = items[i];
    if (item.kind == Item::Kind::kAlternative && depth == 0) {
      syntax.prefix.clear();
      syntax.required.clear();
      return;
    }
    if (item.kind == Item::Kind::kOpen) ++depth;
    if (item.kind == Item::Kind::kClose) --depth;
    const char repeat = i + 1 < items.size() ? items[i + 1].repeat : '\0';
    const bool one_byte = depth == 0 && item.kind == Item::Kind::kSet && item.set.count() == 1;
    if (!one_byte || repeat == '*' || repeat == '?') {
      end_run();
      at_start = i == 0 && item.kind == Item::Kind::kBegin;
      continue;
    }
    std::size_t byte = 0;
    while (!item.set[byte]) ++byte;
    run += static_cast<char>(byte);
  }
  end_run();
}

RE2::Options Re2Options() {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_dot_nl(true);
  options.set_never_capture(true);
  options.set_log_errors(false);
  return options;
}

}  // namespace

std::expected<RegexSyntax, RegexError> ParseRegex(std::string_view expression, RegexCase fold) {
  Reader reader(expression, fold);
  if (const auto error = reader.Run()) return std::unexpected(*error);
  RegexSyntax syntax;
  syntax.uncertain = reader.uncertain;
  if (!syntax.uncertain.empty()) return syntax;
  syntax.translated = Translated(reader.items);
  FindLiterals(reader.items, syntax);
  return syntax;
}

Regex::Regex(RegexSyntax syntax, std::unique_ptr<re2::RE2> compiled)
    : syntax_(std::move(syntax)), compiled_(std::move(compiled)) {}
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;
Regex::~Regex() = default;

std::expected<Regex, RegexError> Regex::Compile(std::string_view expression, RegexCase fold) {
  auto syntax = ParseRegex(expression, fold);
  if (!syntax) return std::unexpected(syntax.error());
  if (!syntax->uncertain.empty()) return Regex(std::move(*syntax), nullptr);
  auto compiled = std::make_unique<RE2>(syntax->translated, Re2Options());
  if (!compiled->ok()) return std::unexpected(RegexError{0, "too large or too deeply nested: " + compiled->error()});
  return Regex(std::move(*syntax), std::move(compiled));
}

bool Regex::Matches(std::string_view text) const {
  SBTUNE_ASSERT(compiled_ != nullptr);
  return compiled_->Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), RE2::UNANCHORED, nullptr, 0);
}

}  // namespace sbtune::sbpl
