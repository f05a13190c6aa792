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

bool GlobsMeet(std::string_view a, std::string_view b) {
  // meet[j]: the first i characters of `a` and the first j of `b` have a name in common.
  std::vector<bool> meet(b.size() + 1, false);
  std::vector<bool> next(b.size() + 1, false);
  meet[0] = true;
  for (std::size_t j = 1; j <= b.size(); ++j) meet[j] = meet[j - 1] && b[j - 1] == '*';
  for (std::size_t i = 1; i <= a.size(); ++i) {
    const char x = a[i - 1];
    next[0] = meet[0] && x == '*';
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const char y = b[j - 1];
      if (x == '*' || y == '*') {
        next[j] = meet[j] || next[j - 1];  // the star stands for nothing, or for one more of the other side
      } else {
        next[j] = meet[j - 1] && (x == '?' || y == '?' || x == y);
      }
    }
    std::swap(meet, next);
  }
  return meet[b.size()];
}

}  // namespace sbtune::catalog
