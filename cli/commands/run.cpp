// `sbtune run`: a command under a profile, and exactly its denials, with the rules that decided and the patch.
#include <stdlib.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/daemon_access.h"
#include "cli/diff_paths.h"
#include "cli/profile_options.h"
#include "cli/run_environment.h"
#include "cli/run_files.h"
#include "cli/run_hints.h"
#include "cli/run_report.h"
#include "cli/run_session.h"
#include "cli/suggest_report.h"
#include "core/access/run_tag.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "profiles/sbpl/edit/unified_diff.h"
#include "profiles/tagging/tagged_profile.h"
#include "profiles/tune/edited_files.h"
#include "profiles/tune/suggest.h"

namespace sbtune::cli {
namespace {

struct Options {
  ProfileOptions profile;
  DaemonOptions daemon;
  std::vector<std::string> command;
  std::vector<std::string> environment;
  std::vector<std::string> overrides;
  bool clean_environment = false;
  std::size_t learn = 1;
  std::string patch;
  std::string json;
  std::string sandbox_exec = "/usr/bin/sandbox-exec";
};

constexpr int kNotRunnable = 126, kNotFound = 127;

constexpr const char* kFooter =
    "Runs COMMAND under the profile with sandbox-exec (macOS, an administrator's account) and collects its denials and\n"
    "those of everything it starts. The terminal, stdin and stdout are COMMAND's; what sbtune has to say comes on stderr\n"
    "when it has ended: each denial with the rule that decided, what may be missing, and the patch that would let it pass.\n"
    "\n"
    "  sbtune run --profile agent.sb -D HOME=\"$HOME\" -- make test\n"
    "  sbtune run --profile agent.sb --learn 8 --patch agent.patch -- ./tool; patch -p0 < agent.patch\n"
    "\n"
    "COMMAND runs under a copy of the profile in which each deny carries a mark that the kernel logs with the denial.\n"
    "Nothing else differs. A denial provoked before and one behind COMMAND prove that the log was followed all the time;\n"
    "when that proof is missing, or the log has a gap, the record is called incomplete.\n"
    "\n"
    "--learn N executes COMMAND up to N times, each time with the patch so far applied to the copy, until nothing new is\n"
    "denied. Your file is not touched. What COMMAND does, it does each time; its stdin is read by the first.\n"
    "\n"
    "The environment is passed on, as sandbox-exec does. Whatever stands in it (tokens, keys) can be read inside any\n"
    "sandbox, and no profile can forbid that: --clean-env passes only HOME, LANG, LC_*, LOGNAME, PATH, SHELL, TERM,\n"
    "TMPDIR, TZ and USER, --env NAME adds one of yours, --env NAME=VALUE sets one.\n"
    "\n"
    "Exit status: COMMAND's own; 128 + N when signal N ended it; 127 COMMAND not found; 126 it may not be run; 1 it was\n"
    "not started (no macOS, no administrator, a profile that does not load), and a sentence says why; 2 usage.\n"
    "\n"
    "--json FILE writes {\"schema\": \"sbtune.run/1\", \"command\": [WORD], \"exit\", \"signal\", \"executions\", \"complete\",\n"
    "\"doubts\": [TEXT], \"hints\": [TEXT], \"denials\": [{\"process\", \"operation\", \"target\", \"count\", \"rule\", \"rule_text\",\n"
    "\"witness\": \"kernel\" (the record names the rule) or \"reading\" (sbtune's evaluation), \"note\"}], \"diff\"}.\n";

// What nohup, or a shell for its background, told us to ignore.
std::vector<int> IgnoredSignals() {
  std::vector<int> ignored;
  for (const int number : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) ignored.push_back(number);
  }
  return ignored;
}

class Command {
 public:
  Command(const Options& options, const Invocation& invocation) : options_(options), invocation_(invocation) {}

