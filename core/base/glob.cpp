#include "core/base/glob.h"

#include <algorithm>
#include <cstddef>

namespace sbtune::base {
namespace {

struct SetMatch {
  bool matches = false;
  std::size_t length = 0;  // of the set in the pattern; 0: no closing bracket, so `[` stands for itself
};

SetMatch MatchSet(std::string_view pattern, unsigned char byte) {
  std::size_t at = 1;
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  bool found = false;
  for (const std::size_t first = at; at < pattern.size(); ++at) {
    if (pattern[at] == ']' && at > first) return {found != negated, at + 1};
    const auto low = static_cast<unsigned char>(pattern[at]);
    auto high = low;
    if (at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
      high = static_cast<unsigned char>(pattern[at + 2]);
      at += 2;
    }
    found = found || (low <= byte && byte <= high);
  }
  return {};
}

// How many bytes of the pattern match this one byte; 0: they do not.
std::size_t MatchOne(std::string_view pattern, char byte) {
  if (pattern.empty()) return 0;
  if (pattern[0] == '?') return 1;
  if (pattern[0] == '[') {
    const SetMatch set = MatchSet(pattern, static_cast<unsigned char>(byte));
    if (set.length > 0) return set.matches ? set.length : 0;
  }
  if (pattern[0] == '\\' && pattern.size() > 1) return pattern[1] == byte ? 2 : 0;
  return pattern[0] == byte ? 1 : 0;
}

bool AnyMatches(const std::vector<std::string>& globs, std::string_view text) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) { return GlobMatches(glob, text); });
}

}  // namespace

bool GlobMatches(std::string_view pattern, std::string_view text) {
  std::size_t at = 0;
  std::size_t i = 0;
  bool star = false;
  std::size_t after_star = 0;  // of the pattern
  std::size_t star_end = 0;    // how much of the text the last star has taken
  while (i < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = true;
      after_star = ++at;
      star_end = i;
      continue;
    }
    const std::size_t length = MatchOne(pattern.substr(at), text[i]);
    if (length > 0) {
      at += length;
      ++i;
    } else if (star) {
      i = ++star_end;
      at = after_star;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

bool GlobFilter::Matches(std::optional<std::string_view> text) const {
  if (!text) return only.empty();
  return (only.empty() || AnyMatches(only, *text)) && !AnyMatches(except, *text);
}

std::vector<std::string> SplitGlobs(std::string_view list) {
  std::vector<std::string> globs(1);
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i] == ',') {
      globs.emplace_back();
      continue;
    }
    globs.back() += list[i];
    if (list[i] == '\\' && i + 1 < list.size()) globs.back() += list[++i];
  }
  std::erase(globs, "");
  return globs;
}

}  // namespace sbtune::base
