#include "cli/daemon_access.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <CLI/CLI.hpp>

namespace sbtune::cli {

void AddDaemonOptions(CLI::App& command, DaemonOptions& options) {
  command.add_option("--config", options.config_file,
                     "sbtuned's configuration (default: $SBTUNE_CONFIG, else the usual place)")
      ->type_name("PATH");
}

base::Result<std::string> DaemonConfigFile(const DaemonOptions& options) {
  if (!options.config_file.empty()) return options.config_file;
  return config::DefaultFile(config::ProcessEnvironment);
}

base::Result<config::Config> DaemonConfig(const DaemonOptions& options) {
  base::Result<config::Config> defaults = config::Defaults(config::ProcessEnvironment);
  if (!defaults) return defaults;
  const base::Result<std::string> file = DaemonConfigFile(options);
  if (!file) return std::unexpected(file.error());
  // The usual file may be absent. One that was named and is not there would have us speak to another daemon.
  const base::Result<std::string> usual = config::DefaultFile(config::ProcessEnvironment);
  const bool named = !options.config_file.empty() && (!usual || *usual != *file);
  if (named && ::access(file->c_str(), F_OK) != 0) {
    return base::Fail("cannot open " + *file + ": " + std::strerror(errno) + "; check the path after --config");
  }
  return config::Load(*file, *defaults);
}

}  // namespace sbtune::cli
