#include "daemon/service/listener.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "core/base/folder.h"
#include "daemon/service/platform/sockets.h"

namespace sbtune::service {
namespace {

constexpr const char* kLaunchdName = "Control";  // in packaging/launchd's plist
constexpr int kBacklog = 64;
constexpr rlim_t kOwnFiles = 64;  // database, log, pipes of children, profiles being read

base::Status Prepare(const std::string& path) {
  if (base::Status made = base::MakePrivateFoldersFor(path); !made) return made;
  if (base::Status closed = base::ClosePrivateFolder(path.substr(0, path.find_last_of('/'))); !closed) return closed;
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode)) return base::Fail(fmt::format("{} is in the way and is not a socket; move it away", path));
  ::unlink(path.c_str());
  return {};
}

base::Result<base::Descriptor> Bind(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return base::Fail(fmt::format("the path of the socket {} is too long", path));
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  base::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  const auto fail = [&](const char* what) {
    return base::Fail(fmt::format("cannot {} the socket {}: {}; choose another place with socket.path", what, path,
                                  std::strerror(errno)));
  };
  if (!socket) return fail("make");
  ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
  // Between bind and chmod the 0700 folder keeps others out.
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return fail("bind");
  if (::chmod(path.c_str(), 0600) != 0) return fail("close to others");
  if (::listen(socket.get(), kBacklog) != 0) return fail("listen on");
  return socket;
}

}  // namespace

base::Result<Listener> Listener::Open(const std::string& path) {
  Listener listener;
  for (const int descriptor : platform::LaunchdSockets(kLaunchdName)) listener.descriptors_.emplace_back(descriptor);
  if (listener.descriptors_.empty()) {
    if (base::Status ready = Prepare(path); !ready) return std::unexpected(ready.error());
    base::Result<base::Descriptor> bound = Bind(path);
    if (!bound) return std::unexpected(bound.error());
    listener.descriptors_.push_back(std::move(*bound));
    listener.bound_path_ = path;
  }
  for (const base::Descriptor& descriptor : listener.descriptors_) {
    if (base::Status set = base::SetNonBlocking(descriptor.get()); !set) return std::unexpected(set.error());
  }
  return listener;
}

Listener::~Listener() {
  if (!bound_path_.empty() && !descriptors_.empty()) ::unlink(bound_path_.c_str());
}

std::expected<base::Descriptor, Listener::NoPeer> Listener::Accept(int descriptor) const {
  base::Descriptor socket(platform::Accept(descriptor));
  if (!socket) {
    const bool no_room = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    return std::unexpected(no_room ? NoPeer::kNoRoom : NoPeer::kNobody);
  }
  if (!base::SetNonBlocking(socket.get())) return std::unexpected(NoPeer::kStranger);
  if (platform::PeerUser(socket.get()) != ::geteuid()) return std::unexpected(NoPeer::kStranger);
  return socket;
}

std::size_t RoomForClients(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  if (limit.rlim_cur < wanted + kOwnFiles) {
    rlimit more = limit;
    more.rlim_cur = std::min<rlim_t>(wanted + kOwnFiles, limit.rlim_max);
    if (::setrlimit(RLIMIT_NOFILE, &more) == 0) limit = more;
  }
  const rlim_t room = limit.rlim_cur > 2 * kOwnFiles ? limit.rlim_cur - kOwnFiles : limit.rlim_cur / 2;
  return static_cast<std::size_t>(std::min<rlim_t>(wanted, room));
}

base::Result<InstanceLock> InstanceLock::Take(const std::string& path) {
  base::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return base::Fail(fmt::format("cannot open {}: {}; check its folder", path, std::strerror(errno)));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    return base::Fail(fmt::format("another sbtuned is running ({} is locked); end it first, or ask it with `sbtune status`",
                                  path));
  }
  return InstanceLock(std::move(file));
}

}  // namespace sbtune::service
