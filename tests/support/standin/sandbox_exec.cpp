// A stand-in for macOS's sandbox-exec, for what the doctor does with it: -p PROFILE, then a command. An argument
// that stands as (literal "…") in a deny of the profile is refused: the denial goes to the stand-in's log (the file
// `heartbeats` beside this program, as pid 0), and the command ends as if it had met EPERM.
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>

int main(int argc, char** argv) {
  std::string profile;
  int at = 1;
  for (; at + 1 < argc && argv[at][0] == '-'; at += 2) {
    if (std::string(argv[at]) == "-p") profile = argv[at + 1];
  }
  if (at >= argc) {
    std::fprintf(stderr, "Usage: sandbox-exec [options] command [args]\n");
    return 64;
  }
  const std::string self = argv[0];
  for (int i = at + 1; i < argc; ++i) {
    const std::string path = argv[i];
    if (profile.find("(deny file-read-data (literal \"" + path + "\"))") == std::string::npos) continue;
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    std::ofstream log(self.substr(0, self.rfind('/')) + "/heartbeats", std::ios::app);
    log << (std::to_string(now.tv_sec * 1'000'000'000LL + now.tv_nsec) + " 0 Sandbox: cat(" + std::to_string(::getpid()) +
            ") deny(1) file-read-data " + path + "\n")
        << std::flush;
    std::fprintf(stderr, "cat: %s: Operation not permitted\n", path.c_str());
    return 1;
  }
  ::execv(argv[at], argv + at);
  return 71;
}
