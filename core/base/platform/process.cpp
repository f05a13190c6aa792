#include "core/base/platform/process.h"

#include <fcntl.h>
#include <unistd.h>

#include <climits>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

namespace sbtune::base::platform {

#ifdef __APPLE__

int OpenPipe(int ends[2]) {
  if (::pipe(ends) != 0) return -1;
  ::fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  ::fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  return 0;
}

short ExtraSpawnFlags() { return POSIX_SPAWN_CLOEXEC_DEFAULT; }

std::string ProgramPath() {
  char path[PATH_MAX];
  uint32_t size = sizeof path;
  if (::_NSGetExecutablePath(path, &size) != 0) return "";
  char real[PATH_MAX];
  return ::realpath(path, real) != nullptr ? real : path;
}

#else

int OpenPipe(int ends[2]) { return ::pipe2(ends, O_CLOEXEC); }

short ExtraSpawnFlags() { return 0; }

std::string ProgramPath() {
  char path[PATH_MAX];
  const ssize_t length = ::readlink("/proc/self/exe", path, sizeof path);
  return length > 0 ? std::string(path, static_cast<std::size_t>(length)) : "";
}

#endif

int AddWorkingDirectory(posix_spawn_file_actions_t* actions, const char* folder) {
  return ::posix_spawn_file_actions_addchdir_np(actions, folder);
}

}  // namespace sbtune::base::platform
