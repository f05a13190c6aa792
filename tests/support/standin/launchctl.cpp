// A stand-in for macOS's launchctl: remembers in files beside it what it was called with (`calls`) and whether a
// service is loaded (`loaded`), and says and returns what the real one is reported to.
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace {

int Say(int code, const std::string& text) {
  if (!text.empty()) std::fprintf(stderr, "%s\n", text.c_str());
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string self = argv[0];
  const std::string folder = self.substr(0, self.rfind('/'));
  const std::string loaded = folder + "/loaded";
  std::ofstream calls(folder + "/calls", std::ios::app);
  for (int i = 1; i < argc; ++i) calls << argv[i] << (i + 1 < argc ? " " : "\n");
  if (::access((folder + "/broken").c_str(), F_OK) == 0) return Say(1, "Could not contact launchd");
  const std::string verb = argc > 1 ? argv[1] : "";
  const std::string last = argc > 2 ? argv[argc - 1] : "";
  const bool is_loaded = ::access(loaded.c_str(), F_OK) == 0;
  if (verb == "bootstrap") {
    // `ending` beside it: the old process takes that many more calls to end.
    int ending = 0;
    std::ifstream(folder + "/ending") >> ending;
    if (ending > 0) std::ofstream(folder + "/ending") << ending - 1;
    if (ending > 0 || is_loaded || ::access(last.c_str(), R_OK) != 0) {
      return Say(5, "Bootstrap failed: 5: Input/output error\nTry re-running the command as root for richer errors.");
    }
    std::ofstream(loaded) << last;
    return 0;
  }
  if (verb == "bootout") {
    if (!is_loaded) return Say(3, "Boot-out failed: 3: No such process");
    ::unlink(loaded.c_str());
    return 0;
  }
  if (verb == "kickstart" || verb == "print") {
    if (!is_loaded) return Say(113, "Could not find service \"" + last.substr(last.rfind('/') + 1) + "\" in domain for user gui: 501");
    return 0;
  }
  return Say(64, "Unrecognized subcommand: " + verb);
}
