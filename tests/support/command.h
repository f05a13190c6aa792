// Running other programs from tests, without a shell.
//
//   const test::TempFolder folder;
//   test::WriteFile(folder / "a.sb", "(version 1)\n");
//   const test::CommandResult done = test::RunCommand({"patch", "-p0"}, {.folder = folder.path(), .input = diff});
//   CHECK(done.exit_code == 0);
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sbtune::test {

// Writes a file; folders on the way are made. Fails the test when it cannot.
void WriteFile(const std::string& path, std::string_view bytes);

struct CommandOptions {
  std::string folder;  // working folder; empty: the test's own
  std::string input;   // what it reads on standard input
  std::function<void()> before_exec = {};  // in the child: limits, another user
};

struct CommandResult {
  int exit_code = -1;  // 128 + signal when it was killed
  std::string out;
  std::string err;
};

// Fails the test when the program cannot be started.
[[nodiscard]] CommandResult RunCommand(const std::vector<std::string>& arguments, const CommandOptions& options = {});

}  // namespace sbtune::test
