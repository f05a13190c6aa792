// Whole files written: what stands at the name decides how.
#include "core/base/file.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "core/base/descriptor.h"
#include "tests/support/command.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;

TEST_CASE("a file is replaced and keeps its mode, a new one is private") {
  const test::TempFolder folder;
  REQUIRE(base::WriteFileAtomically(folder / "new", "a").has_value());
  struct stat status {};
  REQUIRE(::stat((folder / "new").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
  test::WriteFile(folder / "old", "before");
  REQUIRE(::chmod((folder / "old").c_str(), 0640) == 0);
  REQUIRE(base::WriteFileAtomically(folder / "old", "after").has_value());
  REQUIRE(::stat((folder / "old").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0640);
  CHECK(test::ReadFile(folder / "old") == "after");
}

TEST_CASE("a link stays a link, and what it leads to is replaced") {
  const test::TempFolder folder;
  test::WriteFile(folder / "real", "before");
  std::filesystem::create_symlink(folder / "real", folder / "link");
  REQUIRE(base::WriteFileAtomically(folder / "link", "after").has_value());
  CHECK(std::filesystem::is_symlink(folder / "link"));
  CHECK(test::ReadFile(folder / "real") == "after");
}

TEST_CASE("a pipe gets the bytes and stays a pipe, as a device does") {
  const test::TempFolder folder;
  const std::string path = folder / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  const base::Descriptor reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  REQUIRE(bool(reader));
  const base::Status written = base::WriteFileAtomically(path, "through");
  CAPTURE(written.has_value() ? "" : written.error().message);
  CHECK(written.has_value());
  std::string bytes;
  CHECK(base::ReadAvailable(reader.get(), bytes, 100) == base::ReadOutcome::kBytes);
  CHECK(bytes == "through");
  CHECK(std::filesystem::is_fifo(path));
}

TEST_CASE("a folder is told from a file") {
  const test::TempFolder folder;
  const base::Status written = base::WriteFileAtomically(folder.path(), "x");
  REQUIRE(!written.has_value());
  CHECK(written.error().message == folder.path() + " is a folder; name a file in it");
}
