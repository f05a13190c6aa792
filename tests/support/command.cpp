#include "tests/support/command.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

namespace sbtune::test {
namespace {

constexpr int kCouldNotStart = 127;

// In the child: never returns.
[[noreturn]] void Become(const std::vector<std::string>& arguments, const CommandOptions& options,
                         const TempFolder& io) {
  const std::string& folder = options.folder;
  const int in = ::open((io / "in").c_str(), O_RDONLY);
  const int out = ::open((io / "out").c_str(), O_WRONLY);
  const int err = ::open((io / "err").c_str(), O_WRONLY);
  if (::dup2(in, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(err, 2) < 0) ::_exit(kCouldNotStart);
  if (!folder.empty() && ::chdir(folder.c_str()) != 0) ::_exit(kCouldNotStart);
  if (options.before_exec) options.before_exec();
  std::vector<char*> words;
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  ::_exit(kCouldNotStart);
}

int Wait(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

void WriteFile(const std::string& path, std::string_view bytes) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  REQUIRE_MESSAGE(file.good(), "cannot write " << path);
}

CommandResult RunCommand(const std::vector<std::string>& arguments, const CommandOptions& options) {
  const TempFolder io;  // files, not pipes: nobody can wait for nobody
  WriteFile(io / "in", options.input);
  WriteFile(io / "out", "");
  WriteFile(io / "err", "");
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) Become(arguments, options, io);
  CommandResult result;
  result.exit_code = Wait(child);
  REQUIRE_MESSAGE(result.exit_code != kCouldNotStart, "cannot start " << arguments[0]);
  result.out = ReadFile(io / "out");
  result.err = ReadFile(io / "err");
  return result;
}

}  // namespace sbtune::test
