#include "tests/cli_run/run_place.h"

#include <filesystem>

#include <fmt/format.h>

#include "tests/support/shared_data.h"

namespace sbtune::test {

RunPlace::RunPlace(const std::string& profile) {
  log_.RecordDistinct(1);
  log_.Play("play 1 1\n");
  std::filesystem::create_symlink(SBTUNE_STANDIN_SANDBOX_EXEC, folder() / "sandbox-exec");
  std::filesystem::create_symlink(SBTUNE_STANDIN_ACTOR, folder() / "actor");
  WriteFile(folder() / "a.sb", profile);
  WriteFile(folder() / "config.toml",
            fmt::format("source.tool = \"{}\"\nsource.heartbeat_file = \"{}\"\n", log_.tool(), log_.heartbeats()));
}

std::vector<std::string> RunPlace::Line(const std::vector<std::string>& command, const std::vector<std::string>& options) const {
  std::vector<std::string> line = {SBTUNE_PROGRAM, "run", "--config", "config.toml", "--sandbox-exec", folder() / "sandbox-exec",
                                   "--profile", "a.sb", "-D", "HOME=/Users/dev", "--json", "found.json"};
  line.insert(line.end(), options.begin(), options.end());
  line.push_back("--");
  line.insert(line.end(), command.begin(), command.end());
  return line;
}

CommandResult RunPlace::Run(const std::vector<std::string>& command, const std::vector<std::string>& options) const {
  return RunCommand(Line(command, options), {.folder = folder().path(), .input = "typed\n"});
}

CommandResult RunPlace::Act(std::vector<std::string> words, const std::vector<std::string>& options) const {
  words.insert(words.begin(), "./actor");
  return Run(words, options);
}

nlohmann::json RunPlace::Found() const { return nlohmann::json::parse(ReadFile(folder() / "found.json")); }

}  // namespace sbtune::test
