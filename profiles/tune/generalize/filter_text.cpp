#include "profiles/tune/generalize/filter_text.h"

#include <fmt/format.h>

#include "profiles/sbpl/edit/string_literal.h"

namespace sbtune::tune {
namespace {

std::string Quoted(std::string_view text) {
  auto literal = sbpl::StringLiteral(text);
  // Callers hand over only paths that a profile can carry.
  SBTUNE_ASSERT(literal.has_value());
  return *literal;
}

// A raw string keeps a regex readable; it has no way to write a quote or a control character.
std::string RegexLiteral(std::string_view regex) {
  for (const char c : regex) {
    if (c == '"' || c < ' ' || c > '~') return Quoted(regex);
  }
  return fmt::format("#\"{}\"", regex);
}

std::string PathText(const PathFilter& filter, const Root& root) {
  std::string rest;
  for (const NamePattern& step : filter.steps) {
    rest += '/';
    rest += step.PlainText();
  }
  if (root.parameter.empty()) return Quoted(rest.empty() ? "/" : rest);
  const std::string parameter = fmt::format("(param {})", Quoted(root.parameter));
  return rest.empty() ? parameter : fmt::format("(string-append {} {})", parameter, Quoted(rest));
}

std::string ShapeText(const PathFilter& filter, const Root& root) {
  std::string rest;
  for (const NamePattern& step : filter.steps) rest += "/" + step.Regex();
  if (root.parameter.empty()) return fmt::format("(regex {})", RegexLiteral("^" + rest + "$"));
  return fmt::format("(regex (string-append \"^\" (regex-quote (param {})) {}))", Quoted(root.parameter),
                     RegexLiteral(rest + "$"));
}

// What stays closed: names that end alike in one regex, the others one by one.
std::string LeaveOutText(const PathFilter& filter, const catalog::Places& places) {
  std::string names;
  std::vector<std::string> filters;
  for (const std::uint32_t index : filter.leave_out) {
    const catalog::Places::Float& floating = places.Floats()[index];
    if (!floating.except_regex.empty()) {
      filters.push_back(fmt::format("(require-all (regex {}) (require-not (regex {})))",
                                    RegexLiteral(floating.regex), RegexLiteral(floating.except_regex)));
    } else if (floating.regex.ends_with('$')) {
      names += (names.empty() ? "" : "|") + floating.regex.substr(1, floating.regex.size() - 2);
    } else {
      filters.push_back(fmt::format("(regex {})", RegexLiteral(floating.regex)));
    }
  }
  if (!names.empty()) filters.push_back(fmt::format("(regex {})", RegexLiteral("/(" + names + ")$")));
  if (filters.size() == 1) return fmt::format("(require-not {})", filters[0]);
  return fmt::format("(require-not (require-any {}))", fmt::join(filters, " "));
}

}  // namespace

std::string FilterText(const PathFilter& filter, const Root& root, const catalog::Places& places) {
  switch (filter.kind) {
    case FilterKind::kLiteral:
      return fmt::format("(literal {})", PathText(filter, root));
    case FilterKind::kShape:
      return ShapeText(filter, root);
    case FilterKind::kTree:
      break;
  }
  const std::string subpath = fmt::format("(subpath {})", PathText(filter, root));
  if (filter.leave_out.empty()) return subpath;
  return fmt::format("(require-all {} {})", subpath, LeaveOutText(filter, places));
}

double TextSize(FilterKind kind, const Root& root, std::size_t size) {
  const double frame = kind == FilterKind::kLiteral ? 12 : kind == FilterKind::kTree ? 12 : 13;
  const double parameter = root.parameter.empty() ? 0 : 26 + static_cast<double>(root.parameter.size());
  return frame + parameter + static_cast<double>(size) + 1;
}

}  // namespace sbtune::tune
