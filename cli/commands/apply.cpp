// `sbtune apply`: writes a reviewed proposal into the profile, and takes it back.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/proposal_file.h"
#include "cli/terminal.h"
#include "core/base/file.h"
#include "core/base/text.h"

namespace sbtune::cli {
namespace {

struct Options {
  std::string proposal;
  std::string digest;
  bool yes = false;
  bool dry_run = false;
  std::vector<std::string> undo;
};

constexpr std::size_t kFewestDigits = 12;

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
    "what apply wrote; again, it takes back the one before.\n"
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
      fmt::print(invocation_.err, "{} holds its former bytes again.\n", base::EscapeForTerminal(undone->file));
    }
    return Exit::kDone;
  }

  Exit RunApply() {
    const auto text = base::ReadFile(options_.proposal);
    if (!text) return Fail(invocation_, text.error());
    const auto proposal = review::ParseProposal(*text);
    if (!proposal) return Fail(invocation_, proposal.error().Within(options_.proposal));
    if (auto good = CheckDigest(*proposal); !good) return Fail(invocation_, good.error());
    sbpl::DiskFiles files;
    const auto examined = review::Examine(*proposal, files);
    if (!examined) return Fail(invocation_, examined.error());
    if (const Exit shown = Print(invocation_, ShowChanges(*examined)); shown != Exit::kDone) return shown;
    fmt::print(invocation_.err, "Rules added: {}; recorded denials that become allowed: {}.\n",
               base::GroupDigits(examined->added.size()), base::GroupDigits(proposal->allows.size()));
    if (options_.dry_run) return Exit::kDone;
    if (!options_.yes && options_.digest.empty()) {
      if (!IsTerminal(stdin)) {
        return UsageError(invocation_, {"nobody can be asked here: say --yes, or name what was reviewed with --digest"});
      }
      if (!Confirmed()) return Fail(invocation_, {"not applied; nothing was written"});
    }
    return Write(*proposal, files);
  }

  base::Status CheckDigest(const review::Proposal& proposal) const {
    const std::string digest = review::DigestOf(proposal);
    if (options_.digest.empty() || digest.starts_with(options_.digest)) return {};
    return base::Fail(fmt::format("{} is not what was reviewed: its digest begins with {}; nothing was written: review it",
                                  options_.proposal, digest.substr(0, 16)));
  }

  bool Confirmed() const {
    fmt::print(invocation_.err, "Apply? [y/N] ");
    std::fflush(invocation_.out);
    std::fflush(invocation_.err);
    char answer[16] = "";
    return std::fgets(answer, sizeof answer, stdin) != nullptr && (answer[0] == 'y' || answer[0] == 'Y');
  }

  Exit Write(const review::Proposal& proposal, sbpl::ProfileFiles& files) {
    const auto done = review::Apply(proposal, files);
    if (!done) return Fail(invocation_, done.error());
    for (const base::Replaced& file : *done) {
      fmt::print(invocation_.err, "Written: {}\n  before: {}\n  back:   sbtune apply --undo {}\n",
                 base::EscapeForTerminal(file.file), base::EscapeForTerminal(file.backup), base::EscapeForTerminal(file.file));
    }
    return Exit::kDone;
  }

  const Options& options_;
  const Invocation& invocation_;
};

std::string CheckDigits(const std::string& text) {
  const bool good = text.size() >= kFewestDigits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
  return good ? "" : fmt::format("needs the first {} or more digits of the digest, not \"{}\"", kFewestDigits, text);
}

}  // namespace

void AddApply(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("apply", "Writes a reviewed proposal into the profile, or takes it back");
  const auto options = std::make_shared<Options>();
  command->add_option("PROPOSAL", options->proposal, "What suggest --save wrote")->type_name("");
  command->add_option("--digest", options->digest, "Apply only this proposal, without asking")
      ->type_name("HEX")
      ->check(CLI::Validator(CheckDigits, ""));
  command->add_flag("--yes", options->yes, "Do not ask");
  command->add_flag("--dry-run", options->dry_run, "Show and check everything, write nothing");
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
