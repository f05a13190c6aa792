#include "profiles/tune/filter_key.h"

#include <algorithm>

namespace sbtune::tune {
namespace {

enum class Case { kKeep, kLower };

// Length before bytes, so that no argument can imitate another's end.
void AppendText(std::string& key, std::string_view text, Case fold) {
  key += std::to_string(text.size()) + ":";
  for (const char c : text) key += fold == Case::kLower && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

template <typename CaseOf>
void Append(std::string& key, const sbpl::Filter& filter, const CaseOf& case_of) {
  key += "(" + filter.name;
  for (const sbpl::Argument& argument : filter.arguments) {
    key += " ";
    if (const auto* text = std::get_if<std::string>(&argument.value)) {
      AppendText(key, *text, case_of(filter));
    } else if (const auto* number = std::get_if<std::int64_t>(&argument.value)) {
      key += "#" + std::to_string(*number);
    } else {
      key += std::get<bool>(argument.value) ? "#t" : "#f";
    }
  }
  for (const sbpl::Filter& inner : filter.subfilters) Append(key, inner, case_of);
  key += ")";
}

bool SameFilters(const std::vector<sbpl::Filter>& a, const std::vector<sbpl::Filter>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& left, const auto& right) { return ExactKey(left) == ExactKey(right); });
}

bool SameModifier(const sbpl::Modifier& a, const sbpl::Modifier& b) {
  const auto same_value = [](const auto& left, const auto& right) { return left.value == right.value; };
  return a.name == b.name &&
         std::equal(a.arguments.begin(), a.arguments.end(), b.arguments.begin(), b.arguments.end(), same_value) &&
         std::equal(a.message_rules.begin(), a.message_rules.end(), b.message_rules.begin(), b.message_rules.end(),
                    SameRule);
}

}  // namespace

std::string ExactKey(const sbpl::Filter& filter) {
  std::string key;
  Append(key, filter, [](const sbpl::Filter&) { return Case::kKeep; });
  return key;
}

std::string MatchKey(const sbpl::Filter& filter, const catalog::Catalog& catalog, sbpl::CaseRule case_rule) {
  std::string key;
  Append(key, filter, [&](const sbpl::Filter& part) {
    const catalog::Filter* known = catalog.FindFilter(part.name);
    const bool folds = case_rule == sbpl::CaseRule::kFoldPaths && known != nullptr && known->folds_case;
    return folds ? Case::kLower : Case::kKeep;
  });
  return key;
}

bool SameRule(const sbpl::Rule& a, const sbpl::Rule& b) {
  const auto same_name = [](const auto& left, const auto& right) { return left.name == right.name; };
  return a.action == b.action && a.implicit == b.implicit &&
         std::equal(a.operations.begin(), a.operations.end(), b.operations.begin(), b.operations.end(), same_name) &&
         SameFilters(a.filters, b.filters) &&
         std::equal(a.modifiers.begin(), a.modifiers.end(), b.modifiers.begin(), b.modifiers.end(), SameModifier);
}

}  // namespace sbtune::tune
