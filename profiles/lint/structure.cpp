// The profile as a whole: its version line and forms without effect.
#include <algorithm>

#include <fmt/format.h>

#include "profiles/lint/context.h"

namespace sbtune::lint {
namespace {

bool DecidesDefault(const sbpl::Rule& rule) {
  return rule.filters.empty() && std::ranges::any_of(rule.operations, [](const sbpl::RuleOperation& operation) {
           return operation.name == "default";
         });
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
  report.fix = Fix{"add (version 1)", {{first, {0, 0, "(version 1)\n"}}}};
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
