#include "core/base/log.h"

#include <sys/stat.h>

#include <filesystem>

#include <doctest/doctest.h>

#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;

namespace {

std::string WithoutTime(const std::string& line) { return line.substr(line.find(' ') + 1); }

mode_t Mode(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

}  // namespace

TEST_CASE("a log line has time, level and an escaped message, and less important lines are left out") {
  const test::TempFolder folder;
  const std::string path = folder / "sbtuned.log";
  {
    const auto log = base::OpenFileLog({.path = path});
    REQUIRE(log.has_value());
    (*log)->Debug("not written");
    (*log)->Warning("bad\x1b[31m {name}\nline");
  }
  const std::string text = test::ReadFile(path);
  CHECK(WithoutTime(text) == "warning bad\\e[31m {name}\\nline\n");
  CHECK(text.find("Z ") == 23);
  CHECK(Mode(path) == 0600);
}

TEST_CASE("the log is rotated by size and every file of it is private") {
  const test::TempFolder folder;
  const auto log = base::OpenFileLog({.path = folder / "sbtuned.log", .rotate_bytes = 1000, .rotated_files = 2});
  REQUIRE(log.has_value());
  for (int i = 0; i < 100; ++i) (*log)->Info(std::string(100, 'x'));
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    CAPTURE(entry.path().string());
    CHECK(Mode(entry.path().string()) == 0600);
    CHECK(entry.file_size() <= 1000);
    ++files;
  }
  CHECK(files == 3);
}

TEST_CASE("a log that cannot be written says where and what to do") {
  const auto log = base::OpenFileLog({.path = "/nonexistent/folder/sbtuned.log"});
  REQUIRE_FALSE(log.has_value());
  CHECK(log.error().message ==
        "cannot write the log file /nonexistent/folder/sbtuned.log: No such file or directory; check the folder or "
        "choose another with log.file in the configuration");
}

TEST_CASE("a log file that is a link is refused") {
  const test::TempFolder folder;
  std::filesystem::create_symlink("/dev/null", folder / "sbtuned.log");
  CHECK_FALSE(base::OpenFileLog({.path = folder / "sbtuned.log"}).has_value());
}
