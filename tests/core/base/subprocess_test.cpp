#include "core/base/subprocess.h"

#include <signal.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "core/base/clock.h"
#include "core/base/descriptor.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;
using base::kSecondNs;

namespace {

constexpr std::int64_t kLimit = 20 * kSecondNs;

base::Completed Run(std::vector<std::string> argv) {
  base::SystemLauncher launcher;
  const auto completed = base::RunToEnd(launcher, {.argv = std::move(argv)}, kLimit);
  REQUIRE_MESSAGE(completed.has_value(), completed.error().message);
  return *completed;
}

}  // namespace

TEST_CASE("both outputs and the exit code of a program arrive") {
  const base::Completed completed = Run({"/bin/sh", "-c", "echo out; echo err >&2; exit 7"});
  CHECK(completed.status == base::ExitStatus{.code = 7, .signal = 0});
  CHECK(completed.out == "out\n");
  CHECK(completed.err == "err\n");
  CHECK(base::Describe(completed.status) == "exit 7");
}

TEST_CASE("death by a signal is told apart from an exit") {
  const base::Completed completed = Run({"/bin/sh", "-c", "kill -9 $$"});
  CHECK(completed.status == base::ExitStatus{.code = 0, .signal = SIGKILL});
  CHECK(base::Describe(completed.status) == "signal 9");
}

TEST_CASE("arguments reach the program as they are, with no shell between") {
  const std::string hostile = "a b;$(id) `id` \"'\\ * \n";
  CHECK(Run({"/usr/bin/printf", "%s|", hostile, "", "x"}).out == hostile + "||x|");
}

TEST_CASE("an environment given is the whole environment") {
  base::SystemLauncher launcher;
  base::SpawnSpec spec{.argv = {"/usr/bin/env"}, .environment = std::vector<std::string>{"ONLY=this"}};
  CHECK(base::RunToEnd(launcher, spec, kLimit).value().out == "ONLY=this\n");
}

TEST_CASE("a program starts in the folder that was asked for") {
  const test::TempFolder folder;
  base::SystemLauncher launcher;
  base::SpawnSpec spec{.argv = {"/bin/pwd", "-P"}, .working_directory = folder.path()};
  CHECK(base::RunToEnd(launcher, spec, kLimit).value().out == folder.path() + "\n");
}

TEST_CASE("a program that is not there is an error that names it") {
  base::SystemLauncher launcher;
  const auto child = launcher.Spawn({.argv = {"/nonexistent/log"}});
  REQUIRE_FALSE(child.has_value());
  CHECK(child.error().message ==
        "cannot start /nonexistent/log: No such file or directory; check that it is there and may be run");
}

TEST_CASE("a program that does not end is stopped at the time limit") {
  base::SystemLauncher launcher;
  const auto completed = base::RunToEnd(launcher, {.argv = {"/bin/sleep", "60"}}, kSecondNs / 10);
  REQUIRE_FALSE(completed.has_value());
  CHECK(completed.error().message == "/bin/sleep did not end within 0 s and was stopped");
}

TEST_CASE("signals that we ignore are not ignored in the child") {
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  const base::Completed completed = Run({"/bin/sh", "-c", "kill -PIPE $$; echo survived"});
  ::signal(SIGPIPE, before);
  CHECK(completed.status == base::ExitStatus{.code = 0, .signal = SIGPIPE});
  CHECK(completed.out == "");
}

TEST_CASE("pipes and children that we hold do not leak into another child") {
  const std::string before = Run({"/bin/ls", "/dev/fd"}).out;
  const auto pipe = base::MakePipe();
  base::SystemLauncher launcher;
  const auto sleeper = launcher.Spawn(
      {.argv = {"/bin/sleep", "60"}, .in = base::Stdio::kPipe, .out = base::Stdio::kPipe, .err = base::Stdio::kPipe});
  REQUIRE(sleeper.has_value());
  CHECK(Run({"/bin/ls", "/dev/fd"}).out == before);
}

TEST_CASE("output beyond the limit is read and dropped") {
  base::SystemLauncher launcher;
  const auto completed =
      base::RunToEnd(launcher, {.argv = {"/bin/sh", "-c", "head -c 300000 /dev/zero; exit 3"}}, kLimit, 1000);
  REQUIRE(completed.has_value());
  CHECK(completed->out.size() == 1000);
  CHECK(completed->status.code == 3);
}

TEST_CASE("a process that is let go of is gone, with its group when it has its own") {
  base::SystemLauncher launcher;
  pid_t pid = 0;
  {
    auto child = launcher.Spawn({.argv = {"/bin/sleep", "60"}, .group = base::ProcessGroup::kOwn});
    REQUIRE(child.has_value());
    pid = (*child)->pid();
    CHECK(::getpgid(pid) == pid);
    CHECK_FALSE((*child)->Poll().has_value());
  }
  CHECK(::kill(pid, 0) == -1);
}

TEST_CASE("our own path is known") { CHECK(base::ProgramPath().ends_with("test_base")); }
