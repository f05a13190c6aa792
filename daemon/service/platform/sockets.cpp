// The macOS half was written from documentation and has not run on a Mac yet.
#include "daemon/service/platform/sockets.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef __APPLE__
#include <launch.h>

#include <cstdlib>
#endif

namespace sbtune::service::platform {

#ifdef __APPLE__

std::optional<uid_t> PeerUser(int socket) {
  uid_t user = 0;
  gid_t group = 0;
  if (::getpeereid(socket, &user, &group) != 0) return std::nullopt;
  return user;
}

// ENOENT: no such socket in the plist; ESRCH: not started by launchd; EALREADY: taken before. In each case we bind.
std::vector<int> LaunchdSockets(const char* name) {
  int* descriptors = nullptr;
  size_t count = 0;
  if (::launch_activate_socket(name, &descriptors, &count) != 0) return {};
  const std::vector<int> sockets(descriptors, descriptors + count);
  std::free(descriptors);
  return sockets;
}

int Accept(int listener) {
  const int socket = ::accept(listener, nullptr, nullptr);
  if (socket >= 0) ::fcntl(socket, F_SETFD, FD_CLOEXEC);
  return socket;
}

#else

std::optional<uid_t> PeerUser(int socket) {
  struct ucred peer {};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  return peer.uid;
}

std::vector<int> LaunchdSockets(const char*) { return {}; }

int Accept(int listener) { return ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC); }

#endif

}  // namespace sbtune::service::platform
