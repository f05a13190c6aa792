// May we trust and use the `log` tool at all? Asked before every start of the stream, and by `sbtune doctor`.
//
//   if (auto failure = live::Judge(live::Inspect(tool))) …unavailable(failure->reason)
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "daemon/live/command.h"
#include "daemon/live/failure.h"

namespace sbtune::live {

struct PreflightFacts {
  std::string tool;
  bool exists = false;
  bool regular_executable = false;
  uid_t owner = 0;
  mode_t mode = 0;
  uid_t own_user = 0;
  bool sandboxed = false;
  std::optional<bool> administrator;  // absent: this system does not know the notion
};

[[nodiscard]] PreflightFacts Inspect(const LogTool& tool);

// One answer for the binary, the sandbox and the account each; absent: fine.
[[nodiscard]] std::optional<Failure> JudgeTool(const PreflightFacts& facts);
[[nodiscard]] std::optional<Failure> JudgeSandbox(const PreflightFacts& facts);
[[nodiscard]] std::optional<Failure> JudgeAccount(const PreflightFacts& facts);
[[nodiscard]] std::optional<Failure> Judge(const PreflightFacts& facts);  // the first that failed

}  // namespace sbtune::live
