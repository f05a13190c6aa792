// The profile as a whole: its version line and forms without effect.
#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "profiles/lint/context.h"

namespace sbtune::lint {
namespace {

bool DecidesDefault(const sbpl::Rule& rule) {
  return rule.filters.empty() && std::ranges::any_of(rule.operations, [](const sbpl::RuleOperation& operation) {
           return operation.name == "default";
         });
}

// The beginning of the file, or, where the profile stands inside another language's text, of the first form's line.
std::uint32_t BeginningOf(const sbpl::Profile& profile, base::SourceId source) {
  const auto form = std::ranges::find(profile.top_level_forms, source, &base::SourceRange::source);
  if (form == profile.top_level_forms.end()) return 0;
  std::string_view before = profile.sources.Text(source).substr(0, form->offset);
  before = before.substr(0, before.rfind('\n') + 1);
  const auto line = static_cast<std::uint32_t>(before.size());
  while (!before.empty()) {
    const std::string_view one = before.substr(0, before.find('\n'));
    const std::size_t text = one.find_first_not_of(" \t\r");
    if (text != std::string_view::npos && one[text] != ';') return line;
    before.remove_prefix(std::min(before.size(), one.size() + 1));
  }
  return 0;
}

// A file without a version is a fragment, meant to be joined to others, unless it decides the default itself.
void CheckVersion(Context& context) {
  if (context.profile.version || context.profile.fragments.empty()) return;
  const base::SourceId first = context.profile.fragments.front();
  const auto found = std::ranges::find_if(context.profile.rules, DecidesDefault);
  Report report{"missing-version", "no (version 1): the system refuses to load this file by itself", {first, 0, 0}};
  if (found == context.profile.rules.end()) {
    report.severity = base::Severity::kNote;
    report.hint = "right for a fragment that is joined to a profile which has it";
    return context.Add(std::move(report));
  }
  report.hint = "begin the file with (version 1)";
  report.fix = Fix{"add (version 1)", {{first, {BeginningOf(context.profile, first), 0, "(version 1)\n"}}}};
  context.Add(std::move(report));
}

void CheckDebug(Context& context) {
  for (const base::SourceRange& form : context.profile.top_level_forms) {
    const std::string_view text = context.profile.sources.Text(form);
    if (!text.starts_with("(debug") || text.size() < 8 || (text[6] != ' ' && text[6] != ')')) continue;
    Report report{"debug-no-effect", fmt::format("'{}' has no effect", text), form, {},
                  "denials are logged anyway; to silence one use (with no-report)"};
    if (auto edit = context.RemoveForm(form)) report.fix = Fix{"remove it", {std::move(*edit)}};
    context.Add(std::move(report));
  }
}

}  // namespace

void CheckStructure(Context& context) {
  CheckVersion(context);
  CheckDebug(context);
}

}  // namespace sbtune::lint
