#include "profiles/sbpl/print.h"

#include <fmt/format.h>

#include "profiles/scheme/string_escape.h"

namespace sbtune::sbpl {

std::string Print(const Argument& argument) {
  if (!argument.alias.empty()) return argument.alias;
  if (const auto* text = std::get_if<std::string>(&argument.value)) {
    return scheme::WriteStringLiteral(std::string_view(*text).substr(0, text->find('\0')));
  }
  if (const auto* number = std::get_if<std::int64_t>(&argument.value)) return fmt::format("{}", *number);
  return std::get<bool>(argument.value) ? "#t" : "#f";
}

// Recursion is bounded by Limits::filter_depth.
std::string Print(const Filter& filter) {
  std::string text = "(" + filter.name;
  for (const Argument& argument : filter.arguments) text += " " + Print(argument);
  for (const Filter& sub : filter.subfilters) text += " " + Print(sub);
  return text + ")";
}

std::string Print(const Modifier& modifier) {
  if (modifier.name == "message-filter") {
    std::string text = "(apply-message-filter";
    for (const Rule& rule : modifier.message_rules) text += " " + Print(rule);
    return text + ")";
  }
  std::string text = "(with " + modifier.name;
  for (const Argument& argument : modifier.arguments) text += " " + Print(argument);
  return text + ")";
}

std::string Print(const Rule& rule) {
  std::string text = fmt::format("({}", access::Name(rule.action));
  for (const RuleOperation& operation : rule.operations) text += " " + operation.name;
  for (const Filter& filter : rule.filters) text += " " + Print(filter);
  for (const Modifier& modifier : rule.modifiers) text += " " + Print(modifier);
  return text + ")";
}

}  // namespace sbtune::sbpl
