#include "tests/support/running_daemon.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "core/base/clock.h"
#include "core/base/descriptor.h"
#include "tests/support/command.h"
#include "tests/support/shared_data.h"

namespace sbtune::test {
namespace {

using base::kMillisecondNs;

void Pause(std::int64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

std::int64_t NowMs() { return base::SystemClock().MonotonicNs() / kMillisecondNs; }

base::Descriptor Connect(const std::string& path) {
  base::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) socket.Close();
  return socket;
}

std::uint64_t FieldOf(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key + ":")) return std::stoull(line.substr(key.size() + 1));
  }
  return 0;
}

}  // namespace

RunningDaemon::RunningDaemon(const StandinLog& log, const std::string& settings) : log_(log) { WriteConfig(settings); }

void RunningDaemon::WriteConfig(const std::string& settings) {
  WriteFile(config(), fmt::format("source.tool = \"{}\"\nsource.heartbeat_file = \"{}\"\nstore.database = \"{}\"\n"
                                  "socket.path = \"{}\"\nlog.file = \"{}\"\nsource.restart_min_ms = 20\nsource.restart_max_ms = 200\n{}",
                                  log_.tool(), log_.heartbeats(), database(), socket(), folder_ / "said",
                                  settings.empty() ? "source.heartbeat_ms = 100\nsource.heartbeat_limit_ms = 60000\n"
                                                   : settings));
}

void RunningDaemon::Start() {
  auto child = launcher_.Spawn({.argv = {SBTUNED_PROGRAM, "--config", config()}, .err = base::Stdio::kPipe});
  REQUIRE_MESSAGE(child.has_value(), child.error().message);
  process_ = std::move(*child);
  const std::int64_t deadline_ms = NowMs() + kPatienceMs;
  while (!Connect(socket())) {
    if (!running()) {
      std::string complaint;
      base::ReadAvailable(process_->err(), complaint, 4096);
      FAIL("sbtuned ended: " << complaint);
    }
    REQUIRE(NowMs() < deadline_ms);
    Pause(2);
  }
}

bool RunningDaemon::running() { return process_ && !process_->Poll(); }

void RunningDaemon::Signal(int signal) { process_->Signal(signal); }

base::ExitStatus RunningDaemon::Kill(int signal) {
  process_->Signal(signal);
  const std::int64_t deadline_ms = NowMs() + kPatienceMs;
  while (!process_->Poll()) {
    REQUIRE_MESSAGE(NowMs() < deadline_ms, "sbtuned does not end: " << Said());
    Pause(1);
  }
  return *process_->Poll();
}

void RunningDaemon::KillChildren(int signal) {
  if (!std::filesystem::exists("/proc/self/stat")) return;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "status");
    std::ostringstream text;
    text << file.rdbuf();
    if (text.str().find(fmt::format("PPid:\t{}\n", pid())) != std::string::npos) ::kill(std::stoi(name), signal);
  }
}

std::string RunningDaemon::Ask(const std::string& request_line, std::int64_t limit_ms) {
  const base::Descriptor socket = Connect(this->socket());
  REQUIRE_MESSAGE(bool(socket), "sbtuned does not answer: " << Said());
  REQUIRE(::write(socket.get(), request_line.data(), request_line.size()) == static_cast<ssize_t>(request_line.size()));
  std::string reply;
  const std::int64_t deadline_ms = NowMs() + limit_ms;
  while (reply.find('\n') == std::string::npos) {
    pollfd wait = {socket.get(), POLLIN, 0};
    REQUIRE_MESSAGE(NowMs() < deadline_ms, "no reply to " << request_line);
    if (::poll(&wait, 1, 50) <= 0) continue;
    char block[65536];
    const ssize_t got = ::read(socket.get(), block, sizeof block);
    if (got <= 0) break;
    reply.append(block, static_cast<std::size_t>(got));
  }
  return reply;
}

std::string RunningDaemon::Status() { return Ask("{\"v\":1,\"id\":1,\"method\":\"status\"}\n"); }

void RunningDaemon::WaitUntil(const std::string& words, std::int64_t limit_ms) {
  const std::int64_t deadline_ms = NowMs() + limit_ms;
  std::string status = Status();
  while (status.find(words) == std::string::npos) {
    REQUIRE_MESSAGE(NowMs() < deadline_ms, "still no " << words << " in " << status << "\n" << Said());
    Pause(20);
    status = Status();
  }
}

void RunningDaemon::WaitUntilSaid(const std::string& words) {
  const std::int64_t deadline_ms = NowMs() + kPatienceMs;
  while (Said().find(words) == std::string::npos) {
    REQUIRE_MESSAGE(NowMs() < deadline_ms, "still no " << words << " in " << Said());
    Pause(5);
  }
}

std::string RunningDaemon::Said() const {
  return std::filesystem::exists(folder_ / "said") ? ReadFile(folder_ / "said") : "";
}

std::uint64_t ResidentKib(pid_t pid) { return FieldOf(fmt::format("/proc/{}/status", pid), "VmRSS"); }
std::uint64_t PeakKib(pid_t pid) { return FieldOf(fmt::format("/proc/{}/status", pid), "VmHWM"); }

std::uint64_t WakeUps(pid_t pid) {
  const std::string tasks = fmt::format("/proc/{}/task", pid);
  if (!std::filesystem::exists(tasks)) return 0;
  std::uint64_t sum = 0;
  for (const auto& entry : std::filesystem::directory_iterator(tasks)) {
    sum += FieldOf(entry.path() / "status", "voluntary_ctxt_switches");
  }
  return sum;
}

}  // namespace sbtune::test
