#include "core/base/platform/swap.h"

#include <cerrno>
#include <cstdio>

#ifdef __APPLE__
#include <sys/stdio.h>
#else
#include <fcntl.h>
#endif

namespace sbtune::base::platform {

int SwapNames(int folder, const char* one, const char* other) {
#ifdef __APPLE__
  // APFS and HFS+ can, by renameatx_np(2); not checked on a Mac.
  const int done = ::renameatx_np(folder, one, folder, other, RENAME_SWAP);
#else
  const int done = ::renameat2(folder, one, folder, other, RENAME_EXCHANGE);
#endif
  if (done != 0 && (errno == EINVAL || errno == ENOSYS)) errno = ENOTSUP;
  return done;
}

}  // namespace sbtune::base::platform
