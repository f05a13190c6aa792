#include "cli/review/edited_rule.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/edit/rule_text.h"
#include "profiles/sbpl/policy.h"
#include "profiles/tune/edited_files.h"
#include "profiles/tune/generalize/filter_text.h"
#include "profiles/tune/generalize/rule_risk.h"

namespace sbtune::cli {
namespace {

constexpr const char* kName = "the edited rule";
constexpr const char* kHeader = "(version 1)\n(deny default)\n";

std::string Parenthesised(std::string_view typed) {
  const std::size_t begin = typed.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return "";
  typed = typed.substr(begin, typed.find_last_not_of(" \t") + 1 - begin);
  return typed.starts_with('(') ? std::string(typed) : fmt::format("({})", typed);
}

base::Result<sbpl::Profile> LoadAlone(const std::string& rule, const EditedRuleContext& context) {
  sbpl::LoadOptions load = context.request.load;
  load.paths = {kName};
  load.strictness = sbpl::Strictness::kAsTheKernel;
  load.macos = context.request.profile.macos;
  tune::EditedFiles files({{kName, kHeader + rule + "\n"}}, context.files);
  sbpl::LoadResult loaded = sbpl::LoadProfile(load, files);
  for (const base::Diagnostic& diagnostic : loaded.diagnostics.items()) {
    if (diagnostic.severity != base::Severity::kError) continue;
    return base::Fail(diagnostic.message + (diagnostic.hint.empty() ? "" : ": " + diagnostic.hint));
  }
  return std::move(loaded.profile);
}

// The one rule behind the header.
base::Result<sbpl::Rule> OnlyRule(const sbpl::Profile& profile) {
  std::vector<const sbpl::Rule*> rules;
  for (const sbpl::Rule& rule : profile.rules) {
    if (!rule.implicit) rules.push_back(&rule);
  }
  if (rules.size() != 2) return base::Fail(fmt::format("this makes {} rules, and one is wanted", rules.size() - std::min<std::size_t>(1, rules.size())));
  const sbpl::Rule& rule = *rules.back();
  if (rule.action != access::Action::kAllow) return base::Fail("only an allow rule can let the denials pass");
  if (!rule.modifiers.empty()) return base::Fail("a suggestion has no (with ...): add it to the profile by hand");
  if (rule.filters.empty()) return base::Fail("a filter is missing: without one the rule allows every target");
  return rule;
}

sbpl::Filter OneFilter(const sbpl::Rule& rule) {
  if (rule.filters.size() == 1) return rule.filters.front();
  return {"require-any", "require-any", {}, rule.filters, {}};
}

// A regex is read with its escapes resolved, and would be written with all of them doubled.
void KeepRegexesRaw(sbpl::Filter& filter) {
  std::vector<sbpl::Filter*> waiting = {&filter};
  while (!waiting.empty()) {
    sbpl::Filter& next = *waiting.back();
    waiting.pop_back();
    for (sbpl::Filter& inner : next.subfilters) waiting.push_back(&inner);
    if (!next.name.ends_with("regex")) continue;
    for (sbpl::Argument& argument : next.arguments) {
      if (const auto* text = std::get_if<std::string>(&argument.value)) argument.alias = tune::RegexLiteral(*text);
    }
  }
}

// The denials that the rule alone does not allow.
base::Result<std::vector<std::string>> Unsettled(const sbpl::Profile& alone, const Item& item, const EditedRuleContext& context) {
  const auto policy = sbpl::Policy::Compile(alone, context.request.options);
  if (!policy) return std::unexpected(policy.error());
  std::vector<std::string> leaves;
  for (const std::size_t index : item.evidence) {
    const tune::Evidence& evidence = context.request.evidence[index];
    const sbpl::Query query = sbpl::QueryFromAccess(evidence.operation, evidence.target.value_or(""));
    if (policy->Decide(query).decision != sbpl::Decision::kAllow) leaves.push_back(tune::Describe(evidence));
  }
  std::ranges::sort(leaves);
  return leaves;
}

}  // namespace

base::Result<Rung> EditedRung(std::string_view typed, const Item& item, const EditedRuleContext& context) {
  const std::string text = Parenthesised(typed);
  if (text.empty()) return base::Fail("no rule was typed");
  const auto alone = LoadAlone(text, context);
  if (!alone) return std::unexpected(alone.error());
  const auto rule = OnlyRule(*alone);
  if (!rule) return std::unexpected(rule.error());
  const auto leaves = Unsettled(*alone, item, context);
  if (!leaves) return std::unexpected(leaves.error());
  if (leaves->size() == item.evidence.size()) return base::Fail("it allows none of these denials");
  const auto catalog = catalog::Catalog::ForVersion(alone->macos);
  if (!catalog) return std::unexpected(catalog.error());

  Rung rung{.step = "edited", .rule = "", .risk = "", .risk_reason = "", .opens = {"what else the rule matches: it is yours"}};
  for (const sbpl::RuleOperation& operation : rule->operations) rung.operations.push_back(operation.name);
  std::sort(rung.operations.begin(), rung.operations.end());
  rung.operations.erase(std::unique(rung.operations.begin(), rung.operations.end()), rung.operations.end());
  rung.filter = OneFilter(*rule);
  KeepRegexesRaw(*rung.filter);
  const auto filter = sbpl::FilterText(*rung.filter, {});
  if (!filter) return std::unexpected(filter.error());
  rung.rule = fmt::format("allow {} {}", fmt::join(rung.operations, " "), *filter);
  const tune::RuleRisk risk = tune::RiskOfRule({rung.operations, &*rung.filter}, **catalog, context.places);
  rung.risk = catalog::Name(risk.risk);
  rung.risk_reason = risk.reason;
  rung.leaves = *leaves;
  if (risk.word == tune::Word::kNeeded) {
    rung.warning = fmt::format("No suggestion would allow this (risk {}{}).", rung.risk, risk.reason.empty() ? "" : ", " + risk.reason);
  }
  return rung;
}

}  // namespace sbtune::cli
