#include "daemon/config/platform/places.h"

namespace sbtune::config::platform {

#ifdef __APPLE__

Places UsualPlaces(const std::string& home, const Environment&) {
  const std::string support = home + "/Library/Application Support/sbtune";
  return {.state = support, .logs = home + "/Library/Logs/sbtune", .settings = support};
}

#else

Places UsualPlaces(const std::string& home, const Environment& environment) {
  const auto place = [&](const char* variable, const char* below) {
    const std::optional<std::string> chosen = environment(variable);
    return (chosen && !chosen->empty() ? *chosen : home + below) + "/sbtune";
  };
  const std::string state = place("XDG_STATE_HOME", "/.local/state");
  return {.state = state, .logs = state, .settings = place("XDG_CONFIG_HOME", "/.config")};
}

#endif

}  // namespace sbtune::config::platform