  Exit Run() {
    if (const std::optional<Exit> wrong = Prepare()) return *wrong;
    const base::Result<config::Config> config = DaemonConfig(options_.daemon);
    if (!config) return Fail(invocation_, config.error());
    const std::vector<int> ignored = IgnoredSignals();
    auto signals = base::SignalPipe::Catch({SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD});
    if (!signals) return Fail(invocation_, signals.error());
    for (const int number : ignored) std::signal(number, SIG_IGN);
    RunSession session(*config, options_.sandbox_exec, *signals);
    if (const base::Status attached = session.Attach(); !attached) {
      Fail(invocation_, {attached.error().message + "; the command was not started"});
      return session.interrupted() != 0 ? static_cast<Exit>(128 + session.interrupted()) : Exit::kFailed;
    }
    if (const base::Status executed = ExecuteAll(session); !executed) {
      Fail(invocation_, executed.error());
      return session.interrupted() != 0 ? static_cast<Exit>(128 + session.interrupted()) : Exit::kFailed;
    }
    const Exit reported = Report();
    if (reported != Exit::kDone) return reported;
    std::fflush(invocation_.err);
    session.Close();
    if (session.job()) session.job()->DieOfTheSame();
    return static_cast<Exit>(status_.signal != 0 ? 128 + status_.signal : status_.code);
  }

 private:
  // Everything that can be wrong before anything is started.
  std::optional<Exit> Prepare() {
    if (::access(options_.sandbox_exec.c_str(), X_OK) != 0) {
      return Fail(invocation_, {fmt::format("{} is not there: `sbtune run` needs macOS; elsewhere, capture the log on a Mac and use "
                                            "`sbtune suggest --from FILE`", options_.sandbox_exec)});
    }
    if (options_.profile.placeholders || options_.profile.lenient) {
      return UsageError(invocation_, {"--placeholders and --lenient are for reading profiles only: sandbox-exec takes a profile as it is"});
    }
    for (const std::string& text : options_.overrides) {
      auto place = tune::ParseRulePlace(text);
      if (!place) return UsageError(invocation_, place.error().Within("--override"));
      overrides_.push_back(std::move(*place));
    }
    auto load = ToLoadOptions(options_.profile);
    if (!load) return Refuse(invocation_, load.error());
    load_ = *std::move(load);
    auto policy = ToPolicyOptions(options_.profile);
    if (!policy) return Refuse(invocation_, policy.error());
    policy_options_ = *std::move(policy);
    const StartWith start = options_.clean_environment ? StartWith::kLittle : StartWith::kEverything;
    auto environment = MakeEnvironment(OwnEnvironment(), start, options_.environment);
    if (!environment) return UsageError(invocation_, environment.error());
    environment_ = *std::move(environment);
    auto original = LoadProfileOrReport(options_.profile, invocation_, LoadedFor::kSystem);
    if (!original) return original.error();
    original_ = *std::move(original);
    const FoundProgram found = FindProgram(options_.command[0], ValueOf(environment_, "PATH"));
    program_ = found.path;
    switch (found.state) {
      case ProgramState::kRunnable: return std::nullopt;
      case ProgramState::kNotFound:
        Fail(invocation_, {(options_.command[0].empty() ? "the empty name" : options_.command[0]) + " is not found; check the name, or PATH"});
        return static_cast<Exit>(kNotFound);
      case ProgramState::kNotRunnable: break;
    }
    Fail(invocation_, {program_ + " may not be run; check its permissions"});
    return static_cast<Exit>(kNotRunnable);
  }

  base::Status ExecuteAll(RunSession& session) {
    for (executions_ = 1;; ++executions_) {
      const std::string before = PatchOf(answer_);
      if (base::Status done = Execute(session); !done) return done;
      if (base::Status made = Propose(); !made) return made;
      quiet_ = PatchOf(answer_) == before;
      if (quiet_ || executions_ >= options_.learn || session.interrupted() != 0 || WasEnded(session)) return {};
      Tell(invocation_, fmt::format("sbtune: execution {}: {}, {} new; once more with the patch so far\n", executions_,
                 ShowStatus(status_), base::GroupDigits(new_denials_)));
    }
  }

  // By the user, not by its own: then once more is not what is wanted.
  bool WasEnded(const RunSession& session) const {
    const int number = status_.signal != 0 ? status_.signal : status_.code - 128;
    return session.forwarded() || number == SIGINT || number == SIGQUIT || number == SIGTERM || number == SIGHUP;
  }

