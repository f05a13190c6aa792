// `sbtune daemon`: sbtuned as an agent of launchd.
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/daemon_access.h"
#include "cli/launch_agent.h"
#include "cli/platform/launchd.h"

namespace sbtune::cli {
namespace {

struct Options {
  DaemonOptions daemon;
  std::string verb;
};

base::Result<LaunchAgentSettings> SettingsOf(const Options& options) {
  const base::Result<config::Config> config = DaemonConfig(options.daemon);
  if (!config) return std::unexpected(config.error());
  const base::Result<std::string> file = DaemonConfigFile(options.daemon);
  if (!file) return std::unexpected(file.error());
  const std::string self = base::ProgramPath();
  const char* home = std::getenv("HOME");
  return LaunchAgentSettings{.home = home == nullptr ? "" : home,
                             .user = ::getuid(),
                             .program = self.substr(0, self.rfind('/') + 1) + "sbtuned",
                             .config = *file,
                             .socket = config->socket,
                             .log_folder = config->log_file.substr(0, config->log_file.rfind('/'))};
}

Exit Run(const Options& options, const Invocation& invocation) {
  if (!platform::HasLaunchd()) {
    return Fail(invocation, {fmt::format("`sbtune daemon {}` needs macOS's launchd; here, run `sbtuned --foreground`", options.verb)});
  }
  if (::geteuid() == 0) return Fail(invocation, {"sbtuned is an agent of one user; run this as yourself, without sudo"});
  base::Result<LaunchAgentSettings> settings = SettingsOf(options);
  if (!settings) return Fail(invocation, settings.error());
  base::SystemLauncher launcher;
  LaunchAgent agent(launcher, *std::move(settings));
  base::Status done;
  std::string said;
  if (options.verb == "install") done = agent.Install(), said = "installed and started; `sbtune status` shows how it does";
  if (options.verb == "uninstall") done = agent.Uninstall(), said = "uninstalled; what it stored is still there";
  if (options.verb == "start") done = agent.Start(), said = "started";
  if (options.verb == "stop") done = agent.Stop(), said = "stopped until the next login, or `sbtune daemon start`";
  if (options.verb == "restart") done = agent.Restart(), said = "restarted";
  if (!done) return Fail(invocation, done.error());
  Tell(invocation, fmt::format("sbtuned {}\n", said));
  return Exit::kDone;
}

}  // namespace

void AddDaemon(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("daemon", "Install, remove, start and stop sbtuned as an agent of launchd.");
  command->require_subcommand(1);
  const std::pair<const char*, const char*> verbs[] = {
      {"install", "Write the agent's plist to ~/Library/LaunchAgents and start it"},
      {"uninstall", "Stop the agent and remove its plist; what was stored stays"},
      {"start", "Start the installed agent"},
      {"stop", "Stop it until the next login"},
      {"restart", "Stop it and start it again, as after an update"},
  };
  for (const auto& [verb, meaning] : verbs) {
    auto options = std::make_shared<Options>();
    options->verb = verb;
    CLI::App* subcommand = command->add_subcommand(verb, meaning);
    AddDaemonOptions(*subcommand, options->daemon);
    subcommand->callback([options, &invocation] {
      invocation.run = [options, &invocation] { return Run(*options, invocation); };
    });
  }
}

}  // namespace sbtune::cli
