#include "profiles/lint/codes.h"

#include <algorithm>
#include <array>

#include "embedded/sbtune_lint.h"

namespace sbtune::lint {
namespace {

using base::Severity;

constexpr auto kCodes = std::to_array<CodeInfo>({
    {"bad-regex", Severity::kError, "a regular expression that is none"},
    {"bad-version", Severity::kError, "a version of the language that does not exist"},
    {"dead-path", Severity::kWarning, "a path below /tmp, /var, /etc or /home, which are links"},
    {"debug-no-effect", Severity::kNote, "(debug …) changes nothing"},
    {"default-rule", Severity::kNote, "a rule that says what is so by default"},
    {"defeated-rule", Severity::kWarning, "a rule that an earlier one on a more specific operation defeats"},
    {"deny-misses-leaf", Severity::kWarning, "a deny that does not reach operations which are allowed by default"},
    {"duplicate-rule", Severity::kNote, "the same rule twice"},
    {"filter-does-not-apply", Severity::kWarning, "a filter that means nothing on the operation"},
    {"firmlink-path", Severity::kWarning, "a path spelled through /System/Volumes/Data"},
    {"glob-as-regex", Severity::kWarning, "a shell pattern where a regular expression is read"},
    {"glob-in-path", Severity::kWarning, "a shell pattern where a path or a name is read"},
    {"ignored-argument", Severity::kWarning, "an argument that a procedure of the profile drops"},
    {"implicit-rule", Severity::kWarning, "a deny of what the system always allows"},
    {"import-not-found", Severity::kError, "an imported file that is not there"},
    {"missing-version", Severity::kWarning, "no (version 1)"},
    {"modifier-does-not-apply", Severity::kError, "a modifier that means nothing on the operation or the action"},
    {"network-host", Severity::kError, "an address other than * and localhost"},
    {"network-port", Severity::kError, "an address without a port"},
    {"never-matches", Severity::kWarning, "a rule that no access can match"},
    {"no-operation", Severity::kError, "a rule without an operation"},
    {"operation-newer", Severity::kWarning, "an operation that the chosen macOS does not have yet"},
    {"operation-older", Severity::kNote, "an operation that the chosen macOS has no longer"},
    {"plain-rule-first", Severity::kNote, "a rule without a filter behind one with a filter"},
    {"redundant-rule", Severity::kNote, "a rule without which nothing changes"},
    {"regex-unanchored", Severity::kWarning, "a whole path as a regular expression without ^"},
    {"regex-uncertain", Severity::kWarning, "a regular expression whose meaning nobody has shown"},
    {"regex-unescaped-dot", Severity::kNote, "a dot in a name that matches any byte"},
    {"relative-path", Severity::kWarning, "a path that does not begin with a slash"},
    {"repeated-modifier", Severity::kError, "a modifier twice in one rule"},
    {"replaced-rule", Severity::kWarning, "an unconditional rule that a later one replaces"},
    {"second-version", Severity::kError, "a second (version …)"},
    {"stray-parenthesis", Severity::kError, "a closing parenthesis too many"},
    {"subpath-slash", Severity::kNote, "a subpath that ends with a slash"},
    {"terminal-operation", Severity::kNote, "an allow that does not reach file-write-setugid"},
    {"unbound-variable", Severity::kError, "a word that nothing defines"},
    {"unclean-path", Severity::kWarning, "a path with //, ., .. or a slash at its end"},
    {"unknown-filter", Severity::kError, "a filter that no system has"},
    {"unknown-operation", Severity::kError, "an operation that no system has"},
    {"unreachable-rule", Severity::kWarning, "a rule that later ones leave nothing to decide"},
    {"wildcard-write", Severity::kWarning, "every write allowed, and no trace of it"},
    {"wrong-arguments", Severity::kError, "too few or too many arguments"},
    {"wrong-type", Severity::kError, "a thing of one kind where another is read"},
});
static_assert(std::ranges::is_sorted(kCodes, {}, &CodeInfo::code));

}  // namespace

std::span<const CodeInfo> Codes() { return kCodes; }

const CodeInfo* FindCode(std::string_view code) {
  const auto at = std::ranges::lower_bound(kCodes, code, {}, &CodeInfo::code);
  return at != kCodes.end() && at->code == code ? &*at : nullptr;
}

std::optional<std::string_view> Explanation(std::string_view code) {
  const std::string_view text = Embedded().front().text;
  const std::string heading = "\n## " + std::string(code) + "\n";
  const std::size_t at = text.find(heading);
  if (at == std::string_view::npos) return std::nullopt;
  const std::size_t begin = at + 4;
  const std::size_t end = std::min(text.find("\n## ", begin), text.find("\n# ", begin));
  return text.substr(begin, end - begin);
}

}  // namespace sbtune::lint
