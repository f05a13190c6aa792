#include "profiles/catalog/glob.h"

#include <vector>

namespace sbtune::catalog {

std::string FoldCase(std::string_view text) {
  std::string folded(text);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

namespace {

struct Folded {
  std::string_view bytes;  // UTF-8
  std::string_view ascii;
};

constexpr Folded kFolded[] = {
    {"\xC5\xBF", "s"},      // long s
    {"\xC3\x9F", "ss"},     // sharp s, and its capital
    {"\xE1\xBA\x9E", "ss"},
    {"\xE2\x84\xAA", "k"},  // Kelvin sign
    {"\xEF\xAC\x80", "ff"}, {"\xEF\xAC\x81", "fi"},  {"\xEF\xAC\x82", "fl"}, {"\xEF\xAC\x83", "ffi"},
    {"\xEF\xAC\x84", "ffl"}, {"\xEF\xAC\x85", "st"}, {"\xEF\xAC\x86", "st"},
    // No width: joiners and marks of direction, U+200C-200F, 202A-202E, 206A-206F, FEFF.
    {"\xE2\x80\x8C", ""}, {"\xE2\x80\x8D", ""}, {"\xE2\x80\x8E", ""}, {"\xE2\x80\x8F", ""},
    {"\xE2\x80\xAA", ""}, {"\xE2\x80\xAB", ""}, {"\xE2\x80\xAC", ""}, {"\xE2\x80\xAD", ""},
    {"\xE2\x80\xAE", ""}, {"\xE2\x81\xAA", ""}, {"\xE2\x81\xAB", ""}, {"\xE2\x81\xAC", ""},
    {"\xE2\x81\xAD", ""}, {"\xE2\x81\xAE", ""}, {"\xE2\x81\xAF", ""}, {"\xEF\xBB\xBF", ""}};

bool IsAscii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

}  // namespace

std::string FoldName(std::string_view name) {
  if (IsAscii(name)) return FoldCase(name);
  std::string folded;
  while (!name.empty()) {
    const Folded* found = nullptr;
    for (const Folded& one : kFolded) {
      if (name.starts_with(one.bytes)) found = &one;
    }
    folded += found != nullptr ? found->ascii : name.substr(0, 1);
    name.remove_prefix(found != nullptr ? found->bytes.size() : 1);
  }
  return FoldCase(folded);
}

bool HasWildcard(std::string_view glob) { return glob.find_first_of("*?") != std::string_view::npos; }

bool GlobMatches(std::string_view glob, std::string_view name) {
  std::size_t g = 0;
  std::size_t n = 0;
  std::size_t star = std::string_view::npos;  // where to go back to when the rest does not fit
  std::size_t from = 0;
  while (n < name.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      from = n;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == name[n])) {
      ++g;
      ++n;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      n = ++from;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool StandsForMany(char c) {
  return c == '*' || c == kWords || c == kAlnums || c == kHexes || c == kDigits || c == kNumbers;
}

bool IsWildcard(char c) {
  return c == '?' || c == kOneWord || c == kOneAlnum || c == kOneHex || StandsForMany(c);
}

// Whether the wildcard may stand for this character, or for a row of it.
bool Holds(char wildcard, char c) {
  switch (wildcard) {
    case kOneWord:
    case kWords: return IsDigit(c) || (c >= 'a' && c <= 'z') || c == '_';
    case kOneAlnum:
    case kAlnums: return IsDigit(c) || (c >= 'a' && c <= 'z');
    case kDigits: return IsDigit(c);
    case kNumbers: return IsDigit(c) || c == '.';
    case kOneHex:
    case kHexes: return IsDigit(c) || (c >= 'a' && c <= 'f');
    default: return true;  // * and ?
  }
}

// Whether some character suits both. All wildcards hold the digits.
bool Agree(char a, char b) {
  if (IsWildcard(a)) return IsWildcard(b) || Holds(a, b);
  return IsWildcard(b) ? Holds(b, a) : a == b;
}

}  // namespace

bool GlobsMeet(std::string_view a, std::string_view b) {
  // meet[j]: the first i characters of `a` and the first j of `b` have a name in common.
  std::vector<bool> meet(b.size() + 1, false);
  std::vector<bool> next(b.size() + 1, false);
  meet[0] = true;
  for (std::size_t j = 1; j <= b.size(); ++j) meet[j] = meet[j - 1] && StandsForMany(b[j - 1]);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    const char x = a[i - 1];
    const bool many = StandsForMany(x);
    next[0] = meet[0] && many;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const char y = b[j - 1];
      const bool many_there = StandsForMany(y);
      // One that stands for many stands for nothing, or for one more of the other side.
      bool met = (many && meet[j]) || (many_there && next[j - 1]);
      if (many && !many_there) met = met || (next[j - 1] && Agree(x, y));
      if (many_there && !many) met = met || (meet[j] && Agree(x, y));
      if (!many && !many_there) met = meet[j - 1] && Agree(x, y);
      next[j] = met;
    }
    std::swap(meet, next);
  }
  return meet[b.size()];
}

}  // namespace sbtune::catalog
