// Which stretch of macOS's own log to read with `log show`: the options of `sbtune import` for that.
//
//   AddSystemLogOptions(*command, options.system_log);
//   base::Result<SystemLogRequest> request = ToRequest(options.system_log, now_ns);
#pragma once

#include <cstdint>
#include <string>

#include "cli/daemon_access.h"
#include "core/base/result.h"
#include "daemon/live/command.h"

namespace sbtune::cli {

struct SystemLogOptions {
  std::string last;
  std::string start;
  std::string end;
  std::string archive;
  DaemonOptions daemon;  // its configuration names the log tool
  [[nodiscard]] bool asked() const { return !last.empty() || !start.empty() || !end.empty() || !archive.empty(); }
};

void AddSystemLogOptions(CLI::App& command, SystemLogOptions& options);

struct SystemLogRequest {
  live::LogTool tool;
  live::ShowRange range;
  std::string run;    // a name for it: after the beginning, or the archive
  std::string title;  // "log show --start …", for people
};
[[nodiscard]] base::Result<SystemLogRequest> ToRequest(const SystemLogOptions& options, std::int64_t now_ns);

// Whether the tool is there and may be trusted, the archive is there, and the account suffices.
[[nodiscard]] base::Status MayShow(const SystemLogRequest& request);

}  // namespace sbtune::cli
