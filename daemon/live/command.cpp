#include "daemon/live/command.h"

#include <fmt/format.h>

#include "core/base/clock.h"

namespace sbtune::live {
namespace {

// No --type: whether it would hold back records about loss is not known, and the predicate selects enough.
base::SpawnSpec Command(const LogTool& tool, std::vector<std::string> arguments) {
  base::SpawnSpec spec;
  spec.argv.push_back(tool.path);
  for (std::string& argument : arguments) spec.argv.push_back(std::move(argument));
  // Nothing of our environment reaches the tool; without HOME there is no ~/.logrc to preset an option.
  spec.environment = {"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C", "TZ=UTC"};
  spec.out = spec.err = base::Stdio::kPipe;
  return spec;
}

}  // namespace

std::string Predicate(std::span<const pid_t> heartbeat_pids) {
  std::string predicate =
      "(processImagePath == \"/kernel\" AND senderImagePath == "
      "\"/System/Library/Extensions/Sandbox.kext/Contents/MacOS/Sandbox\")"
      " OR (processImagePath == \"/usr/libexec/sandboxd\" AND subsystem == \"com.apple.sandbox.reporting\")"
      " OR subsystem == \"com.apple.sandbox\"";
  for (const pid_t pid : heartbeat_pids) {
    predicate +=
        fmt::format(" OR (processIdentifier == {} AND eventMessage BEGINSWITH \"sbtuned heartbeat \")", pid);
  }
  return predicate;
}

base::SpawnSpec StreamCommand(const LogTool& tool, std::span<const pid_t> heartbeat_pids) {
  return Command(tool, {"stream", "--style", "ndjson", "--level", tool.level, "--color", "none", "--predicate",
                        Predicate(heartbeat_pids)});
}

base::SpawnSpec ShowCommand(const LogTool& tool, const ShowRange& range, std::span<const pid_t> heartbeat_pids) {
  std::vector<std::string> arguments = {"show", "--style", "ndjson", "--color", "none", "--no-pager", "--loss"};
  arguments.push_back(tool.level == "default" ? "--no-info" : "--info");
  arguments.push_back(tool.level == "debug" ? "--debug" : "--no-debug");
  if (!range.archive.empty()) {
    arguments.insert(arguments.end(), {"--archive", range.archive});
  }
  if (range.from_ns != 0) {
    arguments.insert(arguments.end(), {"--start", fmt::format("@{}", range.from_ns / base::kSecondNs)});
  }
  if (range.to_ns != 0) {
    arguments.insert(arguments.end(), {"--end", fmt::format("@{}", range.to_ns / base::kSecondNs + 1)});
  }
  arguments.insert(arguments.end(), {"--predicate", Predicate(heartbeat_pids)});
  return Command(tool, std::move(arguments));
}

}  // namespace sbtune::live
