// The macOS half was written from documentation and has not run on a Mac yet.
#include "daemon/live/platform/system.h"

#ifdef __APPLE__
#include <grp.h>
#include <os/log.h>
#include <pwd.h>
#include <unistd.h>

#include <vector>

// Exported by libsystem_sandbox, declared in no public header; 0 asks whether any sandbox applies at all.
extern "C" int sandbox_check(pid_t pid, const char* operation, int filter_type, ...);
#endif

namespace sbtune::live::platform {

#ifdef __APPLE__

bool WriteToSystemLog(const char* message) {
  static const os_log_t log = ::os_log_create("io.sbtune.sbtuned", "heartbeat");
  os_log_with_type(log, OS_LOG_TYPE_DEFAULT, "%{public}s", message);
  return true;
}

bool IsSandboxed() { return ::sandbox_check(::getpid(), nullptr, 0) != 0; }

std::optional<bool> IsAdministrator() {
  if (::geteuid() == 0) return true;
  const struct passwd* user = ::getpwuid(::geteuid());
  const struct group* admin = ::getgrnam("admin");
  if (user == nullptr || admin == nullptr) return std::nullopt;
  std::vector<int> groups(256);
  int count = static_cast<int>(groups.size());
  if (::getgrouplist(user->pw_name, static_cast<int>(user->pw_gid), groups.data(), &count) < 0) return std::nullopt;
  for (int i = 0; i < count; ++i) {
    if (static_cast<gid_t>(groups[static_cast<std::size_t>(i)]) == admin->gr_gid) return true;
  }
  return false;
}

#else

bool WriteToSystemLog(const char*) { return false; }
bool IsSandboxed() { return false; }
std::optional<bool> IsAdministrator() { return std::nullopt; }

#endif

}  // namespace sbtune::live::platform