  // Under the original, or the original with the patch so far.
  base::Status Execute(RunSession& session) {
    std::map<std::string, std::string> texts;
    for (const base::SourceId id : original_->profile.fragments) {
      texts[std::string(original_->profile.sources.Name(id))] = original_->profile.sources.Text(id);
    }
    std::vector<std::vector<sbpl::TextEdit>> edits(original_->profile.fragments.size());
    if (answer_) {
      for (const tune::EditedFragment& edited : answer_->fragments) {
        texts[std::string(original_->profile.sources.Name(original_->profile.fragments[edited.fragment]))] = edited.text;
        edits[edited.fragment] = edited.edits;
      }
    }
    sbpl::DiskFiles disk;
    tune::EditedFiles files(std::move(texts), disk);
    const sbpl::LoadResult loaded = sbpl::LoadProfile(load_, files);
    if (!loaded.ok()) return base::Fail("the profile with the patch so far cannot be loaded; please report this");
    auto policy = sbpl::Policy::Compile(loaded.profile, policy_options_);
    if (!policy) return std::unexpected(policy.error());
    const std::string nonce = access::MakeNonce();
    const auto tagged = tagging::TagDenies(loaded.profile, load_, nonce, files);
    if (!tagged) return std::unexpected(tagged.error());
    const auto file = TemporaryFile::With(tagged->text);
    if (!file) return std::unexpected(file.error());
    auto attempt = session.Execute({.argv = Arguments(file->path()), .environment = environment_}, nonce);
    if (!attempt) return std::unexpected(attempt.error());
    status_ = attempt->status;
    Merge(*attempt, {loaded.profile, *policy, *tagged, original_->profile, edits});
    if (attempt->found.denials.empty() && !(status_ == base::ExitStatus{})) {
      const char* home = ::getenv("HOME");
      hints_ = HintsFor({program_, options_.command, status_, attempt->begin_ns, home == nullptr ? "" : home, *policy,
                         attempt->found.others});
    } else {
      hints_.clear();
    }
    return {};
  }

  std::vector<std::string> Arguments(const std::string& profile) const {
    std::vector<std::string> argv = {options_.sandbox_exec, "-f", profile};
    for (const auto& [name, value] : load_.parameters) {
      argv.push_back("-D");
      argv.push_back(name + "=" + value);
    }
    argv.insert(argv.end(), options_.command.begin(), options_.command.end());
    return argv;
  }

  void Merge(RunAttempt& attempt, const RanUnder& under) {
    untagged_ = under.tagged.imported + under.tagged.unwritten;
    new_denials_ = 0;
    for (RuledDenial& ruled : Rule(attempt.found.denials, under)) {
      access::DenialGroup& group = ruled.group;
      group.runs = {fmt::format("execution {}", executions_)};
      groups_.push_back(group);
      const auto same = std::find_if(ruled_.begin(), ruled_.end(), [&](const RuledDenial& other) {
        return other.group.process == group.process && other.group.operation == group.operation &&
               other.group.target == group.target && other.where == ruled.where;
      });
      if (same == ruled_.end()) {
        ++new_denials_;
        ruled_.push_back(std::move(ruled));
      } else {
        same->group.count += group.count;
        same->group.duplicates += group.duplicates;
      }
    }
    // Where every deny carries a mark, a record without one is not the run's, unless the mark was cut off.
    const std::uint64_t doubtful = untagged_ > 0 ? attempt.found.doubtful : attempt.found.doubtful_long;
    if (doubtful > 0) {
      attempt.doubts.push_back(fmt::format("{} denials without our mark came from processes that were gone before they were seen", doubtful));
    }
    for (std::string& doubt : attempt.doubts) {
      if (std::find(doubts_.begin(), doubts_.end(), doubt) == doubts_.end()) doubts_.push_back(std::move(doubt));
    }
    untrusted_ += attempt.found.untrusted;
  }

  base::Status Propose() {
    evidence_ = tune::MergeEvidence(groups_);
    for (tune::Evidence& evidence : evidence_) evidence.processes.clear();  // all of them ran under this profile
    sbpl::DiskFiles disk;
    std::map<std::string, std::string> texts;
    for (const base::SourceId id : original_->profile.fragments) {
      texts[std::string(original_->profile.sources.Name(id))] = original_->profile.sources.Text(id);
    }
    tune::EditedFiles files(std::move(texts), disk);
    auto answer = tune::Suggest({original_->profile, load_, policy_options_, evidence_, overrides_}, files);
    if (!answer) return std::unexpected(answer.error());
    answer_ = *std::move(answer);
    return {};
  }

