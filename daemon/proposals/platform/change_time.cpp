#include "daemon/proposals/platform/change_time.h"

namespace sbtune::proposals::platform {

std::int64_t ChangedNs(const struct stat& status) {
#ifdef __APPLE__
  const timespec& time = status.st_ctimespec;
#else
  const timespec& time = status.st_ctim;
#endif
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

}  // namespace sbtune::proposals::platform
