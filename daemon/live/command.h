// The command lines for macOS's `log`, and the predicate that selects sandbox records. Every option that
// ~/.logrc could preset is given explicitly.
//
//   SpawnSpec spec = live::StreamCommand({.tool = "/usr/bin/log"}, {::getpid()});
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>
#include <string>

#include "core/base/subprocess.h"

namespace sbtune::live {

struct LogTool {
  std::string path = "/usr/bin/log";  // always the full path: zsh has a builtin of that name
  std::string level = "default";      // default, info or debug; denials are logged as errors, above all of them
  bool operator==(const LogTool&) const = default;
};

// Kernel and sandboxd records by who wrote them, the documented subsystem (no capture carries it), and the
// heartbeats of the processes given.
[[nodiscard]] std::string Predicate(std::span<const pid_t> heartbeat_pids);

[[nodiscard]] base::SpawnSpec StreamCommand(const LogTool& tool, std::span<const pid_t> heartbeat_pids);

struct ShowRange {
  std::int64_t from_ns = 0;  // rounded down to the second: --start takes no fraction and is inclusive
  std::int64_t to_ns = 0;    // rounded up
  std::string archive;       // a .logarchive instead of this machine's log; empty: none
};
[[nodiscard]] base::SpawnSpec ShowCommand(const LogTool& tool, const ShowRange& range,
                                          std::span<const pid_t> heartbeat_pids);

}  // namespace sbtune::live
