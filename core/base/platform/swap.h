// Exchanging two names in one step of the file system.
#pragma once

namespace sbtune::base::platform {

// 0, or -1 with errno; ENOTSUP where the system or the file system cannot.
int SwapNames(int folder, const char* one, const char* other);

}  // namespace sbtune::base::platform
