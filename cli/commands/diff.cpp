// `sbtune diff`: what two profiles allow differently.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/diff_report.h"
#include "cli/explain_report.h"
#include "cli/output.h"
#include "cli/profile_options.h"
#include "core/base/text.h"
#include "profiles/compare/compare.h"

namespace sbtune::cli {
namespace {

struct Options {
  ProfileOptions shared;
  std::vector<std::string> both;                    // A B
  std::vector<std::string> first, second;           // --a, --b
  std::vector<std::string> first_parameters, second_parameters;
  std::vector<std::string> operations;
  bool all_facts = false;
  bool json = false;
};

constexpr const char* kFooter =
    "A and B are single files; give fragments in load order with --a and --b. The same file on both sides with\n"
    "different parameters shows what a parameter opens: sbtune diff p.sb p.sb --b-D NETWORK=1\n"
    "Facts that no target carries (vnode-type, extension, ...) are compared for every answer; --fact fixes one. Told is\n"
    "what differs whatever they are and what differs where none of them holds, and in how many other combinations\n"
    "something differs. --all-facts tells each, with all its targets.\n\n"
    "In the text \"+\" is what only B allows and \"-\" what only A allows; every set comes with an access that the two\n"
    "really answer differently. Exit status: 0 they mean the same; 3 they differ; 1 failed, or no difference was\n"
    "found but the comparison is not complete (the reason is on stderr); 2 usage.\n\n"
    "--json prints one object:\n"
    "  format, version    \"sbtune-diff\", 1\n"
    "  macos, first, second\n"
    "  complete           whether nothing is missing; else see gaps\n"
    "  differences        operations, and changes: allowed_by (\"first\" or \"second\"), conditions (all must hold),\n"
    "                     targets {shape, text, within, except}, description, witness {operation, target, facts,\n"
    "                     first {decision, basis, rule}, second {...}}\n"
    "                     shapes: exactly, tree (text and below), below, beginning, filter (what the filter text\n"
    "                     matches and begins with within), connection, some (not the whole set)\n"
    "  gaps               operations, why\n"
    "  untold             operations, combinations (of facts, under which they differ too)\n";

struct Side {
  std::vector<std::string> files;
  std::vector<std::string> parameters;
};

// "a.sb", or "a.sb + b.sb"
std::string NameOf(const Side& side) {
  std::string name;
  for (const std::string& file : side.files) name += (name.empty() ? "" : " + ") + file;
  return name;
}

std::expected<sbpl::LoadResult, Exit> Load(const Options& options, const Side& side, const Invocation& invocation) {
  ProfileOptions own = options.shared;
  own.profiles = side.files;
  own.parameters.insert(own.parameters.end(), side.parameters.begin(), side.parameters.end());
  return LoadProfileOrReport(own, invocation);
}

Exit Run(const Options& options, const Invocation& invocation) {
  Side first{options.first, options.first_parameters}, second{options.second, options.second_parameters};
  if (options.both.size() == 2 && first.files.empty() && second.files.empty()) {
    first.files = {options.both[0]};
    second.files = {options.both[1]};
  } else if (!options.both.empty() || first.files.empty() || second.files.empty()) {
    return UsageError(invocation, {"diff needs two profiles: sbtune diff A B, or --a FILE... --b FILE..."});
  }
  compare::CompareOptions compare_options;
  const auto policy = ToPolicyOptions(options.shared);
  if (!policy) return Refuse(invocation, policy.error());
  compare_options.policy = *policy;
  const auto catalog = catalog::Catalog::ForVersion(options.shared.macos);
  if (!catalog) return UsageError(invocation, catalog.error());
  for (const std::string& word : options.operations) {
    const auto found = (*catalog)->FindOperation(word);
    if (!found) return NoSuchOperation(**catalog, word, invocation);
    if (found->operation != nullptr) compare_options.operations.emplace_back(found->operation->name);
  }
  compare_options.cases = options.all_facts ? compare::Cases::kAll : compare::Cases::kPlainest;
  const auto a = Load(options, first, invocation);
  if (!a) return a.error();
  const auto b = Load(options, second, invocation);
  if (!b) return b.error();
  const auto comparison = compare::Compare(a->profile, b->profile, compare_options);
  if (!comparison) return Fail(invocation, comparison.error());
  const ComparedSides sides{NameOf(first), NameOf(second), a->profile, b->profile};
  const std::string report = options.json ? DiffJson(sides, *comparison) : DiffText(sides, *comparison);
  if (Print(invocation, report) != Exit::kDone) return Exit::kFailed;
  for (const compare::Gap& gap : comparison->gaps) {
    Tell(invocation, fmt::format("sbtune: not complete for {}{}: {}.\n", gap.operations.front(),
               gap.operations.size() == 1 ? "" : fmt::format(" and {} more operations", gap.operations.size() - 1),
               base::EscapeForTerminal(gap.why)));
  }
  for (const compare::Untold& untold : comparison->untold) {
    const bool one = untold.combinations == 1;
    Tell(invocation, fmt::format("sbtune: {}{}: differs under {} more combination{} of facts; --all-facts tells {}.\n",
               untold.operations.front(),
               untold.operations.size() == 1 ? "" : fmt::format(" and {} more", untold.operations.size() - 1),
               untold.combinations, one ? "" : "s", one ? "it" : "them"));
  }
  if (!comparison->differences.empty()) return Exit::kFound;
  return comparison->gaps.empty() ? Exit::kDone : Exit::kFailed;
}

}  // namespace

void AddDiff(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("diff", "Shows what two profiles allow differently, in meaning");
  const auto options = std::make_shared<Options>();
  command->add_option("profiles", options->both, "The two profiles, A and B")->type_name("A B")->expected(0, 2);
  command->add_option("--a", options->first, "A as fragments, in load order")->type_name("FILE")->allow_extra_args(false);
  command->add_option("--b", options->second, "B as fragments, in load order")->type_name("FILE")->allow_extra_args(false);
  AddLoadOptions(*command, options->shared);
  command->add_option("--a-D", options->first_parameters, "Parameter for A only")->type_name("NAME=VALUE")->allow_extra_args(false);
  command->add_option("--b-D", options->second_parameters, "Parameter for B only")->type_name("NAME=VALUE")->allow_extra_args(false);
  command->add_option("--operation", options->operations, "Compare only this operation; repeat for more")
      ->type_name("OPERATION")
      ->allow_extra_args(false);
  command->add_flag("--all-facts", options->all_facts, "Tell every combination of facts under which something differs");
  command->add_flag("--json", options->json, "As one JSON object");
  command->footer(kFooter);
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return Run(*options, invocation); };
  });
}

}  // namespace sbtune::cli
