#include "profiles/tune/generalize/filter_text.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "profiles/sbpl/edit/rule_text.h"
#include "profiles/sbpl/edit/string_literal.h"

namespace sbtune::tune {
namespace {

std::string Quoted(std::string_view text) {
  auto literal = sbpl::StringLiteral(text);
  // Callers hand over only paths that a profile can carry.
  SBTUNE_ASSERT(literal.has_value());
  return *literal;
}

sbpl::Filter Leaf(std::string name, std::string spelled, std::string value, std::string text) {
  return {std::move(name), std::move(spelled), {{std::move(value), std::move(text), {}}}, {}, {}};
}

sbpl::Filter RegexFilter(std::string regex) {
  std::string text = RegexLiteral(regex);
  return Leaf("path-regex", "regex", std::move(regex), std::move(text));
}

sbpl::Filter Combined(std::string name, std::vector<sbpl::Filter> filters) {
  return {name, name, {}, std::move(filters), {}};
}

sbpl::Filter PlainFilter(const PathFilter& filter, const Root& root, std::string_view value, std::string name,
                         std::string spelled) {
  std::string rest;
  for (const NamePattern& step : filter.steps) {
    rest += '/';
    rest += step.PlainText();
  }
  if (root.parameter.empty()) {
    const std::string path = rest.empty() ? "/" : rest;
    return Leaf(std::move(name), std::move(spelled), path, Quoted(path));
  }
  std::string text = fmt::format("(param {})", Quoted(root.parameter));
  if (!rest.empty()) text = fmt::format("(string-append {} {})", text, Quoted(rest));
  return Leaf(std::move(name), std::move(spelled), std::string(value) + rest, std::move(text));
}

sbpl::Filter ShapeFilter(const PathFilter& filter, const Root& root, std::string_view value) {
  std::string rest;
  for (const NamePattern& step : filter.steps) rest += "/" + step.Regex();
  if (root.parameter.empty()) return RegexFilter("^" + rest + "$");
  std::string text = fmt::format("(string-append \"^\" (regex-quote (param {})) {})", Quoted(root.parameter),
                                 RegexLiteral(rest + "$"));
  return Leaf("path-regex", "regex", "^" + QuoteForRegex(value) + rest + "$", std::move(text));
}

// "(env|netrc)" of several, the one alone otherwise.
std::string OneOf(const std::vector<std::string>& names) {
  return names.size() == 1 ? names.front() : fmt::format("({})", fmt::join(names, "|"));
}

// Regexes of last names in one, with what they begin alike taken out: /(\.(env|netrc)|[^/]*\.(p12|pfx))$
std::string LastNames(const std::vector<std::string>& names) {
  constexpr std::string_view kBeginnings[] = {"[^/]*\\.", "\\.", "id_", ""};
  std::vector<std::string> groups;
  std::vector<bool> taken(names.size(), false);
  for (const std::string_view beginning : kBeginnings) {
    std::vector<std::string> endings;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (taken[i] || !names[i].starts_with(beginning)) continue;
      taken[i] = true;
      endings.push_back(names[i].substr(beginning.size()));
    }
    if (!endings.empty()) groups.push_back(std::string(beginning) + OneOf(endings));
  }
  return "/" + OneOf(groups) + "$";
}

// What stays closed: last names in one regex, the others one by one.
sbpl::Filter LeaveOut(const PathFilter& filter, const catalog::Places& places) {
  std::vector<std::string> names;
  std::vector<sbpl::Filter> filters;
  for (const std::uint32_t index : filter.leave_out) {
    const catalog::Places::Float& floating = places.Floats()[index];
    if (!floating.except_regex.empty()) {
      filters.push_back(Combined("require-all", {RegexFilter(floating.regex),
                                                 Combined("require-not", {RegexFilter(floating.except_regex)})}));
    } else if (floating.regex.ends_with('$')) {
      names.push_back(floating.regex.substr(1, floating.regex.size() - 2));
    } else {
      filters.push_back(RegexFilter(floating.regex));
    }
  }
  if (!names.empty()) filters.push_back(RegexFilter(LastNames(names)));
  if (filters.size() == 1) return Combined("require-not", std::move(filters));
  return Combined("require-not", {Combined("require-any", std::move(filters))});
}

// The folders right below that stay closed.
sbpl::Filter Holes(const PathFilter& filter, const Root& root, std::string_view value) {
  std::vector<sbpl::Filter> filters;
  PathFilter hole{FilterKind::kTree, filter.root, filter.steps, {}};
  hole.steps.push_back({});
  for (const std::string& name : filter.holes) {
    hole.steps.back() = NamePattern::Plain(name);
    filters.push_back(PlainFilter(hole, root, value, "subpath", "subpath"));
  }
  if (filters.size() == 1) return Combined("require-not", std::move(filters));
  return Combined("require-not", {Combined("require-any", std::move(filters))});
}

}  // namespace

std::string RegexLiteral(std::string_view regex) {
  // A raw string keeps a regex readable; it has no way to write a quote or a control character.
  for (const char c : regex) {
    if (c == '"' || c < ' ' || c > '~') return Quoted(regex);
  }
  return fmt::format("#\"{}\"", regex);
}

sbpl::Filter MakeFilter(const PathFilter& filter, const Root& root, std::string_view value,
                        const catalog::Places& places) {
  switch (filter.kind) {
    case FilterKind::kLiteral: return PlainFilter(filter, root, value, "path", "literal");
    case FilterKind::kShape: return ShapeFilter(filter, root, value);
    case FilterKind::kTree: break;
  }
  sbpl::Filter tree = PlainFilter(filter, root, value, "subpath", "subpath");
  if (filter.leave_out.empty() && filter.holes.empty()) return tree;
  std::vector<sbpl::Filter> all{std::move(tree)};
  if (!filter.holes.empty()) all.push_back(Holes(filter, root, value));
  if (!filter.leave_out.empty()) all.push_back(LeaveOut(filter, places));
  return Combined("require-all", std::move(all));
}

std::string FilterText(const PathFilter& filter, const Root& root, const catalog::Places& places) {
  const auto text = sbpl::FilterText(MakeFilter(filter, root, root.values.front(), places), {});
  SBTUNE_ASSERT(text.has_value());
  return *text;
}

double TextSize(FilterKind kind, const Root& root, std::size_t size) {
  constexpr double kFrames[] = {12, 13, 12};  // (literal "") (regex #"^$") (subpath "")
  const double parameter = root.parameter.empty() ? 0 : 26 + static_cast<double>(root.parameter.size());
  return kFrames[static_cast<std::size_t>(kind)] + parameter + static_cast<double>(size) + 1;
}

}  // namespace sbtune::tune
