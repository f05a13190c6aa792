// A stand-in for macOS's sandbox-exec: -p PROFILE or -f FILE, -D NAME=VALUE, then a command. It starts the real
// command. What /bin/cat would be refused is refused here, before it starts; actor.cpp asks for itself.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/support/standin/sandbox.h"

int main(int argc, char** argv) {
  std::string profile, parameters;
  int at = 1;
  for (; at + 1 < argc && argv[at][0] == '-'; at += 2) {
    const std::string option = argv[at], value = argv[at + 1];
    if (option == "-p") profile = value;
    if (option == "-D") parameters += ";D " + value + "\n";
    if (option == "-f") {
      std::ostringstream text;
      text << std::ifstream(value).rdbuf();
      profile = text.str();
    }
  }
  if (at >= argc) {
    std::fprintf(stderr, "Usage: sandbox-exec [options] command [args]\n");
    return 64;
  }
  const std::string self = argv[0], log = self.substr(0, self.rfind('/')) + "/heartbeats";
  profile = parameters + profile;
  const standin::Sandbox sandbox(profile, log);
  if (std::string(argv[at]) == "/bin/cat") {
    for (int i = at + 1; i < argc; ++i) {
      // Word by word: on this system /tmp is not /private/tmp, as the engine believes.
      const std::string path = argv[i];
      const bool denied = profile.find("(deny file-read-data (literal \"" + path + "\"))") != std::string::npos;
      if (!denied) continue;
      sandbox.Log("cat", ::getpid(), "file-read-data " + path);
      std::fprintf(stderr, "cat: %s: Operation not permitted\n", argv[i]);
      return 1;
    }
  }
  ::setenv(standin::kProfileVariable, profile.c_str(), 1);
  ::setenv(standin::kLogVariable, log.c_str(), 1);
  ::execvp(argv[at], argv + at);
  std::fprintf(stderr, "sandbox-exec: execvp() of '%s' failed\n", argv[at]);
  return 71;
}
