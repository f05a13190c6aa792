#include "daemon/protocol/connection.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "core/base/clock.h"

namespace sbtune::protocol {
namespace {

constexpr std::size_t kReadBytes = 64u << 10;

}  // namespace

base::Result<Connection> Connection::Open(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return base::Fail(fmt::format("the path of the socket {} is too long; set a shorter socket.path", path));
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && status.st_uid != ::geteuid()) {
    return base::Fail(fmt::format("the socket {} belongs to another user; remove it or set socket.path, then start sbtuned again", path));
  }
  base::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return base::Fail(fmt::format("sbtuned does not answer at {}: {}; start it with `sbtune daemon start`, or "
                                  "`sbtuned --foreground`",
                                  path, std::strerror(errno)));
  }
  ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
  if (base::Status set = base::SetNonBlocking(socket.get()); !set) return std::unexpected(set.error());
  return Connection(std::move(socket));
}

base::Result<Reply> Connection::Ask(const Request& request, std::int64_t limit_ns) {
  const std::string bytes = Write(request);
  if (base::WriteAvailable(socket_.get(), bytes) != bytes.size()) {
    return base::Fail("sbtuned closed the connection; see its log, or `sbtune doctor`");
  }
  const base::SystemClock clock;
  const std::int64_t deadline_ns = clock.MonotonicNs() + limit_ns;
  for (std::size_t looked_at = 0;;) {
    for (; looked_at < lines_.size(); ++looked_at) {
      base::Result<ServerMessage> message = ParseServerMessage(lines_[looked_at]);
      if (!message) return std::unexpected(message.error());
      Reply* reply = std::get_if<Reply>(&*message);
      const RequestError* error = std::get_if<RequestError>(&*message);
      if (reply == nullptr && error == nullptr) continue;
      lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(looked_at));
      if (error != nullptr) return base::Fail("sbtuned: " + error->message);
      return std::move(*reply);
    }
    const std::int64_t left_ns = deadline_ns - clock.MonotonicNs();
    if (left_ns <= 0) return base::Fail("sbtuned did not answer in time; see its log, or `sbtune doctor`");
    pollfd wait = {socket_.get(), POLLIN, 0};
    ::poll(&wait, 1, static_cast<int>(left_ns / base::kMillisecondNs) + 1);
    if (!ReadAvailable() && looked_at == lines_.size()) {
      return base::Fail("sbtuned closed the connection; see its log, or `sbtune doctor`");
    }
  }
}

bool Connection::ReadAvailable() {
  std::string bytes;
  const base::ReadOutcome outcome = base::ReadAvailable(socket_.get(), bytes, kReadBytes);
  std::size_t begin = 0;
  for (std::size_t newline = bytes.find('\n'); newline != std::string::npos; newline = bytes.find('\n', begin)) {
    lines_.push_back(std::exchange(partial_, std::string()) + bytes.substr(begin, newline - begin));
    begin = newline + 1;
  }
  partial_ += bytes.substr(begin);
  return outcome != base::ReadOutcome::kEnd;
}

std::optional<std::string> Connection::Next() {
  if (lines_.empty()) return std::nullopt;
  std::string line = std::move(lines_.front());
  lines_.pop_front();
  return line;
}

}  // namespace sbtune::protocol
