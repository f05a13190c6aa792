#include "core/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <vector>

#include <fmt/format.h>

namespace sbtune::base {
namespace {

constexpr std::size_t kBlock = 1u << 16;

class FileDescriptor {  // owns one descriptor
 public:
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  ~FileDescriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  int descriptor_;
};

std::unexpected<Error> SystemError(std::string_view doing, const std::string& path, std::string_view next) {
  return Fail(fmt::format("cannot {} {}: {}; {}", doing, path, std::strerror(errno), next));
}

Result<std::string> ReadAll(int descriptor, const std::string& path, std::size_t max_bytes) {
  std::string bytes;
  std::vector<char> block(kBlock);
  for (;;) {
    const ssize_t got = ::read(descriptor, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("read", path, "check that it is a readable file");
    if (got == 0) return bytes;
    if (bytes.size() + static_cast<std::size_t>(got) > max_bytes) {
      return Fail(fmt::format("{} is larger than {} bytes; is it the right file?", path, max_bytes));
    }
    bytes.append(block.data(), static_cast<std::size_t>(got));
  }
}

Status WriteAll(int descriptor, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return SystemError("write", path, "free some space or choose another place");
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  // Pipes and devices have nothing to bring to a disk.
  if (::fsync(descriptor) != 0 && errno != EINVAL && errno != ENOTSUP) return SystemError("write", path, "check the disk");
  return {};
}

// A device or a pipe: the other end wants the bytes, not a file in its place.
Status WriteInto(const std::string& path, std::string_view bytes) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (file.get() < 0) return SystemError("write", path, "name a file");
  return WriteAll(file.get(), path, bytes);
}

// What links lead to; the name itself where they lead to nothing.
std::string WithoutLinks(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path real = std::filesystem::canonical(path, failed);
  return failed ? path : real.string();
}

}  // namespace

Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes) {
  if (path == "-") return ReadAll(STDIN_FILENO, "standard input", max_bytes);
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return SystemError("open", path, "check the path and its permissions");
  struct stat status {};
  if (::fstat(file.get(), &status) == 0 && S_ISDIR(status.st_mode)) {
    return Fail(fmt::format("{} is a folder; name a file in it", path));
  }
  return ReadAll(file.get(), path, max_bytes);
}

Status WriteFileAtomically(const std::string& name, std::string_view bytes) {
  struct stat status {};
  const bool there = ::stat(name.c_str(), &status) == 0;
  if (there && S_ISDIR(status.st_mode)) return Fail(fmt::format("{} is a folder; name a file in it", name));
  if (there && !S_ISREG(status.st_mode)) return WriteInto(name, bytes);
  const mode_t mode = there ? (status.st_mode & 07777) : 0600;
  const std::string path = WithoutLinks(name);
  std::string temporary = path + ".XXXXXX";
  const FileDescriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) return SystemError("create a file beside", path, "check that the folder is writable");
  Status written = WriteAll(file.get(), path, bytes);
  if (written && ::fchmod(file.get(), mode) != 0) written = SystemError("set the mode of", path, "check its owner");
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0) {
    written = SystemError("replace", path, "check that the folder is writable");
  }
  if (!written) ::unlink(temporary.c_str());
  return written;
}

}  // namespace sbtune::base
