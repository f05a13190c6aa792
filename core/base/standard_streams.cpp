#include "core/base/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

namespace sbtune::base {

void HoldStandardStreams() {
  for (int number = STDIN_FILENO; number <= STDERR_FILENO; ++number) {
    if (::fcntl(number, F_GETFD) >= 0) continue;
    // The lowest free number is this one. Read-only, so that a lost output is told and not swallowed.
    if (::open("/dev/null", O_RDONLY) != number) return;
  }
}

}  // namespace sbtune::base
