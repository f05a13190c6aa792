// Files replaced while others change, link, lock and kill.
#include "core/base/replace_file.h"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <grp.h>
#include <unistd.h>

#include <filesystem>

#include "core/base/sha256.h"
#include "tests/support/command.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;
using base::ReplaceStep;

namespace {

std::string Backup(const std::string& path, const std::string& old, const std::string& now) {
  return path + "." + base::Sha256Hex(old).substr(0, 16) + "-" + base::Sha256Hex(now).substr(0, 16) + ".sbtune-backup";
}

std::size_t Entries(const std::string& folder) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

struct File {
  File() : path(std::filesystem::canonical(folder.path()).string() + "/a.sb") { test::WriteFile(path, "old\n"); }
  base::Result<base::Replaced> Replace(const base::ReplaceHook& hook = {}) const {
    return base::ReplaceFile(path, base::Sha256Hex("old\n"), "new\n", hook);
  }
  [[nodiscard]] std::string Now() const { return test::ReadFile(path); }
  test::TempFolder folder;
  std::string path;
};

}  // namespace

TEST_CASE("a file is replaced, its old bytes stay beside it, and undo brings them back once") {
  const File file;
  ::chmod(file.path.c_str(), 0640);
  const auto done = file.Replace();
  REQUIRE(done);
  CHECK(*done == base::Replaced{file.path, Backup(file.path, "old\n", "new\n")});
  CHECK(file.Now() == "new\n");
  CHECK(test::ReadFile(done->backup) == "old\n");
  struct stat status {};
  REQUIRE(::stat(file.path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0640);
  CHECK(Entries(file.folder.path()) == 2);
  CHECK(base::UndoReplace(file.path) == *done);
  CHECK(file.Now() == "old\n");
  CHECK(Entries(file.folder.path()) == 1);
  const auto again = base::UndoReplace(file.path);
  REQUIRE(!again);
  CHECK(again.error().message ==
        file.path +
            " is not what apply wrote (it was changed since, or nothing is left to undo); nothing was changed: older "
            "bytes may be in the backups beside it, NAME*.sbtune-backup");
}

TEST_CASE("where the group cannot be kept, another group gets no more than all have") {
  if (::geteuid() != 0) return;  // only root can make such a file
  const File file;
  constexpr uid_t kNobody = 65534;
  REQUIRE(::chown(file.folder.path().c_str(), kNobody, kNobody) == 0);
  REQUIRE(::chown(file.path.c_str(), kNobody, 12345) == 0);
  REQUIRE(::chmod(file.path.c_str(), 0664) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const bool other = ::setgroups(0, nullptr) == 0 && ::setgid(kNobody) == 0 && ::setuid(kNobody) == 0;
    ::_exit(other && file.Replace() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(status == 0);
  struct stat now {};
  REQUIRE(::stat(file.path.c_str(), &now) == 0);
  CHECK(now.st_gid == kNobody);
  CHECK((now.st_mode & 07777) == 0644);
}

TEST_CASE("two changes are undone one after the other") {
  const File file;
  REQUIRE(file.Replace());
  REQUIRE(base::ReplaceFile(file.path, base::Sha256Hex("new\n"), "newer\n"));
  CHECK(base::UndoReplace(file.path));
  CHECK(file.Now() == "new\n");
  CHECK(base::UndoReplace(file.path));
  CHECK(file.Now() == "old\n");
}

TEST_CASE("undo refuses a file that changed since, and a backup that was changed") {
  const File file;
  const auto done = file.Replace();
  REQUIRE(done);
  test::WriteFile(done->backup, "evil\n");
  const auto damaged = base::UndoReplace(file.path);
  REQUIRE(!damaged);
  CHECK(damaged.error().message == file.path + ": its backup was changed and is not put back; compare the two by hand");
  test::WriteFile(done->backup, "old\n");
  test::WriteFile(file.path, "mine\n");
  CHECK(!base::UndoReplace(file.path));
  CHECK(file.Now() == "mine\n");
}

TEST_CASE("a file that changes at any moment before it is replaced keeps what its writer wrote") {
  for (const ReplaceStep when : {ReplaceStep::kRead, ReplaceStep::kBackedUp, ReplaceStep::kWritten}) {
    for (const bool renamed : {false, true}) {
      CAPTURE(static_cast<int>(when));
      CAPTURE(renamed);
      const File file;
      const auto done = file.Replace([&](ReplaceStep step) {
        if (step != when) return;
        test::WriteFile(renamed ? file.path + "~" : file.path, "theirs\n");
        if (renamed) std::filesystem::rename(file.path + "~", file.path);
      });
      REQUIRE(!done);
      CHECK(done.error().message ==
            file.path + " changed in between, so nothing was written; make the proposal again with `sbtune suggest --save`");
      CHECK(file.Now() == "theirs\n");
      CHECK(Entries(file.folder.path()) == 1);
    }
  }
}

TEST_CASE("of two who write the same at once one succeeds, and its backup stays for undo") {
  for (const ReplaceStep when : {ReplaceStep::kRead, ReplaceStep::kBackedUp, ReplaceStep::kWritten}) {
    CAPTURE(static_cast<int>(when));
    const File file;
    const auto late = file.Replace([&](ReplaceStep step) {
      if (step == when) CHECK(file.Replace());
    });
    REQUIRE(!late);
    CHECK(late.error().message == file.path + " already is as proposed: it was written at the same moment by another apply");
    CHECK(file.Now() == "new\n");
    CHECK(Entries(file.folder.path()) == 2);
    CHECK(base::UndoReplace(file.path));
    CHECK(file.Now() == "old\n");
    CHECK(Entries(file.folder.path()) == 1);
  }
}

TEST_CASE("a kill at any step leaves the old bytes or the new ones, and the work can be done or undone") {
  for (const ReplaceStep when : {ReplaceStep::kRead, ReplaceStep::kBackedUp, ReplaceStep::kWritten, ReplaceStep::kReplaced}) {
    CAPTURE(static_cast<int>(when));
    const File file;
    const pid_t child = ::fork();
    if (child == 0) {
      (void)file.Replace([&](ReplaceStep step) {
        if (step == when) ::_exit(9);
      });
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WEXITSTATUS(status) == 9);
    if (when == ReplaceStep::kReplaced) {
      CHECK(file.Now() == "new\n");
    } else {
      CHECK(file.Now() == "old\n");
      CHECK(file.Replace());
      CHECK(file.Now() == "new\n");
    }
    CHECK(base::UndoReplace(file.path));
    CHECK(file.Now() == "old\n");
  }
}

TEST_CASE("a symbolic link stays and leads to the new bytes; the backup lies beside the file itself") {
  const File file;
  const std::string link = file.path + ".link";
  std::filesystem::create_symlink("a.sb", link);
  const auto done = base::ReplaceFile(link, base::Sha256Hex("old\n"), "new\n");
  REQUIRE(done);
  CHECK(done->file == file.path);
  CHECK(std::filesystem::is_symlink(link));
  CHECK(test::ReadFile(link) == "new\n");
}

TEST_CASE("what cannot be replaced is refused with the reason and stays as it is") {
  const File file;
  std::filesystem::create_hard_link(file.path, file.path + ".2");
  CHECK(file.Replace().error().message ==
        file.path + " has 2 names (hard links), and replacing it would part them; copy it to a file of its own");
  CHECK(base::CheckReplaceable(file.path).error() == file.Replace().error());
  std::filesystem::remove(file.path + ".2");
  CHECK(base::CheckReplaceable(file.path));
  CHECK(!base::CheckReplaceable(file.folder.path()));
  CHECK(base::ReplaceFile(file.path, base::Sha256Hex("other"), "new\n").error().message ==
        file.path + " changed in between, so nothing was written; make the proposal again with `sbtune suggest --save`");
  CHECK(base::ReplaceFile(file.folder.path(), "", "x").error().message ==
        std::filesystem::canonical(file.folder.path()).string() + " is no regular file; name the profile's own file");
  CHECK(base::ReplaceFile(file.path + "/none", "", "x").error().message.starts_with("cannot find "));
  CHECK(file.Now() == "old\n");
  CHECK(Entries(file.folder.path()) == 1);
}
