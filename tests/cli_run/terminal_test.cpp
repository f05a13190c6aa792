// sbtune run under a terminal of its own: the command has it, Ctrl-C and Ctrl-Z are the command's, and a shell could
// go on with what is left.
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include <doctest/doctest.h>

#include "core/base/clock.h"
#include "core/base/descriptor.h"
#include "tests/cli_run/run_place.h"

using namespace sbtune;

namespace {

// A program as the leader of a session whose terminal we are.
class Session {
 public:
  Session(const std::vector<std::string>& line, const std::string& folder) : master_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    REQUIRE(bool(master_));
    REQUIRE(::grantpt(master_.get()) == 0);
    REQUIRE(::unlockpt(master_.get()) == 0);
    const std::string name = ::ptsname(master_.get());
    pid_ = ::fork();
    if (pid_ == 0) Become(line, folder, name);
    (void)base::SetNonBlocking(master_.get());
  }
  ~Session() {
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, WNOHANG);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Type(const std::string& keys) { REQUIRE(base::WriteAvailable(master_.get(), keys) == keys.size()); }
  void Until(const std::string& words) {
    const std::int64_t deadline_ns = clock_.MonotonicNs() + 15 * base::kSecondNs;
    while (screen_.find(words) == std::string::npos) {
      REQUIRE_MESSAGE(clock_.MonotonicNs() < deadline_ns, "no \"" << words << "\" in\n" << screen_);
      Read(20);
    }
  }
  // What waitpid says of its next change.
  int Wait() {
    const std::int64_t deadline_ns = clock_.MonotonicNs() + 15 * base::kSecondNs;
    for (;;) {
      int status = 0;
      if (::waitpid(pid_, &status, WNOHANG | WUNTRACED) == pid_) {
        Read(0);
        return status;
      }
      REQUIRE_MESSAGE(clock_.MonotonicNs() < deadline_ns, "it does not end:\n" << screen_);
      Read(10);
    }
  }
  [[nodiscard]] bool is_foreground() const { return ::tcgetpgrp(master_.get()) == pid_; }
  void Continue() const { ::kill(-pid_, SIGCONT); }
  [[nodiscard]] const std::string& screen() const { return screen_; }

 private:
  [[noreturn]] static void Become(const std::vector<std::string>& line, const std::string& folder, const std::string& name) {
    ::setsid();
    const int terminal = ::open(name.c_str(), O_RDWR);
    ::ioctl(terminal, TIOCSCTTY, 0);
    for (const int stream : {0, 1, 2}) ::dup2(terminal, stream);
    if (::chdir(folder.c_str()) != 0) ::_exit(99);
    std::vector<char*> words;
    for (const std::string& word : line) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    ::execv(words[0], words.data());
    ::_exit(99);
  }
  void Read(int wait_ms) {
    pollfd wait = {master_.get(), POLLIN, 0};
    if (::poll(&wait, 1, wait_ms) >= 0) base::ReadAvailable(master_.get(), screen_, 1 << 20);
  }

  base::SystemClock clock_;
  base::Descriptor master_;
  pid_t pid_ = -1;
  std::string screen_;
};

}  // namespace

TEST_CASE("the command reads from the terminal, in its foreground, and gives it back") {
  const test::RunPlace place;
  Session session(place.Line({"/bin/sh", "-c", "echo ready; read word; echo got $word; exit 5"}), place.folder().path());
  session.Until("ready");
  CHECK_FALSE(session.is_foreground());
  session.Type("hello\n");
  const int status = session.Wait();
  CAPTURE(session.screen());
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 5);
  CHECK(session.screen().find("got hello") != std::string::npos);
  CHECK(session.screen().find("exit 5, no denial recorded") != std::string::npos);
}

TEST_CASE("Ctrl-C ends the command; the report still comes, and we die as it did") {
  const test::RunPlace place;
  Session session(place.Line({"./actor", "read", "/private/x", "out", "ready", "fork", "[", "sleep", "30000", "]"}), place.folder().path());
  session.Until("denied /private/x");
  session.Type("\x03");
  const int status = session.Wait();
  CAPTURE(session.screen());
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGINT);
  CHECK(session.screen().find("signal 2 (Interrupt), 1 denial of 1 kind") != std::string::npos);
  CHECK(session.screen().find("may be incomplete") == std::string::npos);
}

TEST_CASE("Ctrl-Z stops us with the command, and we go on with it") {
  const test::RunPlace place;
  Session session(place.Line({"/bin/sh", "-c", "echo ready; read word; echo got $word"}), place.folder().path());
  session.Until("ready");
  session.Type("\x1a");
  const int stopped = session.Wait();
  CHECK(WIFSTOPPED(stopped));
  CHECK(session.is_foreground());
  session.Continue();
  session.Type("later\n");
  const int status = session.Wait();
  CAPTURE(session.screen());
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(session.screen().find("got later") != std::string::npos);
}

TEST_CASE("a signal to us alone is the command's, and ends it") {
  const test::RunPlace place;
  std::vector<std::string> line = {"/bin/sh", "-c",
                                   "touch out; \"$@\" > out & pid=$!; while ! grep -q ready out; do sleep 0.05; done; kill -TERM $pid; wait $pid; echo $?",
                                   "sh"};
  const std::vector<std::string> run = place.Line({"/bin/sh", "-c", "trap 'echo ended; exit 9' TERM; echo ready; while :; do sleep 0.05; done"});
  line.insert(line.end(), run.begin(), run.end());
  const auto signalled = test::RunCommand(line, {.folder = place.folder().path(), .input = ""});
  CAPTURE(signalled.err);
  CHECK(signalled.out == "9\n");
}

TEST_CASE("a command that is killed while it has changed the terminal leaves it as it was") {
  const test::RunPlace place;
  // Two commands in one session: the second sees what the first has left.
  std::vector<std::string> line = {"/bin/sh", "-c", "\"$@\"; stty -a | grep -o -- '-*echo ' | tail -1; echo over", "sh"};
  const std::vector<std::string> run = place.Line({"/bin/sh", "-c", "stty -echo; echo quiet; kill -KILL $$"});
  line.insert(line.end(), run.begin(), run.end());
  Session session(line, place.folder().path());
  session.Until("over");
  CHECK(session.screen().find("\necho ") != std::string::npos);
  CHECK(session.screen().find("-echo ") == std::string::npos);
}

TEST_CASE("what nohup had us ignore, the command ignores too; what we ignore ourselves, it does not") {
  const test::RunPlace place;
  const std::vector<std::string> line =
      place.Line({"/bin/sh", "-c", "kill -HUP $$; echo alive; /bin/sh -c 'kill -PIPE $$; echo not so'; echo $?"});
  const auto done = test::RunCommand(line, {.folder = place.folder().path(), .input = "", .before_exec = [] { std::signal(SIGHUP, SIG_IGN); }});
  CHECK(done.out == "alive\n141\n");
}

TEST_CASE("Ctrl-C ends learning, with what was learnt so far") {
  const test::RunPlace place;
  Session session(place.Line({"./actor", "read", "/private/x", "sleep", "30000"}, {"--learn", "5"}), place.folder().path());
  session.Until("denied /private/x");
  session.Type("\x03");
  (void)session.Wait();
  CAPTURE(session.screen());
  CHECK(session.screen().find("Ended in execution 1 of 5; the patch is what was learnt so far") != std::string::npos);
}
