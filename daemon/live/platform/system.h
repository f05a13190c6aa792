// What only macOS can tell or do, and what stands for it elsewhere. Private to daemon/live.
#pragma once

#include <optional>

namespace sbtune::live::platform {

// False where there is no system log to write to.
bool WriteToSystemLog(const char* message);
// Whether this process runs inside a sandbox.
bool IsSandboxed();
// Whether the user may read the log; absent where the system has no such account type.
std::optional<bool> IsAdministrator();

}  // namespace sbtune::live::platform
