#include "profiles/sbpl/regex.h"

#include <cctype>
#include <vector>

#include <fmt/format.h>
#include <re2/re2.h>

#include "profiles/sbpl/regex_items.h"

namespace sbtune::sbpl {
namespace {

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

std::string Translated(const std::vector<RegexItem>& items) {
  std::string out;
  for (const RegexItem& item : items) {
    switch (item.kind) {
      case RegexItem::Kind::kSet: AppendSet(out, item.set); break;
      case RegexItem::Kind::kOpen: out += "(?:"; break;
      case RegexItem::Kind::kClose: out += ')'; break;
      case RegexItem::Kind::kAlternative: out += '|'; break;
      case RegexItem::Kind::kBegin: out += "\\A"; break;
      case RegexItem::Kind::kEnd: out += "\\z"; break;
      case RegexItem::Kind::kRepeat: out += item.repeat; break;
    }
  }
  return out;
}

// The bytes that every match must hold: the longest run of single bytes outside groups, and the run after a
// leading ^. Nothing is known where the expression as a whole is an alternative.
void FindLiterals(const std::vector<RegexItem>& items, RegexSyntax& syntax) {
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
    const RegexItem& item = items[i];
    if (item.kind == RegexItem::Kind::kAlternative && depth == 0) {
      syntax.prefix.clear();
      syntax.required.clear();
      return;
    }
    if (item.kind == RegexItem::Kind::kOpen) ++depth;
    if (item.kind == RegexItem::Kind::kClose) --depth;
    const char repeat = i + 1 < items.size() ? items[i + 1].repeat : '\0';
    const bool one_byte = depth == 0 && item.kind == RegexItem::Kind::kSet && item.set.count() == 1;
    if (!one_byte || repeat == '*' || repeat == '?') {
      end_run();
      at_start = i == 0 && item.kind == RegexItem::Kind::kBegin;
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
  const auto read = ReadRegexItems(expression, fold);
  if (!read) return std::unexpected(read.error());
  RegexSyntax syntax;
  syntax.uncertain = read->uncertain;
  if (!syntax.uncertain.empty()) return syntax;
  syntax.translated = Translated(read->items);
  FindLiterals(read->items, syntax);
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
