// When a file last changed, in any way.
#pragma once

#include <sys/stat.h>

#include <cstdint>

namespace sbtune::proposals::platform {

[[nodiscard]] std::int64_t ChangedNs(const struct stat& status);  // since 1970 UTC

}  // namespace sbtune::proposals::platform
