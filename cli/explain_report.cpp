#include "cli/explain_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/json_bytes.h"
#include "core/base/text.h"
#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/print.h"

namespace sbtune::cli {
namespace {

using sbpl::Basis;
using sbpl::Step;

constexpr std::size_t kListed = 4;           // rules named one by one; more are counted
constexpr std::size_t kLongestFilter = 200;  // bytes of a filter that is told beside its text

std::string Shown(std::string_view bytes) { return base::EscapeForTerminal(bytes); }

std::string Asked(const Explanation& e) {
  return Shown(e.operation) + (e.target ? " " + Shown(*e.target) : "");
}

std::string WhereIs(const sbpl::Rule& rule, const sbpl::Profile& profile) {
  return rule.implicit ? "the system's " + sbpl::Print(rule) : Shown(profile.sources.Where(rule.range));
}

const sbpl::Filter* DecidingFilter(const Explanation& e) {
  for (const Step& step : e.steps) {
    if (step.rule == e.verdict.rule && step.filter != nullptr) return step.filter;
  }
  return nullptr;
}

std::string Headline(const Explanation& e) {
  const sbpl::Verdict& verdict = e.verdict;
  std::string text = fmt::format("{}: {}\n", sbpl::Name(verdict.decision), Asked(e));
  if (e.compared_as) text += fmt::format("  compared as {}\n", Shown(*e.compared_as));
  const bool beyond_ascii = e.target && e.target->starts_with('/') && std::ranges::any_of(*e.target, [](char c) { return (c & 0x80) != 0; });
  if (beyond_ascii) text += "  compared byte by byte beyond A-Z: a rule matches only if it spells its accents and capitals the same way\n";
  switch (verdict.basis) {
    case Basis::kFilteredRule: return text + fmt::format("by the rule at {}\n", WhereIs(*verdict.rule, e.profile));
    case Basis::kPlainRule:
      return text + fmt::format("by the unfiltered rule at {}\n", WhereIs(*verdict.rule, e.profile));
    case Basis::kImplicitRule:
      return text + fmt::format("by {}, which comes before every profile\n", WhereIs(*verdict.rule, e.profile));
    case Basis::kDefaultAllowed:
      return text + fmt::format("no rule names {}, and the system allows it unless one does\n", verdict.operation);
    case Basis::kDefaultDenied:
      return text + (verdict.operation == "default"
                         ? "no rule decides, and what no rule decides is denied\n"
                         : fmt::format("no rule names {}, and the system denies it unless one does\n", verdict.operation));
    case Basis::kUnknownFact:
      return text + fmt::format("{}\nneeded by the rule at {}\n", Shown(verdict.unknown_reason), WhereIs(*verdict.rule, e.profile));
    case Basis::kNoOperation: return text + Shown(verdict.unknown_reason) + "\n";
    case Basis::kBesideProfile:
      return text + "the system forbids this in any sandbox, whatever the profile says; no rule changes it\n";
  }
  return text;
}

bool Holds(const base::SourceRange& outer, const base::SourceRange& inner) {
  return outer.source == inner.source && outer.offset <= inner.offset &&
         inner.offset + inner.length <= outer.offset + outer.length;
}

// Whether the filter's text says something else than the filter is: parameters and functions made it.
bool IsComputed(const sbpl::Filter& filter, std::string_view written) {
  std::vector<const sbpl::Filter*> work = {&filter};
  while (!work.empty()) {
    const sbpl::Filter& one = *work.back();
    work.pop_back();
    for (const sbpl::Filter& sub : one.subfilters) work.push_back(&sub);
    for (const sbpl::Argument& argument : one.arguments) {
      const auto* text = std::get_if<std::string>(&argument.value);
      if (text != nullptr && text->find_first_of("\\\"") == std::string::npos && !written.contains(*text)) return true;
    }
  }
  return false;
}

// Where the filter stands, what it came to, and its line.
std::string FilterText(const sbpl::Filter& filter, const sbpl::Profile& profile) {
  const std::string printed = sbpl::Print(filter);
  const bool tell = IsComputed(filter, profile.sources.Text(filter.range)) && printed.size() <= kLongestFilter;
  return fmt::format("  its filter at {}{}\n", Shown(profile.sources.Where(filter.range)), tell ? " is " + Shown(printed) : "") +
         base::RenderCaret(filter.range, profile.sources);
}

// What the program that a rule lets start runs under.
std::string AfterExec(const sbpl::Rule& rule) {
  for (const sbpl::Modifier& modifier : rule.modifiers) {
    if (modifier.name == "no-sandbox") return "  what it starts runs without this profile (no-sandbox)\n";
    if (modifier.name == "default-sandbox") return "  what it starts runs under another profile (default-sandbox)\n";
  }
  return "";
}

// The lines with a caret under the filter that matched (or the whole rule), and the calls that led there.
std::string RuleText(const Explanation& e) {
  const sbpl::Rule* rule = e.verdict.rule;
  if (rule == nullptr || rule->implicit) return "";
  const sbpl::Filter* filter = DecidingFilter(e);
  const bool has_place = filter != nullptr && filter->range.source != base::kNoSource;
  std::string text;
  if (!has_place || !Holds(rule->range, filter->range)) text += base::RenderCaret(rule->range, e.profile.sources);
  if (has_place) text += FilterText(*filter, e.profile);
  text += AfterExec(*rule);
  for (const base::Frame& frame : rule->frames) {
    text += fmt::format("  {} {}\n", frame.what, Shown(e.profile.sources.Where(frame.range)));
  }
  return text;
}

// One line for each operation asked: what was tried there and what came of it.
class Way {
 public:
  explicit Way(const Explanation& e) : e_(e) {}

