// What systems do differently about UNIX sockets. Private to daemon/service.
#pragma once

#include <sys/types.h>

#include <optional>
#include <vector>

namespace sbtune::service::platform {

// The effective user at the other end; absent when the system cannot tell.
std::optional<uid_t> PeerUser(int socket);

// Sockets that launchd opened for us under that name in the job's plist; empty when we were not started that way.
std::vector<int> LaunchdSockets(const char* name);

// accept(2), not inherited by children.
int Accept(int listener);

}  // namespace sbtune::service::platform
