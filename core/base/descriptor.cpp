#include "core/base/descriptor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "core/base/platform/process.h"

namespace sbtune::base {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    Close();
    number_ = other.Release();
  }
  return *this;
}

void Descriptor::Close() {
  if (number_ >= 0) ::close(Release());
}

Result<Pipe> MakePipe() {
  int ends[2] = {-1, -1};
  if (platform::OpenPipe(ends) != 0) {
    return Fail(fmt::format("cannot make a pipe: {}; close some programs and try again", std::strerror(errno)));
  }
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

Status SetNonBlocking(int descriptor) {
  const int flags = ::fcntl(descriptor, F_GETFL);
  if (flags < 0 || ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0) {
    return Fail(fmt::format("cannot set a descriptor not to block: {}", std::strerror(errno)));
  }
  return {};
}

ReadOutcome ReadAvailable(int descriptor, std::string& bytes, std::size_t max_bytes) {
  const std::size_t before = bytes.size();
  bytes.resize(before + max_bytes);
  ssize_t got = 0;
  do {
    got = ::read(descriptor, bytes.data() + before, max_bytes);
  } while (got < 0 && errno == EINTR);
  bytes.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
  if (got > 0) return ReadOutcome::kBytes;
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? ReadOutcome::kNothingYet : ReadOutcome::kEnd;
}

std::optional<std::size_t> WriteAvailable(int descriptor, std::string_view bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t put = ::write(descriptor, bytes.data() + done, bytes.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (put < 0) return std::nullopt;
    done += static_cast<std::size_t>(put);
  }
  return done;
}

}  // namespace sbtune::base
