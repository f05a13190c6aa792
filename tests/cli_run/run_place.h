// A folder with the stand-ins for log and sandbox-exec, an actor, and a profile: where `sbtune run` is tested.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/support/command.h"
#include "tests/support/standin.h"

namespace sbtune::test {

inline constexpr const char* kRunProfile =
    "(version 1)\n"
    "(deny default)\n"
    "(allow file-read-data (subpath \"/usr/share\"))\n"
    "(deny file-read-data\n"
    "  (subpath (string-append (param \"HOME\") \"/.ssh\")))  ; keys\n"
    "(allow mach-lookup (global-name \"com.example.a\"))\n";

class RunPlace {
 public:
  explicit RunPlace(const std::string& profile = kRunProfile);

  // The command line of `sbtune run [options] -- command`.
  [[nodiscard]] std::vector<std::string> Line(const std::vector<std::string>& command,
                                              const std::vector<std::string>& options = {}) const;
  [[nodiscard]] CommandResult Run(const std::vector<std::string>& command, const std::vector<std::string>& options = {}) const;
  // The same with the actor as command.
  [[nodiscard]] CommandResult Act(std::vector<std::string> words, const std::vector<std::string>& options = {}) const;
  [[nodiscard]] nlohmann::json Found() const;  // what --json wrote
  [[nodiscard]] StandinLog& log() { return log_; }
  [[nodiscard]] const TempFolder& folder() const { return log_.folder(); }

 private:
  StandinLog log_;
};

}  // namespace sbtune::test
