// sbtuned: the agent that watches the system's log. It never forks: launchd, or you, keep it running.
#include <cstdio>

#include <CLI/CLI.hpp>

#include "core/base/standard_streams.h"
#include "core/base/text.h"
#include "daemon/service/daemon.h"

int main(int argc, char** argv) {
  using namespace sbtune;
  base::HoldStandardStreams();
  service::DaemonOptions options{.config_file = "", .log_to = service::LogTo::kFile, .version = SBTUNE_VERSION};
  bool foreground = false, print_config = false;
  CLI::App app("Watches the system's log for sandbox denials, stores them, and serves `sbtune`.");
  app.name("sbtuned");
  app.set_version_flag("--version", SBTUNE_VERSION);
  app.add_option("--config", options.config_file, "The configuration (default: $SBTUNE_CONFIG, else the usual place)");
  app.add_flag("--foreground", foreground, "Say on stderr what else goes to the log file");
  app.add_flag("--print-config", print_config, "Print every key with its meaning and the value in force, and end");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (foreground) options.log_to = service::LogTo::kStderr;
  base::Status done;
  if (print_config) {
    const base::Result<config::Config> config = service::LoadConfig(options);
    if (!config) done = std::unexpected(config.error());
    const bool written = !config || (std::fputs(config::Describe(*config).c_str(), stdout) >= 0 && std::fflush(stdout) == 0);
    if (!written) done = base::Fail("cannot write the output; free some space or mend the pipe");
  } else {
    done = service::RunDaemon(options);
  }
  if (done) return 0;
  std::fprintf(stderr, "sbtuned: %s\n", base::EscapeForTerminal(done.error().message).c_str());
  return 1;
}
