#include "profiles/sbpl/edit/rule_text.h"

#include <algorithm>

#include "profiles/sbpl/edit/string_literal.h"

namespace sbtune::sbpl {
namespace {

std::string_view FilterWord(const Filter& filter, const Words& words) {
  if (words.functions.contains(filter.spelled)) return filter.spelled;
  const auto used = words.filters.find(filter.name);
  if (used != words.filters.end()) return used->second;
  return filter.spelled.empty() ? filter.name : filter.spelled;
}

}  // namespace

std::string_view Words::Operation(std::string_view canonical) const {
  const auto used = operations.find(canonical);
  return used == operations.end() ? canonical : std::string_view(used->second);
}

base::Result<std::string> ArgumentText(const Argument& argument) {
  if (!argument.alias.empty()) return argument.alias;
  if (const auto* text = std::get_if<std::string>(&argument.value)) return StringLiteral(*text);
  if (const auto* flag = std::get_if<bool>(&argument.value)) return std::string(*flag ? "#t" : "#f");
  return std::to_string(std::get<std::int64_t>(argument.value));
}

base::Result<std::string> FilterText(const Filter& filter, const Words& words) {
  std::string out = "(" + std::string(FilterWord(filter, words));
  for (const Argument& argument : filter.arguments) {
    const auto text = ArgumentText(argument);
    if (!text) return text;
    out += " " + *text;
  }
  for (const Filter& inner : filter.subfilters) {
    const auto text = FilterText(inner, words);
    if (!text) return text;
    out += " " + *text;
  }
  return out + ")";
}

base::Result<std::string> FilterText(const Filter& filter, const Words& words, const LineRoom& room) {
  auto line = FilterText(filter, words);
  const std::size_t column = room.line_break.size() - std::min<std::size_t>(room.line_break.size(), 1);
  if (!line || filter.subfilters.empty() || column + line->size() <= room.width) return line;
  const LineRoom inner_room{room.line_break + room.indent, room.indent, room.width};
  std::string out = "(" + std::string(FilterWord(filter, words));
  for (const Filter& inner : filter.subfilters) {
    const auto text = FilterText(inner, words, inner_room);
    if (!text) return text;
    out += inner_room.line_break + *text;
  }
  return out + ")";
}

std::string RuleHead(access::Action action, std::span<const std::string> operations, const Words& words) {
  std::string out = "(" + std::string(access::Name(action));
  for (const std::string& operation : operations) out += " " + std::string(words.Operation(operation));
  return out;
}

}  // namespace sbtune::sbpl
