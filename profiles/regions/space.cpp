#include "profiles/regions/space.h"

#include <algorithm>

#include <fmt/format.h>

#include "profiles/automata/pattern.h"
#include "profiles/automata/search.h"
#include "profiles/automata/wordset.h"
#include "profiles/sbpl/edit/string_literal.h"
#include "profiles/sbpl/regex_items.h"

namespace sbtune::regions {
namespace {

using automata::Label;
using automata::Literal;
using catalog::MatchKind;
using Question = FactVariable;

constexpr std::size_t kMaxPatternStates = 20'000;

Automaton TextSet(const Question& variable) {
  using Words = automata::WordSet;
  const Words::Kind kind = variable.match == MatchKind::kExact    ? Words::Kind::kExact
                           : variable.match == MatchKind::kPrefix ? Words::Kind::kPrefix
                                                                  : Words::Kind::kSubpath;
  return Words().Add(variable.value, kind).Build();
}

std::string SuffixOf(MatchKind match) {
  switch (match) {
    case MatchKind::kExact: return "";
    case MatchKind::kPrefix: return "-prefix";
    case MatchKind::kSubpath: return "-subpath";
    case MatchKind::kRegex: return "-regex";
  }
  return "";
}

std::string Quoted(const std::string& text) {
  const auto literal = sbpl::StringLiteral(text);
  return literal ? *literal : "\"" + text + "\"";
}

}  // namespace

Space::Space(const catalog::Catalog& catalog, sbpl::PolicyOptions options)
    : catalog_(&catalog), options_(std::move(options)), facts_(sbpl::MakeFactTable(options_.facts)) {}

DiagramId Space::Variable(const FactVariable& variable) {
  if (const auto known = known_.find(variable); known != known_.end()) return diagrams.Variable(known->second);
  if (variables_.size() == automata::kMaxVariables) {
    overflowed_ = true;
    return diagrams.Terminal(0);
  }
  const auto id = static_cast<VariableId>(variables_.size());
  known_.emplace(variable, id);
  variables_.push_back(variable);
  return diagrams.Variable(id);
}

std::optional<Automaton> Space::Matches(const std::string& expression, bool folds) {
  const auto [at, is_new] = patterns_.try_emplace({expression, folds});
  if (!is_new) return at->second;
  const auto read = sbpl::ReadRegexItems(expression, folds ? sbpl::RegexCase::kFold : sbpl::RegexCase::kExact);
  SBTUNE_ASSERT(read && read->uncertain.empty());
  std::vector<automata::PatternItem> items;
  for (const sbpl::RegexItem& item : read->items) {
    items.push_back({static_cast<automata::PatternItem::Kind>(item.kind), item.set, item.repeat});
  }
  static_assert(static_cast<int>(sbpl::RegexItem::Kind::kRepeat) == static_cast<int>(automata::PatternItem::Kind::kRepeat));
  at->second = automata::BuildPattern(items, kMaxPatternStates);
  return at->second;
}

namespace {

// The literals about one fact that has one value at a time.
struct OneFact {
  std::vector<const Question*> holds;
  std::vector<const Question*> fails;
};
using Facts = std::map<std::string, OneFact>;

bool HasOneValue(const Question& variable) {
  const bool valued = variable.kind == Question::Kind::kNumber || variable.kind == Question::Kind::kText;
  return valued && !sbpl::MayHoldSeveral(variable.base);
}

Facts ByFact(const Cube& cube, const std::vector<Question>& variables) {
  Facts facts;
  for (const Literal& literal : cube) {
    const Question& variable = variables[literal.variable];
    if (!HasOneValue(variable)) continue;
    OneFact& fact = facts[variable.base];
    (literal.holds ? fact.holds : fact.fails).push_back(&variable);
  }
  return facts;
}

bool IsPath(const Space& space, const Question& question) {
  const catalog::Filter* filter = space.catalog().FindFilter(question.base);
  return filter != nullptr && filter->argument == catalog::ArgumentType::kPath;
}

// A text that all of `holds` match and none of `fails`; nothing if there is none. Empty when that is too hard to say.
std::optional<std::string> CommonText(Space& space, const OneFact& fact) {
  const Question& any = fact.holds.empty() ? *fact.fails.front() : *fact.holds.front();
  Automaton words = IsPath(space, any) ? CleanPaths(any.folds) : Automaton::Constant(1);
  const auto narrow = [&](const Question* variable, Label wanted) {
    const bool is_regex = variable->match == MatchKind::kRegex;
    const auto set = is_regex ? space.Matches(variable->value, variable->folds) : TextSet(*variable);
    if (!set) return false;
    auto both = automata::Combine(words, *set, [&](Label x, Label y) { return x != 0 && y == wanted ? 1u : 0u; });
    if (!both) return false;
    words = std::move(*both);
    return true;
  };
  const auto all = [&](const auto& list, Label wanted) {
    return std::ranges::all_of(list, [&](const Question* variable) { return narrow(variable, wanted); });
  };
  if (!all(fact.holds, 1) || !all(fact.fails, 0)) return "";
  return automata::FindWord(words, [](Label label) { return label == 1; });
}

bool CanBe(Space& space, const OneFact& fact) {
  const Question& any = fact.holds.empty() ? *fact.fails.front() : *fact.holds.front();
  if (any.kind == Question::Kind::kText && (!fact.holds.empty() || IsPath(space, any))) {
    return CommonText(space, fact).has_value();
  }
  if (fact.holds.empty()) return true;  // there is always another value
  return std::ranges::all_of(fact.holds, [&](const Question* other) { return other->value == fact.holds.front()->value; });
}

}  // namespace

bool Space::Feasible(const Cube& cube) {
  const Facts facts = ByFact(cube, variables_);
  return std::ranges::all_of(facts, [&](const auto& entry) { return CanBe(*this, entry.second); });
}

Cube Space::Simplified(const Cube& cube) const {
  const Facts facts = ByFact(cube, variables_);
  Cube simple;
  for (const Literal& literal : cube) {
    const Question& variable = variables_[literal.variable];
    const bool settled = !literal.holds && variable.kind == Question::Kind::kNumber && HasOneValue(variable) &&
                         !facts.at(variable.base).holds.empty();
    if (!settled) simple.push_back(literal);
  }
  return simple;
}

bool Space::AddFacts(const Cube& cube, sbpl::Query& query) {
  const sbpl::Query asked = query;
  const auto counts = [&](const Question& question) {  // not those of other targets: a service has no path
    return question.kind != Question::Kind::kOpaque && !sbpl::CannotApply(question.base, asked);
  };
  for (const Question& question : variables_) {
    if (counts(question)) query.facts.try_emplace(question.base);  // nothing else holds
  }
  for (const auto& [base, fact] : ByFact(cube, variables_)) {
    if (fact.holds.empty() || !counts(*fact.holds.front())) continue;
    std::string value = fact.holds.front()->value;
    if (fact.holds.front()->kind == Question::Kind::kText) value = CommonText(*this, fact).value_or("");
    query.facts[base] = {value};
  }
  bool complete = true;
  for (const Literal& literal : cube) {
    const Question& question = variables_[literal.variable];
    if (question.kind == Question::Kind::kOpaque) complete = false;
    if (!literal.holds || HasOneValue(question) || !counts(question)) continue;
    query.facts[question.base].push_back(question.kind == Question::Kind::kFlag ? "true" : question.value);
  }
  return complete;
}

std::string Space::Named(const Question& variable) const {
  const catalog::Filter* filter = catalog_->FindFilter(variable.base);
  if (filter == nullptr) return variable.value;
  for (const catalog::NamedValue& named : filter->named_values) {
    if (std::to_string(named.value) == variable.value) return std::string(named.name);
  }
  return variable.value;
}

std::string Space::Describe(const Literal& literal) const {
  const Question& variable = variables_[literal.variable];
  std::string text;
  switch (variable.kind) {
    case Question::Kind::kNumber:
    case Question::Kind::kBits: text = fmt::format("({} {})", variable.base, Named(variable)); break;
    case Question::Kind::kText:
      text = fmt::format("({}{} {})", variable.base, SuffixOf(variable.match), Quoted(variable.value));
      break;
    case Question::Kind::kHeld: text = fmt::format("({} {})", variable.base, Quoted(variable.value)); break;
    case Question::Kind::kFlag: text = fmt::format("({})", variable.base); break;
    case Question::Kind::kOpaque: text = variable.value; break;
  }
  return literal.holds ? text : "not " + text;
}

std::string Space::FactOption(const Literal& literal) const {
  const Question& variable = variables_[literal.variable];
  if (variable.kind == Question::Kind::kOpaque) return "";
  if (variable.kind == Question::Kind::kText && variable.match != MatchKind::kExact) return "";
  const std::string value = variable.kind == Question::Kind::kFlag ? "true" : Named(variable);
  return variable.base + (literal.holds ? "=" : "!=") + value;
}

}  // namespace sbtune::regions
