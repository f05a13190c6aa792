// sbtuned put together: configuration, lock, store, live source, control socket, signals. See main.cpp.
#pragma once

#include <string>

#include "core/base/result.h"
#include "daemon/config/config.h"

namespace sbtune::service {

enum class LogTo { kFile, kStderr };

struct DaemonOptions {
  std::string config_file;
  LogTo log_to = LogTo::kFile;
  std::string version;
};

// Runs until SIGTERM or SIGINT; then what was read is stored, within five seconds. SIGHUP reads the configuration
// again; a wrong one changes nothing. Fails with a sentence when it cannot start.
[[nodiscard]] base::Status RunDaemon(const DaemonOptions& options);

// The configuration that these options lead to.
[[nodiscard]] base::Result<config::Config> LoadConfig(const DaemonOptions& options);

}  // namespace sbtune::service
