// sbtune instrument: a copy of a profile that reports its allows, for shrink.
#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/profile_options.h"
#include "core/base/text.h"
#include "profiles/coverage/instrument.h"

namespace sbtune::cli {
namespace {

struct Options {
  ProfileOptions profile;
  std::string fragment;
};

constexpr const char* kFooter =
    "  sbtune instrument --profile my.sb -D HOME=\"$HOME\" > reporting.sb\n"
    "  sandbox-exec -f reporting.sb -D HOME=\"$HOME\" PROGRAM\n"
    "  log show --last 1h --style ndjson --predicate 'sender == \"Sandbox\"' > allows.ndjson\n"
    "  sbtune shrink --profile my.sb -D HOME=\"$HOME\" --from allows.ndjson --min-runs 1\n"
    "\n"
    "The copy allows and denies the same, proven by loading it again; each allow rule of your files gets\n"
    "(with report), so the system logs every use: expect many lines, and keep it to a run of measuring. Rules that\n"
    "cannot get it (imported ones) are named on stderr; shrink leaves them alone. Nobody has tried a copy on a Mac.\n"
    "Exit status: 0 done; 1 the profile cannot be loaded or copied; 2 usage.\n";

base::Result<std::size_t> Chosen(const coverage::Instrumented& copy, const std::string& wanted) {
  if (wanted.empty() && copy.texts.size() == 1) return 0;
  if (wanted.empty()) return base::Fail("the profile has several files; say with --fragment FILE which one to print");
  const auto found = std::ranges::find(copy.names, wanted);
  if (found == copy.names.end()) return base::Fail("--fragment " + wanted + " is none of the files given with --profile");
  return static_cast<std::size_t>(found - copy.names.begin());
}

Exit Run(const Options& options, const Invocation& invocation) {
  const std::vector<std::string>& profiles = options.profile.profiles;
  if (std::ranges::find(profiles, "-") != profiles.end()) {
    return UsageError(invocation, {"instrument reads the profile twice; give a file, not standard input"});
  }
  const auto load = ToLoadOptions(options.profile);
  if (!load) return Refuse(invocation, load.error());
  sbpl::DiskFiles files;
  const auto copy = coverage::Instrument(*load, files);
  if (!copy) return Fail(invocation, copy.error());
  const auto chosen = Chosen(*copy, options.fragment);
  if (!chosen) return UsageError(invocation, chosen.error());
  Tell(invocation, fmt::format("{} allow rules report, {} do not.\n", copy->reporting, copy->silent.size()));
  for (const std::string& where : copy->silent) {
    Tell(invocation, fmt::format("  {}: stands in an imported file, or is made by other words than (allow ...)\n",
               base::EscapeForTerminal(where)));
  }
  return Print(invocation, copy->texts[*chosen]);
}

}  // namespace

void AddInstrument(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("instrument", "Prints a copy of a profile that reports its allows");
  const auto options = std::make_shared<Options>();
  AddProfileOptions(*command, options->profile, ProfileNames::kAlsoPlain);
  command->add_option("--fragment", options->fragment, "Which of several files to print")->type_name("FILE");
  command->footer(kFooter);
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return Run(*options, invocation); };
  });
}

}  // namespace sbtune::cli
