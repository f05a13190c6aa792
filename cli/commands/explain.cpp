// `sbtune explain`: which rule decides one access, where it stands, and the way to it.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/explain_report.h"
#include "cli/output.h"
#include "cli/profile_options.h"

namespace sbtune::cli {
namespace {

constexpr const char* kFooter =
    "OPERATION and TARGET are spelled as a log spells them: explain -p my.sb file-read-data /private/etc/hosts.\n"
    "The answer is what this profile says; the system's own policy and SIP are asked as well.\n"
    "\n"
    "\"allowed if\" (or \"denied if\") lists single changes that decide it the other way: a parameter, an entitlement,\n"
    "a fact, another spelling, another order of two rules. Each was tried by deciding again; there may be others.\n"
    "Exit status: 0 explained; 1 the profile cannot be loaded; 2 usage.\n"
    "\n"
    "--json prints one object:\n"
    "  format, version     \"sbtune-explain\", 1\n"
    "  operation, target   as asked; target is null when missing\n"
    "  compared_as         the path that filters see, where it is another spelling; else null\n"
    "  decision            allow, deny, unknown\n"
    "  basis               filtered-rule, plain-rule, implicit-rule, default-allowed, default-denied, unknown-fact,\n"
    "                      no-operation, beside-profile\n"
    "  decided_as          the operation whose entry decided; null for no-operation and beside-profile\n"
    "  reason              of unknown: what is missing; else null\n"
    "  rule                null, or {where, text, implicit, filter, called_from}: filter is {where, text} of the one\n"
    "                      that matched, or null; called_from the calls and imports that led to it, innermost first\n"
    "  steps               what was asked, in order: {kind, operation, rule, next, note}; kind is did-not-match,\n"
    "                      matched, unknown, unfiltered, to-parent, table; rule is FILE:LINE:COL or null\n"
    "  hidden              the same for rules that match too but are asked later, and so do not decide\n"
    "  alternatives        {kind, decision, if, options}: kind is parameter, entitlement, fact, target, case, order,\n"
    "                      operation, rule-path, removal; options say it on a command line, where that is possible\n"
    "  suggest             of a denied access the command that suggests a rule; else null\n";

struct Options {
  ProfileOptions profile;
  std::string operation;
  std::optional<std::string> target;
  bool json = false;
};

Exit Run(const Options& options, const Invocation& invocation) {
  const auto policy_options = ToPolicyOptions(options.profile);
  if (!policy_options) return Refuse(invocation, policy_options.error());
  const auto loaded = LoadProfileOrReport(options.profile, invocation);
  if (!loaded) return loaded.error();
  const auto policy = sbpl::Policy::Compile(loaded->profile, *policy_options);
  if (!policy) return Fail(invocation, policy.error());
  Explanation explanation = Explain(*policy, loaded->profile, options.operation, options.target);
  if (explanation.verdict.basis == sbpl::Basis::kNoOperation) {
    return NoSuchOperation(policy->catalog(), options.operation, invocation);
  }
  explanation.alternatives =
      FindAlternatives(options.profile, loaded->profile, options.operation, options.target, explanation.verdict);
  return Print(invocation, options.json ? ToJson(explanation) : ToText(explanation));
}

}  // namespace

void AddExplain(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("explain", "Shows which rule decides an access, and why");
  const auto options = std::make_shared<Options>();
  AddProfileOptions(*command, options->profile);
  command->add_option("operation", options->operation, "As in a log: file-read-data")->required();
  command->add_option("target", options->target, "As in a log: a path, a service, remote:*:443");
  command->add_flag("--json", options->json, "One JSON object");
  command->footer(kFooter);
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return Run(*options, invocation); };
  });
}

}  // namespace sbtune::cli
