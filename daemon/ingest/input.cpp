#include "daemon/ingest/input.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

namespace sbtune::ingest {
namespace {

constexpr std::string_view kGzipMagic = "\x1f\x8b";

std::unexpected<base::Error> CannotRead(const std::string& name, std::string_view doing) {
  return base::Fail(
      fmt::format("cannot {} {}: {}; check the path and its permissions", doing, name, std::strerror(errno)));
}

std::unexpected<base::Error> IsFolder(const std::string& name) {
  if (std::string_view(name).find(".logarchive") == std::string_view::npos) {
    return base::Fail(fmt::format("{} is a folder; name a file in it", name));
  }
  return base::Fail(fmt::format(
      "{} is a log archive; print it on a Mac with `log show --archive {} --style ndjson` and read that",
      name, name));
}

bool IsGzip(int file) {
  std::array<char, 2> first{};
  return ::pread(file, first.data(), first.size(), 0) == 2 && std::string_view(first.data(), 2) == kGzipMagic;
}

bool WaitFor(int file, int milliseconds) {
  pollfd wanted{.fd = file, .events = POLLIN, .revents = 0};
  return ::poll(&wanted, 1, milliseconds) > 0;
}

}  // namespace

base::Result<Input> Input::Open(const std::string& path) {
  const bool standard_input = path == "-";
  Input input;
  input.name_ = standard_input ? "standard input" : path;
  input.kind_ = Kind::kStream;
  input.file_ = base::Descriptor(standard_input ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                                                : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!input.file_) return CannotRead(input.name_, "open");
  struct stat status {};
  if (::fstat(input.file_.get(), &status) != 0) return CannotRead(input.name_, "open");
  if (S_ISDIR(status.st_mode)) return IsFolder(input.name_);
  if (!S_ISREG(status.st_mode)) return input;
  input.kind_ = Kind::kFile;
  input.total_bytes_ = static_cast<std::uint64_t>(status.st_size);
  if (IsGzip(input.file_.get())) {
    return base::Fail(
        fmt::format("{} is packed with gzip; unpack it: gzip -dc {} | sbtune …", input.name_, input.name_));
  }
  return input;
}

Input Input::FromBytes(std::string bytes) {
  Input input;
  input.total_bytes_ = bytes.size();
  input.bytes_ = std::move(bytes);
  return input;
}

Input Input::FromDescriptor(base::Descriptor pipe, std::string name) {
  Input input;
  input.kind_ = Kind::kStream;
  input.file_ = std::move(pipe);
  input.name_ = std::move(name);
  return input;
}

// Up to `count` bytes, at least one; 0 at the end.
base::Result<std::size_t> Input::ReadOnce(char* to, std::size_t count) {
  for (;;) {
    const ssize_t got = ::read(file_.get(), to, count);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      (void)WaitFor(file_.get(), -1);  // somebody made our standard input non-blocking
    } else if (errno != EINTR) {
      return CannotRead(name_, "read");
    }
  }
}

bool Input::HasMore() const { return kind_ == Kind::kFile || WaitFor(file_.get(), 0); }

base::Result<Input::Got> Input::Append(std::string& out, std::size_t count, std::size_t spare) {
  const std::size_t begin = out.size();
  out.reserve(begin + count + spare);
  if (kind_ == Kind::kMemory) {
    out += std::string_view(bytes_).substr(at_, count);
    at_ += out.size() - begin;
    return out.size() == begin + count ? Got::kAll : Got::kEnd;
  }
  base::Result<Got> result = Got::kAll;
  out.resize_and_overwrite(begin + count, [&](char* data, std::size_t) {
    std::size_t have = begin;
    while (have < begin + count) {
      if (have > begin && !HasMore()) {
        result = Got::kSome;
        break;
      }
      const base::Result<std::size_t> got = ReadOnce(data + have, begin + count - have);
      if (!got)
        result = std::unexpected(got.error());
      else if (*got == 0)
        result = Got::kEnd;
      if (!got || *got == 0) break;
      have += *got;
    }
    return have;
  });
  return result;
}

}  // namespace sbtune::ingest
