#include "tests/cli/store_commands.h"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include "tests/support/log_generator.h"
#include "tests/support/standin.h"

namespace sbtune::test {

CommandResult StorePlace::Run(std::vector<std::string> arguments, CommandOptions options) const {
  arguments.insert(arguments.begin(), SBTUNE_PROGRAM);
  options.folder = folder_.path();
  return RunCommand(arguments, options);
}

CommandResult StorePlace::Import(const std::vector<std::string>& arguments, const std::string& input) const {
  std::vector<std::string> all = {"import", "--db", "a.db"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  CommandResult result = Run(all, {.folder = "", .input = input});
  CHECK(result.err == "");
  REQUIRE(result.exit_code == 0);
  return result;
}

std::string StorePlace::Everything(const std::string& database) const {
  std::string out;
  for (const std::vector<std::string>& what :
       {std::vector<std::string>{"denials", "--json", "--action", "all"}, {"stats", "--by", "operation", "--action", "all"},
        {"stats", "--by", "hour", "--action", "all"}}) {
    std::vector<std::string> arguments = what;
    arguments.insert(arguments.end(), {"--db", database});
    const CommandResult result = Run(arguments);
    CHECK(result.err == "");
    REQUIRE(result.exit_code == 0);
    out += result.out;
  }
  return out;
}

std::string SomeLog(std::uint64_t seed, int records) {
  LogGenerator generator(seed);
  std::string log;
  for (int i = 0; i < records; ++i) {
    switch (i % 6) {
      case 0:
      case 1: generator.AppendCompact(log); break;
      case 2: generator.AppendNdjson(log); break;
      case 3:
        generator.AppendMessage(log);
        log += '\n';
        break;
      case 4: log += KernelRecord("cat", 41, "file-read-data", fmt::format("/twin/{}", i / 12), i) + "\n"; break;
      case 5: log += SandboxdRecord("cat", 41, "file-read-data", fmt::format("/twin/{}", i / 12), i) + "\n"; break;
    }
    if (i % 20 == 0) generator.AppendNoise(log);
  }
  return log;
}

}  // namespace sbtune::test
