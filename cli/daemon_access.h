// The way to the user's own sbtuned: its configuration says where it listens and stores.
//
//   AddDaemonOptions(*command, options.daemon);
//   base::Result<config::Config> config = DaemonConfig(options.daemon);
//   base::Result<protocol::Connection> daemon = protocol::Connection::Open(config->socket);
#pragma once

#include <string>

#include "core/base/result.h"
#include "daemon/config/config.h"

namespace CLI {
class App;
}

namespace sbtune::cli {

struct DaemonOptions {
  std::string config_file;  // empty: $SBTUNE_CONFIG, else the usual place
};

void AddDaemonOptions(CLI::App& command, DaemonOptions& options);

[[nodiscard]] base::Result<std::string> DaemonConfigFile(const DaemonOptions& options);
[[nodiscard]] base::Result<config::Config> DaemonConfig(const DaemonOptions& options);

}  // namespace sbtune::cli
