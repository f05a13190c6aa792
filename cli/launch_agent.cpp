#include "cli/launch_agent.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include <fmt/format.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/folder.h"
#include "embedded/sbtune_cli.h"

namespace sbtune::cli {
namespace {

constexpr const char* kLabel = "io.sbtune.sbtuned";
constexpr std::int64_t kLimitNs = 30 * base::kSecondNs;
// What launchctl returns for a service that is not loaded: 113 from print and kickstart, 3 (ESRCH) from bootout.
// Reported by users of several macOS versions, not checked by us.
constexpr int kNotFound = 113;
constexpr int kNoSuchProcess = 3;
// EIO: what bootstrap returns while the service's old process is still ending, and for several lasting reasons too.
constexpr int kStillBusy = 5;

std::string EscapeXml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      default: out += c;
    }
  }
  return out;
}

void Fill(std::string& text, std::string_view place, std::string_view value) {
  const std::size_t at = text.find(place);
  SBTUNE_ASSERT(at != std::string::npos);
  text.replace(at, place.size(), EscapeXml(value));
}

std::string_view FirstLine(std::string_view text) { return text.substr(0, text.find('\n')); }

std::unexpected<base::Error> Failed(std::string_view verb, const base::Completed& done) {
  const std::string_view said = FirstLine(done.err.empty() ? done.out : done.err);
  return base::Fail(fmt::format("launchctl {} failed ({}){}{}; `sbtune doctor` says what is wrong", verb,
                                base::Describe(done.status), said.empty() ? "" : ": ", said));
}

}  // namespace

std::string LaunchAgent::plist_path() const {
  return fmt::format("{}/Library/LaunchAgents/{}.plist", settings_.home, kLabel);
}

std::string LaunchAgent::Domain() const { return fmt::format("gui/{}", settings_.user); }
std::string LaunchAgent::Service() const { return Domain() + "/" + kLabel; }

std::string LaunchAgent::PlistText() const {
  std::string text;
  for (const EmbeddedFile& file : Embedded()) {
    if (file.name == fmt::format("{}.plist", kLabel)) text = file.text;
  }
  Fill(text, "@PROGRAM@", settings_.program);
  Fill(text, "@CONFIG@", settings_.config);
  Fill(text, "@ERRORS@", settings_.log_folder + "/sbtuned.err");
  Fill(text, "@SOCKET@", settings_.socket);
  return text;
}

base::Result<base::Completed> LaunchAgent::Launchctl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), settings_.launchctl);
  return base::RunToEnd(launcher_, {.argv = std::move(arguments)}, kLimitNs);
}

base::Result<bool> LaunchAgent::IsLoaded() {
  const auto done = Launchctl({"print", Service()});
  if (!done) return std::unexpected(done.error());
  return done->status == base::ExitStatus{};
}

base::Status LaunchAgent::Bootstrap() {
  auto done = Launchctl({"bootstrap", Domain(), plist_path()});
  for (int i = 1; i < settings_.load_attempts && done && done->status.code == kStillBusy; ++i) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(settings_.load_pause_ns));
    done = Launchctl({"bootstrap", Domain(), plist_path()});
  }
  if (!done) return std::unexpected(done.error());
  if (done->status != base::ExitStatus{}) return Failed("bootstrap", *done);
  return {};
}

base::Status LaunchAgent::Bootout() {
  const auto done = Launchctl({"bootout", Service()});
  if (!done) return std::unexpected(done.error());
  const bool gone = done->status == base::ExitStatus{} || done->status.code == kNoSuchProcess || done->status.code == kNotFound;
  if (!gone) return Failed("bootout", *done);
  return {};
}

base::Status LaunchAgent::Install() {
  struct stat status {};
  if (::stat(settings_.program.c_str(), &status) != 0) {
    return base::Fail(fmt::format("{} is not there; install sbtuned beside sbtune", settings_.program));
  }
  const std::string path = plist_path();
  // launchd takes no link, and we write through none.
  if (::lstat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    return base::Fail(fmt::format("{} is not a plain file; move it away", path));
  }
  for (const std::string& file : {path, settings_.socket, settings_.log_folder + "/x"}) {
    if (base::Status made = base::MakePrivateFoldersFor(file); !made) return made;
  }
  if (base::Status written = base::WriteFileAtomically(path, PlistText()); !written) return written;
  if (base::Status out = Bootout(); !out) return out;
  return Bootstrap();
}

base::Status LaunchAgent::Uninstall() {
  if (base::Status out = Bootout(); !out) return out;
  if (::unlink(plist_path().c_str()) != 0 && errno != ENOENT) {
    return base::Fail(fmt::format("cannot remove {}: {}", plist_path(), std::strerror(errno)));
  }
  return {};
}

base::Status LaunchAgent::Start() {
  if (::access(plist_path().c_str(), R_OK) != 0) return base::Fail("sbtuned is not installed; run `sbtune daemon install`");
  const base::Result<bool> loaded = IsLoaded();
  if (!loaded) return std::unexpected(loaded.error());
  if (!*loaded) return Bootstrap();
  const auto done = Launchctl({"kickstart", Service()});
  if (!done) return std::unexpected(done.error());
  if (done->status != base::ExitStatus{}) return Failed("kickstart", *done);
  return {};
}

// KeepAlive would start it again at once, so stopping means unloading.
base::Status LaunchAgent::Stop() { return Bootout(); }

base::Status LaunchAgent::Restart() {
  const auto done = Launchctl({"kickstart", "-k", Service()});
  if (!done) return std::unexpected(done.error());
  if (done->status.code == kNotFound) return Start();
  if (done->status != base::ExitStatus{}) return Failed("kickstart", *done);
  return {};
}

}  // namespace sbtune::cli
