#include "tests/support/rule_targets.h"

#include <algorithm>

namespace sbtune::test {
namespace {

constexpr char kRegexMark = '\x01';

// Some text that the expression describes, roughly: the first branch of each group, one character for a class.
std::string TextLike(std::string_view expression) {
  std::string text;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    switch (const char c = expression[i]) {
      case '^':
      case '$':
      case '(':
      case ')':
      case '?': break;
      case '.': text += 'q'; break;
      case '*':
      case '+':
        if (!text.empty()) text += text.back();
        break;
      case '\\':
        if (++i < expression.size()) text += expression[i];
        break;
      case '[': {
        const bool inverted = i + 1 < expression.size() && expression[i + 1] == '^';
        text += inverted || i + 1 == expression.size() ? 'z' : expression[i + 1];
        i = std::min(expression.find(']', i + 2), expression.size());
        break;
      }
      case '|':
        while (i + 1 < expression.size() && expression[i + 1] != ')') ++i;
        break;
      default: text += c;
    }
  }
  return text;
}

}  // namespace

RuleTargets::RuleTargets(const sbpl::Profile& profile, std::uint32_t seed)
    : catalog_(**catalog::Catalog::ForVersion(profile.macos)), random_(seed) {
  for (const sbpl::Rule& rule : profile.rules) {
    std::vector<std::string> texts;
    Collect(rule.filters, texts);
    for (const sbpl::RuleOperation& operation : rule.operations) sources_.push_back({operation.name, texts});
  }
  if (sources_.empty()) sources_.push_back({"default", {}});
}

void RuleTargets::Collect(const std::vector<sbpl::Filter>& filters, std::vector<std::string>& texts) const {
  for (const sbpl::Filter& filter : filters) {
    const catalog::Filter* known = catalog_.FindFilter(filter.name);
    const bool is_regex = known != nullptr && known->match == catalog::MatchKind::kRegex;
    for (const sbpl::Argument& argument : filter.arguments) {
      if (const auto* text = std::get_if<std::string>(&argument.value)) {
        const bool of_end = known != nullptr && known->argument == catalog::ArgumentType::kNetwork;
        texts.push_back((is_regex ? std::string(1, kRegexMark) : of_end ? filter.name + ":" : "") + *text);
      } else if (const auto* number = std::get_if<std::int64_t>(&argument.value)) {
        texts.push_back(std::to_string(*number));
      }
    }
    Collect(filter.subfilters, texts);
  }
}

std::string RuleTargets::Mutated(std::string text) {
  const std::size_t slash = text.rfind('/');
  switch (Below(12)) {
    case 0: return text + "/x";
    case 1: return text + "x";
    case 2: return text.substr(0, text.size() - std::min<std::size_t>(1, text.size()));
    case 3: return slash == std::string::npos || slash == 0 ? text + "/" : text.substr(0, slash);
    case 4:
      for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c >= 'A' && c <= 'Z' ? c + 32 : c);
      return text;
    case 5:
      if (!text.empty()) text[Below(text.size())] = "a/.Z"[Below(4)];
      return text;
    case 6: return text.starts_with("/private/") ? text.substr(8) : "/private" + text;
    case 7: return text.substr(0, Below(text.size() + 1));
    case 8: return text + "/" + std::string(1, static_cast<char>('a' + Below(26))) + ".txt";
    default: return text;
  }
}

// The operation itself, one that falls back to it, or any.
std::string RuleTargets::Operation(const std::string& named) {
  const auto all = catalog_.operations();
  const std::size_t choice = Below(8);
  if (choice == 0) return std::string(all[Below(all.size())].name);
  if (choice < 3) return named;
  const catalog::Operation* start = &all[Below(all.size())];
  for (std::size_t i = 0; i < all.size(); ++i) {
    const catalog::Operation* candidate = &all[(catalog_.Id(*start) + i) % all.size()];
    for (const catalog::Operation* at = candidate; at != nullptr; at = catalog_.Parent(*at)) {
      if (at->name == named) return std::string(candidate->name);
    }
  }
  return named;
}

RandomProfiles::Asked RuleTargets::Next() {
  const Source& source = sources_[Below(sources_.size())];
  const Source& other = sources_[Below(sources_.size())];
  const std::vector<std::string>& texts = Below(10) == 0 ? other.texts : source.texts;
  RandomProfiles::Asked asked{Operation(source.operation), ""};
  if (texts.empty()) {
    if (Below(4) != 0) asked.target = "/x/" + std::to_string(Below(9));
    return asked;
  }
  std::string text = texts[Below(texts.size())];
  if (text.starts_with(kRegexMark)) text = TextLike(std::string_view(text).substr(1));
  asked.target = Mutated(std::move(text));
  return asked;
}

}  // namespace sbtune::test
