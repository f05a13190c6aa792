#include "profiles/tune/rule_difference.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "profiles/tune/filter_key.h"

namespace sbtune::tune {
namespace {

// The pieces of new text, by place; each was made for one addition.
class InsertedText {
 public:
  InsertedText(const sbpl::Profile& after, const sbpl::Insertion& insertion) {
    for (std::size_t i = 0; i < insertion.places.size(); ++i) {
      const sbpl::Placement& place = insertion.places[i];
      pieces_.push_back({after.fragments[place.fragment], place.begin, place.begin + place.length, i});
    }
    std::sort(pieces_.begin(), pieces_.end());
  }

  // The additions whose text the range holds.
  [[nodiscard]] std::vector<std::size_t> AdditionsIn(base::SourceRange range) const {
    std::vector<std::size_t> additions;
    auto piece = std::lower_bound(pieces_.begin(), pieces_.end(), std::pair(range.source, range.offset),
                                  [](const Piece& a, const auto& at) { return std::pair(a.source, a.begin) < at; });
    for (; piece != pieces_.end() && piece->source == range.source && piece->end <= range.offset + range.length; ++piece) {
      additions.push_back(piece->addition);
    }
    return additions;
  }

  // The addition whose text holds the whole range.
  [[nodiscard]] std::optional<std::size_t> AdditionAt(base::SourceRange range) const {
    const auto next = std::upper_bound(pieces_.begin(), pieces_.end(), std::pair(range.source, range.offset),
                                       [](const auto& at, const Piece& piece) {
                                         return at < std::pair(piece.source, piece.begin);
                                       });
    if (next == pieces_.begin()) return std::nullopt;
    const Piece& piece = *std::prev(next);
    const bool inside = piece.source == range.source && range.offset + range.length <= piece.end;
    return inside ? std::optional(piece.addition) : std::nullopt;
  }

 private:
  struct Piece {
    base::SourceId source;
    std::uint32_t begin;
    std::uint32_t end;
    std::size_t addition;
    auto operator<=>(const Piece&) const = default;
  };
  std::vector<Piece> pieces_;
};

class Comparison {
 public:
  Comparison(const sbpl::Profile& before, const sbpl::Profile& after, const Plan& plan,
             const sbpl::Insertion& insertion)
      : before_(before), after_(after), plan_(plan), inserted_(after, insertion), met_(plan.size()) {
    for (const sbpl::Helper& helper : before.helpers) functions_.insert(helper.name);
  }

  std::string Run() {
    std::size_t next = 0;  // of the old rules
    for (const sbpl::Rule& rule : after_.rules) {
      sbpl::Rule stripped = rule;
      if (auto wrong = Strip(stripped); !wrong.empty()) return wrong;
      const bool fresh = stripped.filters.empty() && (!rule.filters.empty() || IsAddedRule(rule));
      if (fresh) continue;
      if (next == before_.rules.size() || !SameRule(before_.rules[next], stripped)) {
        return fmt::format("the rule at {} is not what stood there", after_.sources.Where(rule.range));
      }
      ++next;
    }
    if (next != before_.rules.size()) return "a rule of the profile is gone";
    const auto missing = std::find(met_.begin(), met_.end(), false);
    return missing == met_.end() ? "" : "an added rule does not appear among the profile's rules";
  }

 private:
  // Takes what was added out of the rule; a sentence when it is not what was meant.
  std::string Strip(sbpl::Rule& rule) {
    StripCalls(rule);
    std::vector<sbpl::Filter> kept;
    for (sbpl::Filter& filter : rule.filters) {
      if (const auto addition = inserted_.AdditionAt(filter.range)) {
        if (!Meets(*addition, rule, filter)) return Wrong(rule);
        continue;
      }
      std::vector<sbpl::Argument> arguments;
      for (sbpl::Argument& argument : filter.arguments) {
        const auto part = inserted_.AdditionAt(argument.range);
        if (!part) {
          arguments.push_back(std::move(argument));
        } else if (!Meets(*part, rule, {filter.name, filter.spelled, {argument}, {}, {}})) {
          return Wrong(rule);
        }
      }
      filter.arguments = std::move(arguments);
      kept.push_back(std::move(filter));
    }
    rule.filters = std::move(kept);
    return "";
  }

  // A filter that a function of the profile makes stands, as far as its range tells, where the function is defined. Of
  // equal filters it makes no difference which is the new one.
  void StripCalls(sbpl::Rule& rule) {
    if (functions_.empty()) return;
    for (const std::size_t addition : inserted_.AdditionsIn(rule.range)) {
      const auto& wished = plan_[addition].addition.filter;
      if (met_[addition] || !wished || !functions_.contains(wished->spelled)) continue;
      const std::string key = ExactKey(*wished);
      const auto made = std::find_if(rule.filters.begin(), rule.filters.end(), [&](const sbpl::Filter& filter) {
        return !inserted_.AdditionAt(filter.range) && ExactKey(filter) == key;
      });
      if (made != rule.filters.end() && Meets(addition, rule, *made)) rule.filters.erase(made);
    }
  }

  // An unconditional rule that was added.
  bool IsAddedRule(const sbpl::Rule& rule) {
    const auto addition = inserted_.AdditionAt(rule.range);
    return addition && !plan_[*addition].addition.filter && MeetsOperations(*addition, rule);
  }

  bool Meets(std::size_t addition, const sbpl::Rule& rule, const sbpl::Filter& filter) {
    const auto& wished = plan_[addition].addition.filter;
    return wished && ExactKey(*wished) == ExactKey(filter) && MeetsOperations(addition, rule);
  }

  bool MeetsOperations(std::size_t addition, const sbpl::Rule& rule) {
    std::vector<std::string> operations;
    for (const sbpl::RuleOperation& operation : rule.operations) operations.push_back(operation.name);
    std::sort(operations.begin(), operations.end());
    operations.erase(std::unique(operations.begin(), operations.end()), operations.end());
    const bool meets = rule.action == access::Action::kAllow && rule.modifiers.empty() && !met_[addition] &&
                       operations == plan_[addition].addition.operations;
    met_[addition] = met_[addition] || meets;
    return meets;
  }

  std::string Wrong(const sbpl::Rule& rule) const {
    return fmt::format("what was added at {} does not mean what was intended", after_.sources.Where(rule.range));
  }

  const sbpl::Profile& before_;
  const sbpl::Profile& after_;
  const Plan& plan_;
  InsertedText inserted_;
  std::set<std::string, std::less<>> functions_;  // that make filters
  std::vector<bool> met_;  // per addition
};

}  // namespace

std::string RuleDifference(const sbpl::Profile& before, const sbpl::Profile& after, const Plan& plan,
                           const sbpl::Insertion& insertion) {
  if (before.fragments.size() != after.fragments.size()) return "the edited profile has other files";
  return Comparison(before, after, plan, insertion).Run();
}

}  // namespace sbtune::tune
