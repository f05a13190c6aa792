// sbtune shrink: rules that nothing recorded needed, and redundant ones, as a removal diff with its proof; and which
// rules are used at all. The diff goes to stdout, everything else to stderr.
#include <algorithm>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/diff_paths.h"
#include "cli/output.h"
#include "cli/profile_options.h"
#include "cli/run_samples.h"
#include "cli/shrink_report.h"
#include "cli/suggest_report.h"
#include "cli/terminal.h"
#include "profiles/compare/compare.h"
#include "profiles/coverage/shrink.h"
#include "profiles/sbpl/edit/unified_diff.h"

namespace sbtune::cli {
namespace {

struct Options {
  ProfileOptions profile;
  EvidenceOptions evidence;
  coverage::Limits limits;
  bool used = false;
  bool keep_redundant = false;
  OutputOptions output;
};

constexpr const char* kFooter =
    "  sbtune shrink --profile my.sb -D HOME=\"$HOME\" > smaller.patch; patch -p0 < smaller.patch\n"
    "  sbtune shrink --profile my.sb --from monday.ndjson --from friday.ndjson --min-runs 2\n"
    "  sbtune shrink --profile my.sb --used\n"
    "\n"
    "Every recorded access is decided again by the profile, with the parameters of its run (import --run NAME -D …)\n"
    "before those given here. Allows are logged only of rules (with report): sbtune instrument makes a copy that has\n"
    "them. What a stricter profile denied serves as well: a run under (deny default) records everything. Taken out are\n"
    "allow rules, and filters of allow rules, that decided nothing in enough runs, and allow rules without which the\n"
    "profile means the same. Denies stay, so do rules made by functions, loops, conditions and imports; those without\n"
    "use are listed. Comments stay for you to tidy.\n"
    "Exit status: 0 nothing to take out (or --used); 3 something; 1 failed, or too little was recorded; 2 usage.\n\n";

// The fragments' diffs, one after another.
struct Diff {
  std::string text;
  bool from_root = false;
};
Diff MakeDiff(const coverage::Shrunk& shrunk) {
  std::error_code failed;
  const std::string folder = std::filesystem::current_path(failed).string();
  const sbpl::Profile& profile = shrunk.usage.first.profile;
  Diff diff;
  for (const coverage::ShrunkFragment& fragment : shrunk.fragments) {
    const base::SourceId id = profile.fragments[fragment.fragment];
    const DiffPath path = DiffPathOf(std::string(profile.sources.Name(id)), folder);
    diff.from_root = diff.from_root || path.from_root;
    diff.text += sbpl::UnifiedDiff(path.name, profile.sources.Text(id), fragment.edits);
  }
  return diff;
}

class Command {
 public:
  Command(const Options& options, const Invocation& invocation) : options_(options), invocation_(invocation) {}

  Exit Run() {
    if (std::ranges::find(options_.profile.profiles, "-") != options_.profile.profiles.end()) {
      return UsageError(invocation_, {"shrink needs the profile's files, of which a diff can be made; not standard input"});
    }
    const auto load = ToLoadOptions(options_.profile);
    if (!load) return Refuse(invocation_, load.error());
    const auto policy = ToPolicyOptions(options_.profile);
    if (!policy) return Refuse(invocation_, policy.error());
    const auto samples = LoadSamples(options_.evidence, invocation_);
    if (!samples) return Fail(invocation_, samples.error());
    if (options_.used) return Used(*load, *policy, *samples);
    sbpl::DiskFiles files;
    const auto shrunk =
        coverage::Shrink({*load, *policy, *samples, options_.limits, SameMeaning(*policy)}, files);
    if (!shrunk) return Fail(invocation_, shrunk.error());
    return Report(*shrunk);
  }

 private:
  coverage::SameMeaning SameMeaning(const sbpl::PolicyOptions& policy) const {
    if (options_.keep_redundant) return {};
    return [&policy](const sbpl::Profile& before, const sbpl::Profile& after) {
      const auto comparison = compare::Compare(before, after, {policy, {}, 1});
      return comparison && comparison->differences.empty() && comparison->gaps.empty();
    };
  }

  Exit Used(const sbpl::LoadOptions& load, const sbpl::PolicyOptions& policy,
            const std::vector<coverage::Sample>& samples) const {
    sbpl::DiskFiles files;
    const auto usage = coverage::MeasureUsage({load, policy, samples}, files);
    if (!usage) return Fail(invocation_, usage.error());
    if (options_.output.json) return Print(invocation_, UsageJson(*usage));
    return PrintTable(invocation_, options_.output, UsageTable(*usage));
  }

  Exit Report(const coverage::Shrunk& shrunk) const {
    const Diff diff = MakeDiff(shrunk);
    if (!options_.output.json) {
      Tell(invocation_, ShrinkText(shrunk, options_.limits));
      if (diff.from_root) Tell(invocation_, "\nThe diff names files from the root: apply it with patch -p0 -d /\n");
    }
    const std::string out = options_.output.json ? ShrinkJson(shrunk, diff.text) : diff.text;
    const Exit printed = Print(invocation_, IsTerminal(invocation_.out) ? ShowText(out) : out);
    if (printed != Exit::kDone) return printed;
    return shrunk.removals.empty() ? Exit::kDone : Exit::kFound;
  }

  const Options& options_;
  const Invocation& invocation_;
};

}  // namespace

void AddShrink(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("shrink", "Takes out rules that nothing recorded needs, as a diff with its proof");
  const auto options = std::make_shared<Options>();
  AddProfileOptions(*command, options->profile, ProfileNames::kAlsoPlain);
  AddEvidenceOptions(*command, options->evidence, "--from");
  command->add_option("--min-runs", options->limits.min_runs, "Least runs that must have been recorded (default: 3)")
      ->type_name("N");
  command->add_option("--min-days", options->limits.min_days, "Least days from the first record to the last (default: 0)")
      ->type_name("DAYS")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--window", options->limits.window_days,
                      "Count only uses in the last DAYS before the newest record; older ones become denied, and are listed")
      ->type_name("DAYS")
      ->check(CLI::PositiveNumber);
  command->add_flag("--keep-redundant", options->keep_redundant, "Do not look for redundant rules");
  command->add_flag("--used", options->used, "Only print how often each rule, and each filter, decided");
  AddOutputOptions(*command, options->output);
  command->get_option("--csv")->needs("--used");
  command->footer(std::string(kFooter) + kShrinkJsonShape + "\n" + kGlobHelp);
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return Command(*options, invocation).Run(); };
  });
}

}  // namespace sbtune::cli
