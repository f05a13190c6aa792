#include "core/base/folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace sbtune::base {

Status MakePrivateFolders(const std::string& path) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    struct stat status {};
    // Asked first: some file systems refuse mkdir before they say that the folder is there.
    const bool there = ::stat(folder.c_str(), &status) == 0;
    if (!there && ::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
      return Fail(fmt::format("cannot make the folder {}: {}", folder, std::strerror(errno)));
    }
    if (slash == std::string::npos) break;
  }
  return {};
}

Status MakePrivateFoldersFor(const std::string& file) {
  const std::size_t slash = file.find_last_of('/');
  if (slash == std::string::npos || slash == 0) return {};
  return MakePrivateFolders(file.substr(0, slash));
}

Status ClosePrivateFolder(const std::string& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    return Fail(fmt::format("cannot look at the folder {}: {}", path, std::strerror(errno)));
  }
  if (!S_ISDIR(status.st_mode)) return Fail(fmt::format("{} is not a folder; move it away", path));
  if (status.st_uid != ::geteuid()) return Fail(fmt::format("the folder {} belongs to somebody else", path));
  if ((status.st_mode & 0077) != 0 && ::chmod(path.c_str(), 0700) != 0) {
    return Fail(fmt::format("cannot close the folder {} to others: {}", path, std::strerror(errno)));
  }
  return {};
}

}  // namespace sbtune::base
