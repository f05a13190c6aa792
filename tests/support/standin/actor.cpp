// A program that does what its arguments say, inside the sandbox of sandbox-exec's stand-in:
//
//   read PATH, write PATH, lookup NAME   an access; the actor says "denied …" or goes on
//   as PID                               the records that follow name that pid: a reused number, a process nobody saw
//   name NAME                            … that process name
//   fork [ … ]                           a child does what stands between; the actor waits for it
//   spawn [ … ]                          the same, but a child of the child, which outlives its parent
//   exec …                               goes on as another image of the same process
//   sleep MS, out TEXT, env NAME, exit CODE, kill SIGNAL, need PATH (exit 7 when it is denied)
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/support/standin/sandbox.h"

namespace {

using Words = std::vector<std::string>;

class Actor {
 public:
  Actor(const standin::Sandbox& sandbox, std::string self) : sandbox_(sandbox), self_(std::move(self)) {}

  void Do(const Words& words) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::string& verb = words[i];
      if (verb == "fork" || verb == "spawn") {
        const std::size_t end = End(words, i + 1);
        Fork(Words(words.begin() + static_cast<long>(i) + 2, words.begin() + static_cast<long>(end)), verb == "spawn");
        i = end;
      } else if (verb == "exec") {
        Exec(Words(words.begin() + static_cast<long>(i) + 1, words.end()));
      } else if (i + 1 < words.size()) {
        Step(verb, words[++i]);
      }
    }
  }

 private:
  static std::size_t End(const Words& words, std::size_t open) {
    int depth = 0;
    for (std::size_t i = open; i < words.size(); ++i) {
      depth += words[i] == "[" ? 1 : words[i] == "]" ? -1 : 0;
      if (depth == 0) return i;
    }
    std::fprintf(stderr, "actor: no closing bracket\n");
    std::exit(99);
  }

  void Fork(const Words& words, bool orphan) {
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
      if (orphan && ::fork() != 0) ::_exit(0);
      Do(words);
      std::fflush(nullptr);
      ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
  }

  void Exec(const Words& words) {
    std::vector<char*> argv = {self_.data()};
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    std::fflush(nullptr);
    ::execv(self_.c_str(), argv.data());
    std::exit(98);
  }

  bool Ask(const std::string& operation, const std::string& target) {
    const bool allowed = sandbox_.Allows(name_, pid_ != 0 ? pid_ : ::getpid(), operation, target);
    if (!allowed) std::printf("denied %s\n", target.c_str());
    return allowed;
  }

  void Step(const std::string& verb, const std::string& word) {
    if (verb == "read") (void)Ask("file-read-data", word);
    else if (verb == "write") (void)Ask("file-write-create", word);
    else if (verb == "lookup") (void)Ask("mach-lookup", word);
    else if (verb == "need" && !Ask("file-read-data", word)) Leave(7);
    else if (verb == "as") pid_ = std::atol(word.c_str());
    else if (verb == "name") name_ = word;
    else if (verb == "sleep") ::usleep(static_cast<useconds_t>(std::atol(word.c_str()) * 1000));
    else if (verb == "out") std::printf("%s\n", word.c_str());
    else if (verb == "env") std::printf("%s=%s\n", word.c_str(), ::getenv(word.c_str()) == nullptr ? "-" : ::getenv(word.c_str()));
    else if (verb == "exit") Leave(std::atoi(word.c_str()));
    else if (verb == "kill") {
      std::fflush(nullptr);
      // A sanitizer's own handler would turn a crash into an exit.
      const int signal = std::atoi(word.c_str());
      ::signal(signal, SIG_DFL);
      ::kill(::getpid(), signal);
    }
  }

  [[noreturn]] static void Leave(int code) {
    std::fflush(nullptr);
    ::_exit(code);
  }

  const standin::Sandbox& sandbox_;
  std::string self_;
  std::string name_ = "actor";
  long pid_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const char* profile = ::getenv(standin::kProfileVariable);
  const char* log = ::getenv(standin::kLogVariable);
  if (profile == nullptr || log == nullptr) {
    std::fprintf(stderr, "actor: not in a sandbox\n");
    return 97;
  }
  const standin::Sandbox sandbox(profile, log);
  Actor(sandbox, argv[0]).Do(Words(argv + 1, argv + argc));
  return 0;
}
