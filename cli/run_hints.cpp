#include "cli/run_hints.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "core/base/clock.h"
#include "core/base/text.h"
#include "profiles/sbpl/query.h"

namespace sbtune::cli {
namespace {

constexpr int kRefusedProfile = 65, kCannotStart = 71;
constexpr std::size_t kShownReports = 3;
constexpr std::size_t kShownOthers = 4;

std::string Show(const std::string& text) { return base::EscapeForTerminal(text); }

bool IsCrash(int signal) {
  constexpr std::array kCrashes = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGKILL, SIGSEGV, SIGSYS, SIGTRAP};
  return std::find(kCrashes.begin(), kCrashes.end(), signal) != kCrashes.end();
}

// As the kernel sees it.
std::string RealPath(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path real = std::filesystem::canonical(path, failed);
  return failed ? path : real.string();
}

bool Denies(const sbpl::Policy& policy, const char* operation, const std::string& path) {
  return policy.Decide(sbpl::QueryFromAccess(operation, path)).decision == sbpl::Decision::kDeny;
}

// "#!/usr/bin/env python3" -> "/usr/bin/env"
std::string InterpreterOf(const std::string& program) {
  std::ifstream file(program, std::ios::binary);
  char line[256] = {};
  file.read(line, sizeof line - 1);
  const std::string_view text(line, static_cast<std::size_t>(file.gcount()));
  if (!text.starts_with("#!")) return "";
  const std::size_t begin = text.find_first_not_of(' ', 2);
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_first_of(" \t\r\n", begin) - begin));
}

class Hints {
 public:
  explicit Hints(const PostMortem& what) : what_(what) {}

  std::vector<std::string> Make() {
    SandboxExec();
    Crash();
    Root();
    Files();
    Say("protected by the system, whatever a profile allows: files that SIP guards, and what privacy settings guard "
        "(Documents, Desktop, Downloads, camera, …); look for \"System Policy\" and tccd in `sbtune watch`");
    Others();
    return std::move(hints_);
  }

 private:
  void Say(std::string hint) { hints_.push_back(std::move(hint)); }

  // The numbers are from sysexits.h, as its users report them.
  void SandboxExec() {
    const int code = what_.status.code;
    if (code != kRefusedProfile && code != kCannotStart) return;
    Say(fmt::format("{} is also what sandbox-exec itself ends with when {}; then its message stands above", code,
                    code == kRefusedProfile ? "the system refuses the profile" : "it cannot apply the profile or start the command"));
  }

  void Crash() {
    if (what_.home.empty()) return;
    const std::string folder = what_.home + "/Library/Logs/DiagnosticReports";
    const std::vector<std::string> reports = CrashReports(folder, what_.program, what_.begin_ns);
    for (std::size_t i = 0; i < std::min(reports.size(), kShownReports); ++i) Say("a crash report: " + Show(reports[i]));
    if (reports.empty() && IsCrash(what_.status.signal)) {
      Say(fmt::format("a crash leaves a report as a rule; none is in {} yet, it may take some seconds", Show(folder)));
    }
  }

  // dyld and getcwd look at it first, and a program that cannot dies without a word.
  void Root() {
    const bool data = Denies(what_.policy, "file-read-data", "/"), metadata = Denies(what_.policy, "file-read-metadata", "/");
    if (!data && !metadata) return;
    Say(fmt::format("the profile does not let it read the folder / itself ({}); many programs end early without that: "
                    "(allow file-read* (literal \"/\"))",
                    data && metadata ? "data and metadata" : data ? "data" : "metadata"));
  }

  void Files() {
    Executable(what_.program);
    const std::string interpreter = InterpreterOf(what_.program);
    if (!interpreter.empty()) Executable(interpreter);
    for (std::size_t i = 1; i < what_.argv.size(); ++i) Argument(what_.argv[i]);
  }
  void Executable(const std::string& path) {
    if (::access(path.c_str(), F_OK) != 0) return Say("there is no file " + Show(path));
    if (::access(path.c_str(), X_OK) != 0) Say(Show(path) + " may not be run by you (POSIX permissions)");
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0 && (status.st_mode & (S_ISUID | S_ISGID)) != 0) {
      Say(Show(path) + " is set-user-ID or set-group-ID, which no sandbox allows to run");
    }
    const std::string real = RealPath(path);
    if (Denies(what_.policy, "process-exec*", real)) Say("the profile does not allow process-exec " + Show(real));
  }
  // What looks like the path of something.
  void Argument(const std::string& argument) {
    if (argument.find('/') == std::string::npos || argument.starts_with("-") || argument.find("://") != std::string::npos) return;
    if (::access(argument.c_str(), F_OK) != 0) {
      return Say(errno == EACCES ? Show(argument) + " lies in a folder that you may not enter (POSIX permissions)"
                                 : "there is no file " + Show(argument) + ", an argument of the command");
    }
    if (::access(argument.c_str(), R_OK) != 0) Say(Show(argument) + " may not be read by you (POSIX permissions)");
  }

  void Others() {
    std::vector<std::pair<std::uint64_t, std::string>> top;
    for (const auto& [name, count] : what_.others) top.emplace_back(count, name);
    std::sort(top.begin(), top.end(), [](const auto& a, const auto& b) { return a.first != b.first ? a.first > b.first : a.second < b.second; });
    std::string names;
    for (std::size_t i = 0; i < std::min(top.size(), kShownOthers); ++i) {
      names += fmt::format("{}{} ({})", i == 0 ? "" : ", ", Show(top[i].second), top[i].first);
    }
    Say("work that another process does for it (trustd, MapKit's and other services) is denied there, not here" +
        (names.empty() ? std::string() : "; denied meanwhile: " + names));
  }

  const PostMortem& what_;
  std::vector<std::string> hints_;
};

}  // namespace

std::vector<std::string> CrashReports(const std::string& folder, const std::string& program, std::int64_t not_before_ns) {
  const std::string name = program.substr(program.rfind('/') + 1);
  std::vector<std::pair<std::int64_t, std::string>> found;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    const std::string file = entry.path().filename().string();
    const bool report = file.ends_with(".ips") || file.ends_with(".crash");
    // "NAME-2026-03-03-140506.ips", "NAME_2026-…_HOST.crash"
    const bool its = file.starts_with(name + "-") || file.starts_with(name + "_");
    struct stat status {};
    if (!report || !its || ::stat(entry.path().c_str(), &status) != 0) continue;
    // Whole seconds: the file may have been written within the one in which the command began.
    if (status.st_mtime >= not_before_ns / base::kSecondNs) found.emplace_back(status.st_mtime, entry.path().string());
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> paths;
  for (auto& [time, path] : found) paths.push_back(std::move(path));
  return paths;
}

std::vector<std::string> HintsFor(const PostMortem& what) { return Hints(what).Make(); }

}  // namespace sbtune::cli
