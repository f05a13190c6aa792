// Where a system keeps such files. Private to daemon/config.
#pragma once

#include <string>

#include "daemon/config/config.h"

namespace sbtune::config::platform {

struct Places {
  std::string state;  // database, socket
  std::string logs;
  std::string settings;
};
[[nodiscard]] Places UsualPlaces(const std::string& home, const Environment& environment);

}  // namespace sbtune::config::platform
