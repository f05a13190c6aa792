// `sbtune top`: live denials on a full screen. What is heard comes from `sbtune watch --json` as a child, so both listen
// alike; what is known and shown is cli/top, pure; this file joins them, the terminal and the profile.
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.h"
#include "cli/diff_paths.h"
#include "cli/explain_report.h"
#include "cli/output.h"
#include "cli/profile_options.h"
#include "cli/screen/full_screen.h"
#include "cli/terminal.h"
#include "cli/top/model.h"
#include "cli/top/view.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/signal_pipe.h"
#include "core/base/subprocess.h"
#include "core/base/text.h"
#include "profiles/sbpl/edit/unified_diff.h"
#include "profiles/tune/suggest.h"

namespace sbtune::cli {
namespace {

struct Options {
  ProfileOptions profile;
  std::string from, since, config, patch;
  bool no_daemon = false;
};

constexpr std::int64_t kFrameNs = 100 * base::kMillisecondNs;  // at most ten paintings a second
constexpr std::size_t kReadBytes = 256u << 10;
constexpr std::size_t kMostDetail = 200;

constexpr const char* kFooter =
    "Groups of denials, live, from sbtuned, from the system's log, or --from a capture, as `sbtune watch` hears them.\n"
    "Keys: arrows or j k select, Enter explains (with --profile: the rule that decided and the rule that would let it\n"
    "pass), a accepts, i ignores, / filters as you type (a part of process, operation or target; - lists what is\n"
    "ignored), s sorts by rate or count, p pauses, q leaves. With --profile the accepted groups' rules are written to\n"
    "--patch on leaving. A rate is the mean over ten seconds.\n"
    "\n"
    "  sbtune top --profile agent.sb -D HOME=\"$HOME\" --patch agent.patch; patch -p0 < agent.patch\n"
    "\n"
    "Exit status: 0 left by the user; 1 the source failed, or the patch could not be made; 2 usage.\n";

access::DenialGroup Denial(const top::GroupKey& key, std::uint64_t count) {
  access::DenialGroup group;
  group.process = key.process;
  group.operation = key.operation;
  group.target = key.target;
  group.provenance = key.provenance;
  group.ambiguous = key.ambiguous;
  group.platform_policy = key.platform_policy;
  group.runs = {"top"};
  group.count = count;
  return group;
}

// The profile, if one was named, and the questions that it can answer.
class Advisor {
 public:
  // Or the exit status; it has then been said why.
  static std::expected<std::unique_ptr<Advisor>, Exit> Load(const ProfileOptions& options, const Invocation& invocation) {
    auto load = ToLoadOptions(options);
    if (!load) return std::unexpected(Refuse(invocation, load.error()));
    auto policy_options = ToPolicyOptions(options);
    if (!policy_options) return std::unexpected(Refuse(invocation, policy_options.error()));
    auto loaded = LoadProfileOrReport(options, invocation);
    if (!loaded) return std::unexpected(loaded.error());
    auto advisor = std::unique_ptr<Advisor>(new Advisor(std::move(*loaded), std::move(*load), std::move(*policy_options)));
    auto policy = sbpl::Policy::Compile(advisor->loaded_.profile, advisor->policy_options_);
    if (!policy) return std::unexpected(Fail(invocation, policy.error()));
    advisor->policy_.emplace(std::move(*policy));
    return advisor;
  }

  std::vector<std::string> About(const top::GroupKey& key) {
    std::vector<std::string> lines;
    const auto answer = Suggest({Denial(key, 1)});
    if (!answer) {
      lines.push_back(answer.error().message);
    } else if (!answer->suggestions.empty()) {
      const tune::Suggestion& made = answer->suggestions.front();
      const bool whole = made.text.starts_with("(allow");
      lines.push_back("rule that lets it pass: " +
                      (whole ? made.text : fmt::format("(allow {} {})", fmt::join(made.operations, " "), made.text)));
    } else if (!answer->left.empty()) {
      lines.push_back("no rule: " + answer->left.front().refusal.text);
    }
    const std::string text = ToText(Explain(*policy_, loaded_.profile, key.operation, key.target));
    for (std::size_t at = 0; at < text.size() && lines.size() < kMostDetail;) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      lines.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    return lines;
  }

  base::Result<std::string> Diff(const std::vector<access::DenialGroup>& accepted, std::size_t& rules) {
    const auto answer = Suggest(accepted);
    if (!answer) return std::unexpected(answer.error());
    rules = answer->suggestions.size();
    std::string diff;
    for (const tune::EditedFragment& edited : answer->fragments) {
      const base::SourceId source = loaded_.profile.fragments[edited.fragment];
      const std::string name(loaded_.profile.sources.Name(source));
      const std::string folder = std::filesystem::current_path().string();
      diff += sbpl::UnifiedDiff(DiffPathOf(name, folder).name, loaded_.profile.sources.Text(source), edited.edits);
    }
    return diff;
  }

