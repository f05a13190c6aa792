// Regular expressions that say something else than what was most likely meant.
#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "profiles/lint/context.h"
#include "profiles/sbpl/regex_items.h"

namespace sbtune::lint {
namespace {

using sbpl::RegexItem;
using Items = std::vector<RegexItem>;

// Folders that exist at the root and hardly anywhere else: an expression that begins with one surely means the
// whole path. /Library and /Applications are missing because `/Library/x` is the idiom for "in the home folder
// too", /bin because `/bin/sh$` means every sh, and /tmp, /var, /etc because with a ^ they would match nothing.
constexpr std::array<std::string_view, 8> kRootFolders = {"System", "Users",   "Volumes", "cores",
                                                          "dev",    "opt",     "private", "usr"};

// The byte that a position takes, if it takes exactly one.
std::optional<char> OneByte(const RegexItem& item) {
  if (item.kind != RegexItem::Kind::kSet || item.set.count() != 1) return std::nullopt;
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (item.set[byte]) return static_cast<char>(byte);
  }
  return std::nullopt;
}

bool IsAny(const RegexItem& item) { return item.kind == RegexItem::Kind::kSet && item.set.all(); }

bool IsWord(const RegexItem& item) {
  const auto byte = OneByte(item);
  return byte && (std::isalnum(static_cast<unsigned char>(*byte)) != 0 || *byte == '-' || *byte == '_');
}

class RegexCheck {
 public:
  RegexCheck(Context& context, const sbpl::Rule& rule, const catalog::Filter& info, const sbpl::Argument& argument)
      : context_(context), rule_(rule), info_(info), argument_(argument), text_(TextOf(argument)) {}

  void Run() {
    const auto read = sbpl::ReadRegexItems(text_, sbpl::RegexCase::kExact);
    if (!read) return BadRegex(read.error());
    if (Glob(read->items)) return;
    if (!read->uncertain.empty()) {
      return Say("regex-uncertain", read->uncertain, "such a rule may match something else than it seems to; "
                                                     "sbtune answers unknown where it matters");
    }
    Dots(read->items);
    Anchor(read->items);
  }

 private:
  void Say(std::string_view code, std::string message, std::string hint) {
    context_.Add({code, std::move(message), argument_.range, rule_.frames, std::move(hint)});
  }

  void BadRegex(const sbpl::RegexError& error) {
    Say("bad-regex", fmt::format("'{}' is no regular expression: {}", text_, error.message), "");
  }

  // A star repeats what stands before it: after a slash or at the beginning it is a shell's star.
  bool Glob(const Items& items) {
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] != '*') continue;
      const bool first = i == 0 || text_[i - 1] == '^' || text_[i - 1] == '(' || text_[i - 1] == '|';
      const bool twice = i > 0 && text_[i - 1] == '*';
      if (first || twice) return SayGlob(text_.substr(i));
    }
    for (std::size_t i = 1; i < items.size(); ++i) {
      if (items[i].repeat == '*' && OneByte(items[i - 1]) == '/') return SayGlob("/*");
    }
    return false;
  }

  bool SayGlob(std::string_view what) {
    Say("glob-as-regex", fmt::format("'{}' reads like a shell pattern, but a star repeats what stands before it", text_),
        what == "/*" ? "for any name write /[^/]*; for everything below use (subpath …)" : "for any text write .*");
    return true;
  }

  // A dot between letters, as in com.apple.x, or before a name, as in /.ssh: almost always a dot was meant.
  void Dots(const Items& items) {
    std::string mended(text_);
    int dots = 0;
    for (std::size_t i = items.size(); i-- > 1;) {
      if (i + 1 >= items.size() || !IsAny(items[i]) || items[i].length != 1) continue;
      if ((!IsWord(items[i - 1]) && OneByte(items[i - 1]) != '/') || !IsWord(items[i + 1])) continue;
      if (i + 2 < items.size() && (items[i + 2].repeat == '*' || items[i + 2].repeat == '?')) continue;
      mended.insert(items[i].offset, "\\");
      ++dots;
    }
    if (dots == 0) return;
    Report report{"regex-unescaped-dot",
                  fmt::format("'{}' has {} that {} any byte", text_, dots == 1 ? "a dot" : "dots",
                              dots == 1 ? "matches" : "match"),
                  argument_.range, rule_.frames, fmt::format("for the dot itself write '{}'", mended)};
    if (const auto quoted = context_.QuotedAt(argument_)) {
      if (auto edit = context_.Requote(*quoted, mended)) {
        report.fix = Fix{"escape the dots", {std::move(*edit)}};
      }
    }
    context_.Add(std::move(report));
  }

  // Without ^ the search begins anywhere: /Users/x is also found inside /Volumes/d/Users/x.
  void Anchor(const Items& items) {
    if (info_.base != "path" || OneByte(items.empty() ? RegexItem{} : items[0]) != '/') return;
    std::string folder;
    std::size_t i = 1;
    while (i < items.size() && IsWord(items[i])) folder += *OneByte(items[i++]);
    const bool ends = i == items.size() || OneByte(items[i]) == '/' || items[i].kind == RegexItem::Kind::kEnd ||
                      items[i].kind == RegexItem::Kind::kOpen;
    if (!ends || std::ranges::find(kRootFolders, folder) == kRootFolders.end()) return;
    Report report{"regex-unanchored",
                  fmt::format("'{}' may match anywhere in a path, not only at its beginning", text_), argument_.range,
                  rule_.frames, fmt::format("write '^{}'", text_)};
    // With an alternative at the top the ^ would bind to the first one only.
    int depth = 0;
    bool alternatives = false;
    for (const RegexItem& item : items) {
      if (item.kind == RegexItem::Kind::kOpen) ++depth;
      if (item.kind == RegexItem::Kind::kClose) --depth;
      alternatives |= depth == 0 && item.kind == RegexItem::Kind::kAlternative;
    }
    if (alternatives) report.hint = "begin each alternative with ^";
    const auto quoted = context_.QuotedAt(argument_);
    if (quoted && !alternatives) {
      if (auto edit = context_.Requote(*quoted, "^" + std::string(text_))) {
        report.fix = Fix{"anchor the expression", {std::move(*edit)}};
      }
    }
    context_.Add(std::move(report));
  }

  Context& context_;
  const sbpl::Rule& rule_;
  const catalog::Filter& info_;
  const sbpl::Argument& argument_;
  std::string_view text_;
};

}  // namespace

void CheckRegexes(Context& context) {
  for (const sbpl::Rule& rule : context.profile.rules) {
    ForEachLeaf(rule, [&](const sbpl::Filter& filter) {
      const catalog::Filter* info = context.catalog.FindFilter(filter.name);
      if (info == nullptr || info->match != catalog::MatchKind::kRegex) return;
      for (const sbpl::Argument& argument : filter.arguments) RegexCheck(context, rule, *info, argument).Run();
    });
  }
}

}  // namespace sbtune::lint