  std::string Text() {
    for (const Step& step : e_.steps) Add(step);
    return text_.empty() ? "" : "asked in this order:\n" + text_;
  }

 private:
  void Add(const Step& step) {
    switch (step.kind) {
      case Step::Kind::kRuleDidNotMatch: missed_.push_back(step.rule); return;
      case Step::Kind::kRuleMatched: return Line(step, "matched by " + WhereIs(*step.rule, e_.profile));
      case Step::Kind::kRuleUnknown:
        return Line(step, fmt::format("{} cannot be judged: {}", WhereIs(*step.rule, e_.profile), Shown(step.note)));
      case Step::Kind::kPlain: return Line(step, "decided by its unfiltered rule at " + WhereIs(*step.rule, e_.profile));
      case Step::Kind::kToParent: return Line(step, "nothing decides; asks " + step.next);
      case Step::Kind::kTerminal: return Line(step, "decided by the system's table");
    }
  }

  void Line(const Step& step, const std::string& outcome) {
    text_ += fmt::format("  {}: {}{}\n", step.operation, Missed(), outcome);
    missed_.clear();
  }

  std::string Missed() const {
    if (missed_.empty()) return "";
    std::string list;
    for (std::size_t i = 0; i < std::min(missed_.size(), kListed); ++i) {
      list += (i == 0 ? "" : ", ") + WhereIs(*missed_[i], e_.profile);
    }
    if (missed_.size() > kListed) list += fmt::format(" and {} more", missed_.size() - kListed);
    return fmt::format("not matched by {}; ", list);
  }