 private:
  Advisor(sbpl::LoadResult loaded, sbpl::LoadOptions load, sbpl::PolicyOptions policy_options)
      : loaded_(std::move(loaded)), load_(std::move(load)), policy_options_(std::move(policy_options)) {}

  base::Result<tune::Answer> Suggest(const std::vector<access::DenialGroup>& groups) {
    const std::vector<tune::Evidence> evidence = tune::MergeEvidence(groups);
    sbpl::DiskFiles files;
    return tune::Suggest({loaded_.profile, load_, policy_options_, evidence, {}}, files);
  }

  sbpl::LoadResult loaded_;
  sbpl::LoadOptions load_;
  sbpl::PolicyOptions policy_options_;
  std::optional<sbpl::Policy> policy_;
};

base::Result<std::unique_ptr<base::Subprocess>> StartWatch(const Options& options, base::Launcher& launcher) {
  base::SpawnSpec spec{.argv = {base::ProgramPath(), "watch", "--json"}};
  const auto pass = [&spec](const char* name, const std::string& value) {
    if (!value.empty()) spec.argv.insert(spec.argv.end(), {name, value});
  };
  pass("--from", options.from);
  pass("--since", options.since);
  pass("--config", options.config);
  if (options.no_daemon) spec.argv.push_back("--no-daemon");
  spec.in = options.from == "-" ? base::Stdio::kInherit : base::Stdio::kNull;
  spec.out = spec.err = base::Stdio::kPipe;
  spec.group = base::ProcessGroup::kOwn;  // Ctrl-C is ours to answer
  return launcher.Spawn(spec);
}

class Session {
 public:
  Session(base::Subprocess& watch, base::SignalPipe& signals, Advisor* advisor)
      : watch_(watch), signals_(signals), advisor_(advisor) {}

  void Run(screen::FullScreen& terminal, int keys) {
    while (!left_) {
      Wait(keys);
      if (!signals_.Take().empty()) left_ = true;
      Listen();
      Keys(terminal);
      top::Tick(model_, clock_.MonotonicNs() / base::kSecondNs);
      Paint(terminal);
    }
  }
  [[nodiscard]] const top::Model& model() const { return model_; }
  [[nodiscard]] const std::string& said() const { return said_; }

 private:
  void Wait(int keys) {
    const std::int64_t next_ns = painted_ns_ + (dirty_ ? kFrameNs : base::kSecondNs);
    const std::int64_t left_ms = (next_ns - clock_.MonotonicNs()) / base::kMillisecondNs;
    pollfd waits[] = {{keys, POLLIN, 0},
                      {signals_.descriptor(), POLLIN, 0},
                      {model_.ended ? -1 : watch_.out(), POLLIN, 0},
                      {model_.ended ? -1 : watch_.err(), POLLIN, 0}};
    ::poll(waits, 4, static_cast<int>(std::clamp<std::int64_t>(left_ms, 0, 1000)));
  }

  void Listen() {
    if (model_.ended) return;
    base::ReadAvailable(watch_.err(), said_, 65536);
    const base::ReadOutcome outcome = base::ReadAvailable(watch_.out(), heard_, kReadBytes);
    std::size_t begin = 0;
    for (std::size_t end = heard_.find('\n'); end != std::string::npos; end = heard_.find('\n', begin)) {
      const auto message = protocol::ParseServerMessage(std::string_view(heard_).substr(begin, end - begin));
      if (message) top::Take(model_, *message);
      if (message && model_.state == "starting") model_.state = "live";
      begin = end + 1;
      dirty_ = true;
    }
    heard_.erase(0, begin);
    if (outcome != base::ReadOutcome::kEnd) return;
    while (base::ReadAvailable(watch_.err(), said_, 65536) == base::ReadOutcome::kBytes) continue;
    model_.ended = dirty_ = true;
  }

  void Keys(screen::FullScreen& terminal) {
    while (const auto pressed = terminal.ReadKey()) {
      dirty_ = at_once_ = true;
      if (pressed->resized) continue;
      switch (top::Press(model_, pressed->key)) {
        case top::Effect::kNone: break;
        case top::Effect::kQuit: left_ = true; break;
        case top::Effect::kExplain:
          model_.detail = advisor_ != nullptr ? advisor_->About(*model_.selected)
                                              : std::vector<std::string>{"name a profile with --profile to see which rule decides"};
          break;
      }
    }
  }

