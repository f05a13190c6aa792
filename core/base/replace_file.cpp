#include "core/base/replace_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <random>
#include <tuple>

#include <fmt/format.h>

#include "core/base/descriptor.h"
#include "core/base/file.h"
#include "core/base/platform/swap.h"
#include "core/base/sha256.h"

namespace sbtune::base {
namespace {

constexpr std::size_t kDigits = 16;  // of a digest, in the name of a backup
constexpr std::string_view kBackup = ".sbtune-backup";

std::unexpected<Error> SystemError(std::string_view doing, const std::string& path, std::string_view next) {
  return Fail(fmt::format("cannot {} {}: {}; {}", doing, path, std::strerror(errno), next));
}

struct Content {
  struct stat status {};
  std::string bytes;
  [[nodiscard]] std::string Digest() const { return Sha256Hex(bytes); }
};

// A file by its folder, which is held open: nobody can lead us elsewhere by exchanging folders on the way.
class Place {
 public:
  static Result<Place> Find(const std::string& path) {
    char* const real = ::realpath(path.c_str(), nullptr);
    if (real == nullptr) return SystemError("find", path, "check the path");
    Place place;
    const std::string full = real;
    std::free(real);
    const std::size_t slash = full.rfind('/');
    place.folder_path_ = full.substr(0, slash + 1);
    place.name_ = full.substr(slash + 1);
    place.folder_ = Descriptor(::open(place.folder_path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!place.folder_) return SystemError("open the folder", place.folder_path_, "check its permissions");
    return place;
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string Full(const std::string& name) const { return folder_path_ + name; }
  [[nodiscard]] int folder() const { return folder_.get(); }

  [[nodiscard]] Result<Content> Read(const std::string& name) const {
    const Descriptor file(::openat(folder_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    Content content;
    if (!file) return SystemError("open", Full(name), "check its permissions");
    if (::fstat(file.get(), &content.status) != 0 || !S_ISREG(content.status.st_mode)) {
      return Fail(Full(name) + " is no regular file; name the profile's own file");
    }
    for (char block[1 << 16];;) {
      const ssize_t got = ::read(file.get(), block, sizeof block);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return SystemError("read", Full(name), "check the disk");
      if (got == 0) return content;
      content.bytes.append(block, static_cast<std::size_t>(got));
      if (content.bytes.size() > kMaxTextFile) return Fail(Full(name) + " is too large for a profile; is it the right file?");
    }
  }

  // A new file with the mode and, where we may, the owner of `like`, safe on the disk. Its name.
  [[nodiscard]] Result<std::string> Write(std::string_view bytes, const struct stat& like) const {
    const std::string name = fmt::format(".sbtune-{:08x}", std::random_device{}());
    const Descriptor file(
        ::openat(folder_.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return SystemError("create a file beside", Full(name_), "nothing was changed; make the folder writable");
    if (Fill(file.get(), bytes, like)) return name;
    auto error = SystemError("write a file beside", Full(name_), "nothing was changed; free some space");
    Remove(name);
    return error;
  }

  [[nodiscard]] bool Rename(const std::string& from, const std::string& to) const {
    return ::renameat(folder_.get(), from.c_str(), folder_.get(), to.c_str()) == 0;
  }
  void Remove(const std::string& name) const { ::unlinkat(folder_.get(), name.c_str(), 0); }
  void Sync() const { ::fsync(folder_.get()); }

 private:
  static bool Fill(int file, std::string_view bytes, const struct stat& like) {
    while (!bytes.empty()) {
      const ssize_t put = ::write(file, bytes.data(), bytes.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    struct stat made {};
    if (::fstat(file, &made) != 0) return false;
    const bool ours = made.st_uid == like.st_uid && made.st_gid == like.st_gid;
    if (ours || ::fchown(file, like.st_uid, like.st_gid) == 0) return ::fchmod(file, like.st_mode & 07777) == 0 && ::fsync(file) == 0;
    // Another's file becomes ours where we may not give it away; then without its set-id bits, and another group may
    // do no more than all may.
    const bool same_group = made.st_gid == like.st_gid || ::fchown(file, static_cast<uid_t>(-1), like.st_gid) == 0;
    const mode_t group = same_group ? 070 : (like.st_mode & 07) << 3;
    return ::fchmod(file, like.st_mode & (0707 | group)) == 0 && ::fsync(file) == 0;
  }

  Descriptor folder_;
  std::string folder_path_;  // ends in a slash
  std::string name_;
};

std::string BackupName(const std::string& name, const std::string& old_digest, const std::string& new_digest) {
  return name + "." + old_digest.substr(0, kDigits) + "-" + new_digest.substr(0, kDigits) + std::string(kBackup);
}

std::unexpected<Error> Changed(const Place& place) {
  return Fail(place.Full(place.name()) + " changed in between, so nothing was written; make the proposal again with "
              "`sbtune suggest --save`");
}

// Leaves the backup where somebody wrote the same bytes meanwhile: then it is theirs.
Error GiveUp(const Place& place, const std::string& backup, std::string_view bytes, Error why) {
  const auto now = place.Read(place.name());
  if (now && now->bytes == bytes) {
    return {place.Full(place.name()) + " already is as proposed: it was written at the same moment by another apply"};
  }
  place.Remove(backup);
  return why;
}

Status OneName(const Place& place, const Content& old) {
  if (old.status.st_nlink <= 1) return {};
  return Fail(fmt::format("{} has {} names (hard links), and replacing it would part them; copy it to a file of its own",
                          place.Full(place.name()), old.status.st_nlink));
}

Status MakeBackup(const Place& place, const Content& old, const std::string& name) {
  if (const auto there = place.Read(name); there && there->bytes == old.bytes) return {};
  const auto made = place.Write(old.bytes, old.status);
  if (!made) return std::unexpected(made.error());
  if (place.Rename(*made, name)) return {};
  auto error = SystemError("name the backup", place.Full(name), "nothing was changed");
  place.Remove(*made);
  return error;
}

// Puts `made` in the place of the file, if that still has these bytes when it is taken away. `made` is gone afterwards,
// unless it holds bytes that are nowhere else.
Status Exchange(const Place& place, const std::string& made, const std::string& digest) {
  if (platform::SwapNames(place.folder(), made.c_str(), place.name().c_str()) == 0) {
    const auto taken = place.Read(made);
    const bool as_reviewed = taken && taken->Digest() == digest;
    if (!as_reviewed && platform::SwapNames(place.folder(), made.c_str(), place.name().c_str()) != 0) {
      return SystemError("put back", place.Full(place.name()), "its former bytes are in " + place.Full(made));
    }
    place.Remove(made);
    return as_reviewed ? Status{} : Changed(place);
  }
  // Where names cannot be exchanged, a moment stays between looking and replacing.
  const bool can_rename = errno == ENOTSUP;
  const auto now = can_rename ? place.Read(place.name()) : Result<Content>(std::unexpect);
  if (now && now->Digest() == digest && place.Rename(made, place.name())) return {};
  auto error = SystemError("replace", place.Full(place.name()), "nothing was changed");
  place.Remove(made);
  return now && now->Digest() != digest ? Status(Changed(place)) : Status(error);
}

Status Put(const Place& place, const Content& old, std::string_view bytes, const ReplaceHook& hook) {
  const auto made = place.Write(bytes, old.status);
  if (!made) return std::unexpected(made.error());
  if (hook) hook(ReplaceStep::kWritten);
  if (auto done = Exchange(place, *made, old.Digest()); !done) return done;
  place.Sync();
  if (hook) hook(ReplaceStep::kReplaced);
  return {};
}

struct Backup {
  std::string name;
  Content content;
};

struct Backups {
  std::optional<Backup> newest;
  bool damaged = false;  // one has our name and other bytes
};

bool IsNewer(const struct stat& a, const struct stat& b) {
#ifdef __APPLE__
  return std::tie(a.st_mtimespec.tv_sec, a.st_mtimespec.tv_nsec) > std::tie(b.st_mtimespec.tv_sec, b.st_mtimespec.tv_nsec);
#else
  return std::tie(a.st_mtim.tv_sec, a.st_mtim.tv_nsec) > std::tie(b.st_mtim.tv_sec, b.st_mtim.tv_nsec);
#endif
}

Backups FindBackups(const Place& place, const std::string& digest) {
  Backups found;
  const std::string begin = place.name() + ".";
  const std::string end = "-" + digest.substr(0, kDigits) + std::string(kBackup);
  DIR* const folder = ::fdopendir(::openat(place.folder(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder == nullptr) return found;
  while (const dirent* entry = ::readdir(folder)) {
    const std::string name = entry->d_name;
    const bool ours = name.size() == begin.size() + kDigits + end.size() && name.starts_with(begin) && name.ends_with(end);
    if (!ours) continue;
    auto content = place.Read(name);
    if (!content || content->Digest().substr(0, kDigits) != name.substr(begin.size(), kDigits)) {
      found.damaged = true;
    } else if (!found.newest || IsNewer(content->status, found.newest->content.status)) {
      found.newest = Backup{name, std::move(*content)};
    }
  }
  ::closedir(folder);
  return found;
}

}  // namespace

Result<Replaced> ReplaceFile(const std::string& path, std::string_view sha256, std::string_view bytes,
                             const ReplaceHook& hook) {
  const auto place = Place::Find(path);
  if (!place) return std::unexpected(place.error());
  const auto old = place->Read(place->name());
  if (!old) return std::unexpected(old.error());
  if (auto good = OneName(*place, *old); !good) return std::unexpected(good.error());
  const std::string digest = old->Digest();
  if (digest != sha256) return Changed(*place);
  if (hook) hook(ReplaceStep::kRead);
  const std::string backup = BackupName(place->name(), digest, Sha256Hex(bytes));
  if (auto made = MakeBackup(*place, *old, backup); !made) return std::unexpected(made.error());
  place->Sync();
  if (hook) hook(ReplaceStep::kBackedUp);
  if (auto done = Put(*place, *old, bytes, hook); !done) {
    return std::unexpected(GiveUp(*place, backup, bytes, std::move(done.error())));
  }
  return Replaced{place->Full(place->name()), place->Full(backup)};
}

Status CheckReplaceable(const std::string& path) {
  const auto place = Place::Find(path);
  if (!place) return std::unexpected(place.error());
  const auto old = place->Read(place->name());
  if (!old) return std::unexpected(old.error());
  if (auto good = OneName(*place, *old); !good) return good;
  if (::faccessat(place->folder(), ".", W_OK | X_OK, AT_EACCESS) == 0) return {};
  return SystemError("create a file beside", place->Full(place->name()), "nothing was changed; make the folder writable");
}

Result<Replaced> UndoReplace(const std::string& path, const ReplaceHook& hook) {
  const auto place = Place::Find(path);
  if (!place) return std::unexpected(place.error());
  const auto old = place->Read(place->name());
  if (!old) return std::unexpected(old.error());
  if (hook) hook(ReplaceStep::kRead);
  const Backups backups = FindBackups(*place, old->Digest());
  if (!backups.newest) {
    return Fail(place->Full(place->name()) +
                (backups.damaged ? ": its backup was changed and is not put back; compare the two by hand"
                                 : " is not what apply wrote (it was changed since, or nothing is left to undo); "
                                   "nothing was changed: older bytes may be in the backups beside it, NAME*.sbtune-backup"));
  }
  if (auto done = Put(*place, *old, backups.newest->content.bytes, hook); !done) return std::unexpected(done.error());
  place->Remove(backups.newest->name);
  return Replaced{place->Full(place->name()), place->Full(backups.newest->name)};
}

}  // namespace sbtune::base
