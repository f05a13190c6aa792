// sbtuned as an agent of launchd: its plist, and the launchctl commands that load, start and stop it. Everything for
// the user's own domain gui/UID; root is never asked for.
//
//   LaunchAgent agent(launcher, {.launchctl = "/bin/launchctl", .home = home, .user = getuid(), …});
//   base::Status done = agent.Install();
#pragma once

#include <sys/types.h>

#include <string>

#include "core/base/result.h"
#include "core/base/subprocess.h"

namespace sbtune::cli {

struct LaunchAgentSettings {
  std::string launchctl = "/bin/launchctl";
  std::string home;
  uid_t user = 0;
  std::string program;  // sbtuned
  std::string config;   // its configuration, which need not exist
  std::string socket;
  std::string log_folder;
  // After an unload launchd may still be ending the old process, for ExitTimeOut of the plist at most; until then it
  // refuses to load it again.
  int load_attempts = 45;
  std::int64_t load_pause_ns = 500'000'000;
};

class LaunchAgent {
 public:
  LaunchAgent(base::Launcher& launcher, LaunchAgentSettings settings)
      : launcher_(launcher), settings_(std::move(settings)) {}

  [[nodiscard]] base::Status Install();    // writes the plist, loads it; an older one is unloaded first
  [[nodiscard]] base::Status Uninstall();  // unloads it, removes the plist
  [[nodiscard]] base::Status Start();
  [[nodiscard]] base::Status Stop();
  [[nodiscard]] base::Status Restart();
  [[nodiscard]] base::Result<bool> IsLoaded();

  [[nodiscard]] std::string plist_path() const;
  // The plist as it is written; values are escaped for XML.
  [[nodiscard]] std::string PlistText() const;

 private:
  [[nodiscard]] base::Result<base::Completed> Launchctl(std::vector<std::string> arguments);
  [[nodiscard]] base::Status Bootstrap();
  [[nodiscard]] base::Status Bootout();
  [[nodiscard]] std::string Domain() const;
  [[nodiscard]] std::string Service() const;

  base::Launcher& launcher_;
  LaunchAgentSettings settings_;
};

}  // namespace sbtune::cli
