#include "cli/platform/launchd.h"

namespace sbtune::cli::platform {

#ifdef __APPLE__
bool HasLaunchd() { return true; }
#else
bool HasLaunchd() { return false; }
#endif

}  // namespace sbtune::cli::platform