  std::string PatchOf(const std::optional<tune::Answer>& answer) const {
    std::string diff;
    if (!answer) return diff;
    std::error_code failed;
    const std::string folder = std::filesystem::current_path(failed).string();
    for (const tune::EditedFragment& edited : answer->fragments) {
      const base::SourceId id = original_->profile.fragments[edited.fragment];
      const std::string name(original_->profile.sources.Name(id));
      diff += sbpl::UnifiedDiff(DiffPathOf(name, folder).name, original_->profile.sources.Text(id), edited.edits);
    }
    return diff;
  }

  Exit Report() {
    const std::string diff = PatchOf(answer_);
    if (untrusted_ > 0) {
      doubts_.push_back(fmt::format("{} records that anyone could have written were left out", untrusted_));
    }
    std::string command;
    for (const std::string& word : options_.command) command += (command.empty() ? "" : " ") + word;
    const RunSummary summary{command, status_, executions_, ruled_, doubts_, hints_, untagged_};
    std::string text = RunText(summary);
    if (!evidence_.empty()) text += "\n" + ReportText({original_->profile, evidence_, *answer_, diff});
    if (!diff.empty()) text += "\n" + ShowText(diff);
    if (options_.learn > 1 && !quiet_ && executions_ < options_.learn) {
      text += fmt::format("\nEnded in execution {} of {}; the patch is what was learnt so far\n", executions_, options_.learn);
    } else if (options_.learn > 1 && !quiet_) {
      text += fmt::format("\nStill something new was denied in execution {}; give --learn a larger number\n", executions_);
    } else if (options_.learn > 1) {
      text += fmt::format("\nNothing new was denied in execution {}\n", executions_);
    }
    Tell(invocation_, text);
    if (!options_.patch.empty()) {
      if (const auto written = base::WriteFileAtomically(options_.patch, diff); !written) return Fail(invocation_, written.error());
    }
    if (!options_.json.empty()) {
      if (const auto written = base::WriteFileAtomically(options_.json, RunJson({summary, options_.command, diff})); !written) return Fail(invocation_, written.error());
    }
    return Exit::kDone;
  }

  const Options& options_;
  const Invocation& invocation_;
  sbpl::LoadOptions load_;
  sbpl::PolicyOptions policy_options_;
  std::vector<tune::RulePlace> overrides_;
  std::vector<std::string> environment_;
  std::optional<sbpl::LoadResult> original_;
  std::string program_;

  std::size_t executions_ = 0;
  base::ExitStatus status_;
  std::vector<access::DenialGroup> groups_;  // of all executions
  std::vector<RuledDenial> ruled_;
  std::size_t new_denials_ = 0;
  std::vector<std::string> doubts_;
  std::vector<std::string> hints_;
  std::uint64_t untrusted_ = 0;
  std::size_t untagged_ = 0;
  std::vector<tune::Evidence> evidence_;
  std::optional<tune::Answer> answer_;
  bool quiet_ = false;  // the last execution changed nothing in the patch
};

}  // namespace

void AddRun(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("run", "Runs a command under a profile and tells what was denied, by which rule");
  AddProfileOptions(*command, options->profile);
  command->add_option("COMMAND", options->command, "The command and its arguments")->required();
  command->add_option("--learn", options->learn, "Execute up to N times, each with the patch so far, until nothing new is denied")
      ->type_name("N")
      ->check(CLI::Range(1, 1000));
  command->add_option("--patch", options->patch, "Write the patch to this file too")->type_name("FILE");
  command->add_option("--json", options->json, "Write what was found to this file")->type_name("FILE");
  command->add_option("--override", options->overrides, "Deny rule that the patch may override; repeatable")
      ->type_name("FILE:LINE")
      ->allow_extra_args(false);
  command->add_flag("--clean-env", options->clean_environment, "Pass only a few variables of the environment");
  command->add_option("--env", options->environment, "Pass this variable, or set it; repeatable")
      ->type_name("NAME[=VALUE]")
      ->allow_extra_args(false);
  AddDaemonOptions(*command, options->daemon);
  command->add_option("--sandbox-exec", options->sandbox_exec)->group("");  // hidden: for tests
  command->prefix_command(false);
  command->positionals_at_end(true);
  command->footer(kFooter);
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return Command(*options, invocation).Run(); };
  });
}

}  // namespace sbtune::cli
