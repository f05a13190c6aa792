// `sbtune watch`: denials as they happen, one line each.
#include <poll.h>
#include <sys/stat.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/daemon_access.h"
#include "cli/live_filter.h"
#include "cli/output.h"
#include "cli/terminal.h"
#include "cli/times.h"
#include "cli/watch_sources.h"
#include "core/base/clock.h"
#include "core/base/text.h"

namespace sbtune::cli {
namespace {

struct Options {
  DaemonOptions daemon;
  LiveFilterOptions filter;
  std::string from;
  std::string since;
  std::string save;
  bool json = false;
  bool no_daemon = false;
};

constexpr const char* kFooter =
    "Listens to sbtuned; where none runs, to the system's log itself (macOS, an administrator's account). Ctrl-C ends\n"
    "it with a summary. --since shows what was stored from that time on, then goes on live, with no hole between; it\n"
    "reaches back as far as single records are kept (watch.recent_records of the configuration).\n"
    "\n"
    "--json prints one object a line: records (\"event\":\"record\") with the keys of `sbtune parse --json` and seq, and\n"
    "\"gap\" (from, to, reason, repair, lost_lines), \"state\" (state, reason), \"lost\" (records). Each has \"v\":1.\n"
    "A line in text: TIME (UTC) PROCESS(PID) deny OPERATION TARGET (+N more) [marks].\n\n";

// For a line that the user may copy into a shell.
std::string Quoted(const std::string& text) {
  const bool plain = !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                             "0123456789._/+-") == std::string::npos;
  if (plain) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return base::EscapeForTerminal(out + "'");
}

std::string NextStep(const Options& options, bool stored) {
  std::string command = "sbtune suggest --profile YOUR.sb";
  if (!options.from.empty() && options.from != "-") return command + " --from " + Quoted(options.from);
  if (!options.save.empty()) return command + " --from " + Quoted(options.save);
  if (stored && options.filter.access.process.only.size() == 1) command += " --process " + Quoted(options.filter.access.process.only[0]);
  return stored ? command : command + " --from FILE, after `sbtune watch --save FILE`; or let sbtuned store them";
}

base::Status Listen(const Options& options, const WatchOptions& watch, base::SignalPipe& signals, WatchOutput& output,
                    bool& stored) {
  if (!options.from.empty()) return WatchCapture(options.from, watch, signals, output);
  const base::Result<config::Config> config = DaemonConfig(options.daemon);
  if (!config) return std::unexpected(config.error());
  if (!options.no_daemon && watch.save.empty()) {
    base::Result<protocol::Connection> daemon = protocol::Connection::Open(config->socket);
    if (daemon) {
      stored = true;
      return WatchDaemon(*config, std::move(*daemon), watch, signals, output);
    }
    output.Say("no sbtuned is running; reading the system's log directly, storing nothing");
  }
  return WatchSystemLog(*config, watch, signals, output);
}

Exit Run(const Options& options, const Invocation& invocation) {
  WatchOptions watch{.filter = ToRecordFilter(options.filter), .since_ns = std::nullopt, .save = options.save};
  if (!options.since.empty()) {
    const base::Result<std::int64_t> since = ParseTime(options.since, base::SystemClock().WallNs(), "--since");
    if (!since) return UsageError(invocation, since.error());
    watch.since_ns = *since;
  }
  base::Result<base::SignalPipe> signals = base::SignalPipe::Catch({SIGINT, SIGTERM});
  if (!signals) return Fail(invocation, signals.error());
  const char* no_color = std::getenv("NO_COLOR");
  const bool colour = !options.json && IsTerminal(invocation.out) && (no_color == nullptr || *no_color == '\0');
  WatchView view(options.json ? WatchFormat::kJson : WatchFormat::kText, colour ? Colour::kYes : Colour::kNo);
  WatchOutput output(invocation, view);
  bool stored = false;
  const base::Status done = Listen(options, watch, *signals, output, stored);
  output.Flush();
  std::fputs(view.Summary(NextStep(options, stored)).c_str(), invocation.err);
  if (!done) return Fail(invocation, done.error());
  return output.closed() ? CannotWrite(invocation, output.error()) : Exit::kDone;
}

}  // namespace

WatchOutput::WatchOutput(const Invocation& invocation, WatchView& view) : invocation_(invocation), view_(view) {
  struct stat status {};
  const int number = ::fileno(invocation.out);
  if (::fstat(number, &status) == 0 && S_ISFIFO(status.st_mode)) pipe_ = number;
}

void WatchOutput::Polled(short events) {
  if ((events & (POLLERR | POLLHUP)) != 0 && error_ == 0) error_ = EPIPE;
}

void WatchOutput::Show(const protocol::LiveRecord& record) {
  Write(view_.Line(record));
}

void WatchOutput::Write(const std::string& line) {
  if (error_ == 0 && std::fwrite(line.data(), 1, line.size(), invocation_.out) != line.size()) error_ = errno;
}

void WatchOutput::Talk(const std::string& line) {
  if (view_.format() == WatchFormat::kJson) return Write(line);
  Flush();
  std::fputs(line.c_str(), invocation_.err);
}

void WatchOutput::Say(const std::string& sentence) {
  Flush();
  Tell(invocation_, fmt::format("-- {}\n", base::EscapeForTerminal(sentence)));
}

void WatchOutput::Flush() {
  if (std::fflush(invocation_.out) != 0 && error_ == 0) error_ = errno;
}

void AddWatch(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("watch", "Show denials as they happen.");
  command->add_option("--from", options->from, "A captured log instead, or - for what another program pipes in")
      ->type_name("FILE");
  command->add_option("--since", options->since, "First what was stored from then on (30m, 2h, 2026-03-03, …)")
      ->type_name("TIME");
  command->add_flag("--json", options->json, "One JSON object a line");
  command->add_flag("--no-daemon", options->no_daemon, "Read the system's log directly even if sbtuned runs");
  command->add_option("--save", options->save, "Read directly and append the log's lines to this file")->type_name("FILE");
  AddLiveFilter(*command, options->filter);
  AddDaemonOptions(*command, options->daemon);
  command->footer(std::string(kFooter) + kGlobHelp);
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return Run(*options, invocation); };
  });
}

}  // namespace sbtune::cli