  const Explanation& e_;
  std::string text_;
  std::vector<const sbpl::Rule*> missed_;
};

// Only what a reader from top to bottom would take for the decider: rules that say the opposite, `default` left out.
bool IsSurprising(const Step& step, const sbpl::Verdict& verdict) {
  if (step.rule == nullptr || step.kind == Step::Kind::kRuleUnknown) return false;
  if (step.kind == Step::Kind::kPlain && step.operation == "default") return false;
  const bool allows = step.rule->action == access::Action::kAllow;
  return verdict.decision == (allows ? sbpl::Decision::kDeny : sbpl::Decision::kAllow);
}

std::string HiddenText(const Explanation& e) {
  std::string text;
  std::size_t count = 0;
  for (const Step& step : e.hidden) {
    if (!IsSurprising(step, e.verdict) || ++count > kListed) continue;
    text += fmt::format("  {} ({} {}{})\n", WhereIs(*step.rule, e.profile), access::Name(step.rule->action),
                        step.operation, step.kind == Step::Kind::kPlain ? ", unfiltered" : "");
  }
  if (count > kListed) text += fmt::format("  and {} more\n", count - kListed);
  return count == 0 ? "" : "says the opposite and matches too, but is asked later:\n" + text;
}

std::string_view KindName(Step::Kind kind) {
  switch (kind) {
    case Step::Kind::kRuleDidNotMatch: return "did-not-match";
    case Step::Kind::kRuleMatched: return "matched";
    case Step::Kind::kRuleUnknown: return "unknown";
    case Step::Kind::kPlain: return "unfiltered";
    case Step::Kind::kToParent: return "to-parent";
    case Step::Kind::kTerminal: return "table";
  }
  return "table";
}

Json Text(std::string_view bytes) { return base::ToValidUtf8(bytes); }
Json TextOrNull(std::string_view bytes) { return bytes.empty() ? Json(nullptr) : Text(bytes); }

Json PlaceJson(base::SourceRange range, const sbpl::Profile& profile) {
  if (range.source == base::kNoSource) return nullptr;
  return {{"where", Text(profile.sources.Where(range))}, {"text", Text(profile.sources.Text(range))}};
}

Json RuleJson(const Explanation& e) {
  const sbpl::Rule* rule = e.verdict.rule;
  if (rule == nullptr) return nullptr;
  Json json;
  json["where"] = rule->implicit ? Json(nullptr) : Text(e.profile.sources.Where(rule->range));
  json["text"] = rule->implicit ? Json(sbpl::Print(*rule)) : Text(e.profile.sources.Text(rule->range));
  json["implicit"] = rule->implicit;
  const sbpl::Filter* filter = DecidingFilter(e);
  json["filter"] = filter == nullptr ? Json(nullptr) : PlaceJson(filter->range, e.profile);
  json["called_from"] = Json::array();
  for (const base::Frame& frame : rule->frames) {
    json["called_from"].push_back({{"what", frame.what}, {"where", Text(e.profile.sources.Where(frame.range))}});
  }
  return json;
}

Json StepsJson(const std::vector<Step>& steps, const sbpl::Profile& profile) {
  Json list = Json::array();
  for (const Step& step : steps) {
    Json json;
    json["kind"] = KindName(step.kind);
    json["operation"] = step.operation;
    const bool own = step.rule != nullptr && !step.rule->implicit;
    json["rule"] = own ? Text(profile.sources.Where(step.rule->range)) : Json(nullptr);
    json["next"] = TextOrNull(step.next);
    json["note"] = TextOrNull(step.note);
    list.push_back(std::move(json));
  }
  return list;
}

}  // namespace

Explanation Explain(const sbpl::Policy& policy, const sbpl::Profile& profile, const std::string& operation,
                    const std::optional<std::string>& target) {
  const sbpl::Query query = sbpl::QueryFromAccess(operation, target);
  Explanation e{profile, operation, target, std::nullopt, {}, {}, {}, {}};
  e.verdict = policy.Explain(query, e.steps);
  e.hidden = policy.HiddenMatches(query);
  if (query.spelled_path && policy.ComparesCanonicalPaths()) e.compared_as = query.path;
  return e;
}

std::string ToText(const Explanation& e) {
  return Headline(e) + RuleText(e) + Way(e).Text() + HiddenText(e) + ToText(e.alternatives, e.verdict.decision);
}

std::string ToJson(const Explanation& e) {
  Json json;
  json["format"] = "sbtune-explain";
  json["version"] = 1;
  PutBytes(json, "operation", e.operation);
  PutBytes(json, "target", e.target);
  PutBytes(json, "compared_as", e.compared_as);
  json["decision"] = sbpl::Name(e.verdict.decision);
  json["basis"] = sbpl::Name(e.verdict.basis);
  json["decided_as"] = TextOrNull(e.verdict.operation);
  json["reason"] = TextOrNull(e.verdict.unknown_reason);
  json["rule"] = RuleJson(e);
  json["steps"] = StepsJson(e.steps, e.profile);
  json["hidden"] = StepsJson(e.hidden, e.profile);
  json["alternatives"] = Json::array();
  for (const whatif::Alternative& one : e.alternatives.found) {
    json["alternatives"].push_back({{"kind", whatif::Name(one.kind)},
                                    {"decision", sbpl::Name(one.decision)},
                                    {"if", Text(one.text)},
                                    {"options", JsonTexts(one.options)}});
  }
  json["suggest"] = e.alternatives.suggest ? Text(*e.alternatives.suggest) : Json(nullptr);
  return json.dump(2) + "\n";
}

Exit NoSuchOperation(const catalog::Catalog& catalog, const std::string& operation, const Invocation& invocation) {
  const std::vector<std::string_view> words = catalog.OperationWords();
  std::string message = "no operation is called '" + operation + "'";
  if (const auto near = base::NearestName(operation, words)) message += "; did you mean '" + std::string(*near) + "'?";
  return UsageError(invocation, {message});
}

}  // namespace sbtune::cli
