#include "profiles/compare/named_sets.h"

#include <algorithm>
#include <set>

#include "profiles/regions/condition.h"
#include "profiles/sbpl/edit/string_literal.h"

namespace sbtune::compare {
namespace {

using automata::Automaton;
using automata::Label;
using regions::NamedSet;
using regions::Space;

constexpr std::size_t kMostSets = 400;

std::string Quoted(const std::string& text) {
  const auto literal = sbpl::StringLiteral(text);
  return literal ? *literal : "\"" + text + "\"";
}

std::string Raw(const std::string& text) {
  return text.find('"') == std::string::npos ? "#\"" + text + "\"" : Quoted(text);
}

class Collector {
 public:
  Collector(Space& space, const regions::TargetSpace& targets) : space_(space), targets_(targets) {}

  void Take(const sbpl::Filter& filter) {
    if (sets.size() >= kMostSets) return;
    const bool combined = !filter.subfilters.empty();
    if (combined || filter.name.ends_with("regex")) Add(filter);
    for (const sbpl::Filter& sub : filter.subfilters) Take(sub);
  }

  std::vector<NamedSet> sets;

 private:
  void Add(const sbpl::Filter& filter) {
    const std::string text = Written(filter);
    if (!seen_.insert(text).second) return;
    const base::SourceMap none;
    const auto node = sbpl::CompileFilter(filter, {space_.catalog(), none, space_.options().case_rule});
    if (!node) return;
    const auto condition = regions::ConditionOf(space_, targets_, *node);
    if (!condition) return;
    for (const Label label : condition->labels()) {
      if (!space_.diagrams.IsTerminal(label)) return;  // a fact has a part in it
    }
    sets.push_back({text, automata::Map(*condition, [&](Label label) { return space_.diagrams.ValueOf(label); })});
  }

  Space& space_;
  const regions::TargetSpace& targets_;
  std::set<std::string> seen_;
};

}  // namespace

// Recursion is as deep as the loader allows filters to be nested.
std::string Written(const sbpl::Filter& filter) {
  std::string text = "(" + filter.spelled;
  for (const sbpl::Argument& argument : filter.arguments) {
    text += ' ';
    if (const auto* string = std::get_if<std::string>(&argument.value)) {
      text += filter.name.ends_with("regex") ? Raw(*string) : Quoted(*string);
    } else if (const auto* number = std::get_if<std::int64_t>(&argument.value)) {
      text += argument.alias.empty() ? std::to_string(*number) : argument.alias;
    } else {
      text += std::get<bool>(argument.value) ? "#t" : "#f";
    }
  }
  for (const sbpl::Filter& sub : filter.subfilters) text += " " + Written(sub);
  return text + ")";
}

std::vector<NamedSet> NamedSets(Space& space, const regions::RuleTable& table, const std::vector<regions::RuleId>& rules,
                                const regions::TargetSpace& targets) {
  Collector collector(space, targets);
  for (const regions::RuleId id : rules) {
    for (const sbpl::Filter& filter : table.rule(id).filters) collector.Take(filter);
  }
  return std::move(collector.sets);
}

}  // namespace sbtune::compare
