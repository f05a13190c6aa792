// `sbtune apply`: writes a reviewed proposal into the profile, and takes it back.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/apply_history.h"
#include "cli/apply_proposal.h"
#include "cli/commands.h"
#include "core/base/file.h"
#include "core/base/text.h"

namespace sbtune::cli {
namespace {

struct Options {
  std::string proposal;
  ReviewedOptions reviewed;
  DaemonOptions daemon;
  std::vector<std::string> undo;
};

constexpr const char* kFooter =
    "Examples:\n"
    "  sbtune suggest --profile agent.sb --run monday --save p.json      the proposal, to be reviewed\n"
    "  sbtune apply p.json                                               shows the diff and asks\n"
    "  sbtune apply p.json --digest 0123456789abcdef                     what was reviewed, without asking\n"
    "  sbtune apply --undo agent.sb                                      takes the last one back\n"
    "\n"
    "The diff that is shown is made from the file as it is and the bytes that will be written. A proposal is refused\n"
    "when it or the profile changed since it was made, and when it does anything else than add allow rules to its own\n"
    "profile. The old bytes stay beside the file (NAME.OLD-NEW.sbtune-backup; OLD and NEW begin the files' SHA-256).\n"
    "Mode and owner are kept, a symbolic link stays a link. Afterwards the profile is loaded from the disk and asked\n"
    "again about every denial; if one is still denied, the old bytes come back. --undo works as long as the file is\n"
    "what apply wrote; again, it takes back the one before. Where sbtuned's configuration names the profile, its history\n"
    "is told, so that auto_apply does not write again what was taken back.\n"
    "\n"
    "Exit status: 0 written (or, with --dry-run, could be); 1 refused or failed, nothing changed; 2 usage.";

class Command {
 public:
  Command(const Options& options, const Invocation& invocation) : options_(options), invocation_(invocation) {}

  Exit Run() {
    if (options_.undo.empty() == options_.proposal.empty()) {
      return UsageError(invocation_, {"name a proposal, or a profile with --undo"});
    }
    return options_.undo.empty() ? RunApply() : RunUndo();
  }

 private:
  Exit RunUndo() {
    for (const std::string& file : options_.undo) {
      const auto undone = base::UndoReplace(file);
      if (!undone) return Fail(invocation_, undone.error());
      Tell(invocation_, fmt::format("{} holds its former bytes again.\n", base::EscapeForTerminal(undone->file)));
    }
    return Exit::kDone;
  }

  Exit RunApply() {
    const auto text = base::ReadFile(options_.proposal);
    if (!text) return Fail(invocation_, text.error());
    const auto proposal = review::ParseProposal(*text);
    if (!proposal) return Fail(invocation_, proposal.error().Within(options_.proposal));
    ApplyHistory history(options_.daemon, *proposal, invocation_);
    const auto written = ApplyReviewed(*proposal, options_.reviewed, options_.proposal, invocation_,
                                       [&](const std::vector<std::string>& rules) {
                                         history.Begin(rules);
                                         return base::Status();
                                       });
    history.End(written && !written->empty() ? std::optional(written->front().backup) : std::nullopt);
    return written ? Exit::kDone : written.error();
  }

  const Options& options_;
  const Invocation& invocation_;
};

}  // namespace

void AddApply(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("apply", "Writes a reviewed proposal into the profile, or takes it back");
  const auto options = std::make_shared<Options>();
  command->add_option("PROPOSAL", options->proposal, "What suggest --save wrote")->type_name("");
  AddReviewedOptions(*command, options->reviewed);
  AddDaemonOptions(*command, options->daemon);
  command->add_option("--undo", options->undo, "Bring back what the profile was before")
      ->type_name("FILE")
      ->excludes("PROPOSAL")
      ->allow_extra_args(false);
  command->footer(kFooter);
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return Command(*options, invocation).Run(); };
  });
}

}  // namespace sbtune::cli