  void Paint(screen::FullScreen& terminal) {
    const std::int64_t now_ns = clock_.MonotonicNs();
    const bool due = now_ns - painted_ns_ >= (dirty_ ? kFrameNs : base::kSecondNs);
    if (!due && !at_once_) return;
    terminal.Paint(top::Draw(model_, terminal.columns(), terminal.rows()));
    painted_ns_ = now_ns;
    dirty_ = at_once_ = false;
  }

  base::Subprocess& watch_;
  base::SignalPipe& signals_;
  Advisor* advisor_;
  base::SystemClock clock_;
  top::Model model_;
  std::string heard_, said_;
  std::int64_t painted_ns_ = 0;
  bool dirty_ = true, at_once_ = true, left_ = false;
};

Exit WritePatch(const Options& options, Advisor& advisor, const top::Model& model, const Invocation& invocation) {
  std::vector<access::DenialGroup> accepted;
  for (const top::GroupKey& key : top::Accepted(model)) accepted.push_back(Denial(key, model.groups.at(key).count));
  if (accepted.empty()) return Exit::kDone;
  std::size_t rules = 0;
  const auto diff = advisor.Diff(accepted, rules);
  if (!diff) return Fail(invocation, diff.error());
  if (diff->empty()) {
    Tell(invocation, "no rule came of the accepted groups; `sbtune suggest` says why\n");
    return Exit::kDone;
  }
  if (options.patch.empty()) return Print(invocation, *diff);
  if (const base::Status written = base::WriteFileAtomically(options.patch, *diff); !written) return Fail(invocation, written.error());
  const auto counted = [](std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", base::GroupDigits(count), what, count == 1 ? "" : "s");
  };
  const std::string path = base::EscapeForTerminal(options.patch);
  Tell(invocation, fmt::format("{} holds {} for {}; apply with: patch -p0 < {}\n", path, counted(rules, "addition"),
             counted(accepted.size(), "accepted group"), path));
  return Exit::kDone;
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

Exit Run(const Options& options, const Invocation& invocation) {
  if (!IsTerminal(invocation.out)) return UsageError(invocation, {"top needs a terminal; use `sbtune watch` where there is none"});
  std::unique_ptr<Advisor> advisor;
  if (!options.profile.profiles.empty()) {
    auto loaded = Advisor::Load(options.profile, invocation);
    if (!loaded) return loaded.error();
    advisor = std::move(*loaded);
  } else if (!options.patch.empty()) {
    return UsageError(invocation, {"--patch needs --profile: a patch changes a profile"});
  }
  // Standard input may be the log; keys come from the terminal itself then.
  const std::unique_ptr<std::FILE, CloseFile> keys(std::fopen("/dev/tty", "r+e"));
  if (keys == nullptr) return UsageError(invocation, {"top needs a terminal to read keys from; use `sbtune watch`"});
  base::Result<base::SignalPipe> signals = base::SignalPipe::Catch({SIGINT, SIGTERM, SIGHUP, SIGQUIT});
  if (!signals) return Fail(invocation, signals.error());
  base::SystemLauncher launcher;
  auto watch = StartWatch(options, launcher);
  if (!watch) return Fail(invocation, watch.error());
  Session session(**watch, *signals, advisor.get());
  {
    auto terminal = screen::FullScreen::Open(invocation.out, keys.get());
    if (!terminal) return Fail(invocation, terminal.error());
    session.Run(**terminal, ::fileno(keys.get()));
  }
  const std::optional<base::ExitStatus> status = (*watch)->Poll();
  if (status && status->code != 0) std::fputs(base::EscapeForTerminal(session.said()).c_str(), invocation.err);
  const Exit patched = advisor ? WritePatch(options, *advisor, session.model(), invocation) : Exit::kDone;
  return status && status->code != 0 ? Exit::kFailed : patched;
}

}  // namespace

void AddTop(CLI::App& app, Invocation& invocation) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("top", "Shows denials live on a full screen, sorted by rate or count");
  AddProfileOptions(*command, options->profile);
  command->get_option("--profile")->required(false);
  command->add_option("--patch", options->patch, "Where the accepted groups' rules go (default: standard output)")->type_name("FILE");
  command->add_option("--from", options->from, "A captured log instead, or - for what another program pipes in")->type_name("FILE");
  command->add_option("--since", options->since, "First what was stored from then on (30m, 2h, 2026-03-03, …)")->type_name("TIME");
  command->add_flag("--no-daemon", options->no_daemon, "Read the system's log directly even if sbtuned runs");
  command->add_option("--config", options->config, "sbtuned's configuration")->type_name("FILE");
  command->footer(kFooter);
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return Run(*options, invocation); };
  });
}

}  // namespace sbtune::cli
