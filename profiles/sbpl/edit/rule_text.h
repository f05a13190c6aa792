// Filters and rules as profile text, in the words that a file uses.
//
//   Words words;  // empty: as `spelled`, else canonical
//   *FilterText(filter, words) == R"((literal "/etc/hosts"))"
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "profiles/sbpl/rule.h"

namespace sbtune::sbpl {

// How a file spells canonical names: {"path", "literal"}, {"process-exec*", "process-exec"}. A filter that the
// file does not use is written as its own `spelled` says.
struct Words {
  std::map<std::string, std::string, std::less<>> filters;
  std::map<std::string, std::string, std::less<>> operations;
  std::set<std::string, std::less<>> functions;  // of the profile: a filter `spelled` so is a call, (home-subpath "/x")

  [[nodiscard]] std::string_view Operation(std::string_view canonical) const;
};

// On one line. Fails, with the reason, when an argument cannot be written (see StringLiteral). Recursion is
// bounded by the depth of the filter, which the loader limits.
[[nodiscard]] base::Result<std::string> FilterText(const Filter& filter, const Words& words);
// The same, but a filter of filters that does not fit into `width` columns has each of them on a line of its own.
// `line_break`: newline and the indentation of the line that the text begins on; `indent`: one more step.
struct LineRoom {
  std::string line_break;
  std::string indent;
  std::size_t width = 0;
};
[[nodiscard]] base::Result<std::string> FilterText(const Filter& filter, const Words& words, const LineRoom& room);
[[nodiscard]] base::Result<std::string> ArgumentText(const Argument& argument);

// "(allow OPERATION…" without filters and without the closing parenthesis.
[[nodiscard]] std::string RuleHead(access::Action action, std::span<const std::string> operations,
                                   const Words& words);

}  // namespace sbtune::sbpl
