// What a running sbtuned costs and how it bears a flood, measured from outside: a real sbtuned, a real `sbtune watch`
// on a pseudo-terminal, and the stand-in of macOS's log tool in between.
//
//   daemon_bench [idle|flood|burst|watch]… [--seconds N]
//
// idle   wake-ups and resident memory with the usual heartbeat and nothing logged
// flood  40,000 lines a second for N seconds (60)
// burst  a million lines as fast as the log tool writes them
// watch  from the moment when the log tool has a line to when it is on the terminal, at 1,000 lines a second
//
// The log tool takes part of the same cores. Memory is what Linux calls resident, its peak by VmHWM.
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/clock.h"
#include "core/base/descriptor.h"
#include "core/base/subprocess.h"
#include "daemon/protocol/connection.h"
#include "tests/support/standin.h"

namespace {

using namespace sbtune;
using Json = nlohmann::json;

const base::SystemClock kClock;

void Pause(std::int64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

[[noreturn]] void Die(const std::string& why) {
  fmt::print(stderr, "daemon_bench: {}\n", why);
  std::exit(1);
}

std::uint64_t FieldOf(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key + ":")) return std::stoull(line.substr(key.size() + 1));
  }
  return 0;
}

class Daemon {
 public:
  Daemon(const test::StandinLog& log, const std::string& settings) {
    std::ofstream(config()) << fmt::format(
        "source.tool = \"{}\"\nsource.heartbeat_file = \"{}\"\nstore.database = \"{}\"\nsocket.path = \"{}\"\n"
        "log.file = \"{}\"\n{}",
        log.tool(), log.heartbeats(), folder_ / "state/d.db", folder_ / "run/s", folder_ / "said", settings);
    auto process = launcher_.Spawn({.argv = {SBTUNED_PROGRAM, "--config", config()}, .err = base::Stdio::kInherit});
    if (!process) Die(process.error().message);
    process_ = std::move(*process);
  }
  ~Daemon() {
    process_->Signal(SIGTERM);
    for (int i = 0; i < 1000 && !process_->Poll(); ++i) Pause(10);
  }
  [[nodiscard]] std::string config() const { return folder_ / "sbtuned.toml"; }
  [[nodiscard]] Json Status() {
    for (int i = 0; i < 500; ++i, Pause(20)) {
      base::Result<protocol::Connection> connection = protocol::Connection::Open(folder_ / "run/s");
      if (!connection) continue;
      const auto reply = connection->Ask({.id = 1, .method = protocol::Method::kStatus, .filter = {}}, 60 * base::kSecondNs);
      if (reply) return Json::parse(reply->result);
    }
    Die("sbtuned does not answer");
  }
  void WaitUntilLive() {
    while (Status()["state"]["state"] != "live") Pause(10);
  }
  [[nodiscard]] double ResidentMb() const { return InMb("VmRSS"); }
  [[nodiscard]] double PeakMb() const { return InMb("VmHWM"); }
  // Of all threads: how often one of them was given a processor after it had waited.
  [[nodiscard]] std::uint64_t WakeUps() const {
    std::uint64_t sum = 0;
    for (const auto& entry : std::filesystem::directory_iterator(fmt::format("/proc/{}/task", process_->pid()))) {
      sum += FieldOf(entry.path() / "status", "voluntary_ctxt_switches");
    }
    return sum;
  }
  [[nodiscard]] double ProcessorSeconds() const {
    std::ifstream file(fmt::format("/proc/{}/stat", process_->pid()));
    std::string text;
    std::getline(file, text);
    std::istringstream words(text.substr(text.rfind(')') + 2));
    std::string word;
    double user = 0, system = 0;
    for (int i = 0; i < 11; ++i) words >> word;
    words >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }

 private:
  [[nodiscard]] double InMb(const std::string& key) const {
    return static_cast<double>(FieldOf(fmt::format("/proc/{}/status", process_->pid()), key)) / 1024;
  }
  test::TempFolder folder_;
  base::SystemLauncher launcher_;
  std::unique_ptr<base::Subprocess> process_;
};

void Idle(int seconds) {
  test::StandinLog log;
  log.RecordDistinct(1);
  log.Play("play 0 1\n");
  Daemon daemon(log, "");
  daemon.WaitUntilLive();
  Pause(1000);
  const std::uint64_t before = daemon.WakeUps();
  const double processor = daemon.ProcessorSeconds();
  Pause(seconds * 1000);
  const std::uint64_t wake_ups = daemon.WakeUps() - before;
  fmt::print("idle: {} wake-ups and {:.2f} s of processor time in {} s ({} heartbeats due); {:.1f} MB resident\n", wake_ups,
             daemon.ProcessorSeconds() - processor, seconds, seconds / 20, daemon.ResidentMb());
}

// Lets the daemon take `count` lines at `rate` and tells how it did.
void Load(const std::string& name, std::int64_t count, double rate) {
  test::StandinLog log;
  log.Record(20'000);
  log.Play("play 0 1\n");
  log.PlayFrom(kClock.WallNs() + base::kSecondNs, fmt::format("play {} {}\n", count, rate));
  Daemon daemon(log, "source.heartbeat_ms = 1000\nsource.heartbeat_limit_ms = 60000\n");
  daemon.WaitUntilLive();
  const double started_mb = daemon.ResidentMb();
  const std::int64_t begin_ns = kClock.MonotonicNs();
  const auto total = static_cast<std::uint64_t>(count);
  std::uint64_t read = 0, stored = 0;
  double read_s = 0, peak_lag_s = 0;
  const auto seconds = [&] { return static_cast<double>(kClock.MonotonicNs() - begin_ns) / 1e9; };
  Json status;
  while (seconds() < 900) {
    status = daemon.Status();
    read = status["source"]["stream_lines"].get<std::uint64_t>() + status["source"]["dropped_lines"].get<std::uint64_t>();
    stored = status["records"]["read"];
    if (read < total) {
      peak_lag_s = std::max(peak_lag_s, status["source"]["latency_ms"].get<double>() / 1000);
    } else if (read_s == 0) {
      read_s = seconds();
    }
    if (read >= total && stored >= total && status["gaps"]["open"] == 0) break;
    Pause(100);
  }
  fmt::print("{}: {} lines; all taken from the pipe after {:.1f} s, all stored after {:.1f} s, {:.1f} s of processor time\n"
             "  dropped on our side {}, gaps {} (open {}), slowest marker {:.2f} s; read again {} lines\n"
             "  memory {:.1f} MB at the start, {:.1f} MB at most; database {:.1f} MB\n",
             name, read, read_s, seconds(), daemon.ProcessorSeconds(), status["source"]["dropped_lines"].dump(),
             status["gaps"]["found"].dump(), status["gaps"]["open"].dump(), peak_lag_s,
             status["source"]["backfill_lines"].dump(), started_mb, daemon.PeakMb(),
             status["store"]["bytes"].get<double>() / (1 << 20));
}

// `sbtune watch` on a terminal of its own.
class Terminal {
 public:
  explicit Terminal(const std::string& config) {
    master_ = base::Descriptor(::posix_openpt(O_RDWR | O_NOCTTY));
    if (::grantpt(master_.get()) != 0 || ::unlockpt(master_.get()) != 0) Die("cannot make a pseudo-terminal");
    const std::string name = ::ptsname(master_.get());
    pid_ = ::fork();
    if (pid_ == 0) {
      ::setsid();
      const int slave = ::open(name.c_str(), O_RDWR);
      for (const int descriptor : {0, 1, 2}) ::dup2(slave, descriptor);
      ::execl(SBTUNE_PROGRAM, "sbtune", "watch", "--config", config.c_str(), static_cast<char*>(nullptr));
      ::_exit(127);
    }
  }
  ~Terminal() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] int descriptor() const { return master_.get(); }

 private:
  base::Descriptor master_;
  pid_t pid_ = -1;
};

// NUMBER of "… /private/tmp/job/NUMBER" in a line.
std::optional<std::int64_t> NumberOf(std::string_view line) {
  constexpr std::string_view kWords = "/private/tmp/job/";
  const std::size_t at = line.find(kWords);
  if (at == std::string_view::npos) return std::nullopt;
  std::int64_t number = 0;
  const char* begin = line.data() + at + kWords.size();
  if (std::from_chars(begin, line.data() + line.size(), number).ec != std::errc()) return std::nullopt;
  return number;
}

void Watch(int seconds) {
  constexpr double kRate = 1000;
  test::StandinLog log;
  const int count = static_cast<int>(kRate) * seconds;
  log.RecordDistinct(count);
  const std::int64_t start_ns = kClock.WallNs() + 3 * base::kSecondNs;
  log.PlayFrom(start_ns, fmt::format("play {} {}\nsaid-file {}\n", count, kRate, log.folder() / "said"));
  Daemon daemon(log, "");
  daemon.WaitUntilLive();
  Terminal terminal(daemon.config());
  std::vector<std::int64_t> seen_ns(static_cast<std::size_t>(count), 0);
  std::string partial;
  const std::int64_t deadline_ns = start_ns + (seconds + 10) * base::kSecondNs;
  std::size_t lines = 0;
  while (kClock.WallNs() < deadline_ns && lines < seen_ns.size()) {
    pollfd wait = {terminal.descriptor(), POLLIN, 0};
    if (::poll(&wait, 1, 200) <= 0) continue;
    char block[65536];
    const ssize_t got = ::read(terminal.descriptor(), block, sizeof block);
    if (got <= 0) break;
    const std::int64_t now_ns = kClock.WallNs();
    partial.append(block, static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = partial.find('\n', begin)) != std::string::npos; begin = end + 1) {
      const auto number = NumberOf(std::string_view(partial).substr(begin, end - begin));
      if (!number || *number < 0 || *number >= count) continue;
      seen_ns[static_cast<std::size_t>(*number)] = now_ns;
      ++lines;
    }
    partial.erase(0, begin);
  }
  // When the log tool had written each record.
  std::vector<double> from_write, from_log;
  std::ifstream said(log.folder() / "said");
  std::int64_t index = 0, written_ns = 0;
  while (said >> index >> written_ns) {
    if (index < 0 || index >= count || seen_ns[static_cast<std::size_t>(index)] == 0) continue;
    const std::int64_t seen = seen_ns[static_cast<std::size_t>(index)];
    from_write.push_back(static_cast<double>(seen - written_ns) / 1e6);
    from_log.push_back(static_cast<double>(seen - start_ns) / 1e6 - static_cast<double>(index) / kRate * 1e3);
  }
  if (from_write.empty()) Die("no line came to the terminal");
  std::sort(from_write.begin(), from_write.end());
  std::sort(from_log.begin(), from_log.end());
  const auto at = [](const std::vector<double>& sorted, double part) {
    return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(part * static_cast<double>(sorted.size())))];
  };
  fmt::print("watch: {} of {} lines on the terminal, 1,000 a second\n"
             "  from the log tool's write: p50 {:.1f} ms, p99 {:.1f} ms, most {:.1f} ms\n"
             "  from the record's own time (the tool looks every 2 ms): p50 {:.1f} ms, p99 {:.1f} ms\n",
             lines, count, at(from_write, 0.5), at(from_write, 0.99), from_write.back(), at(from_log, 0.5), at(from_log, 0.99));
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> parts;
  int seconds = 60;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--seconds" && i + 1 < argc) {
      seconds = std::max(1, std::atoi(argv[++i]));
    } else {
      parts.push_back(argument);
    }
  }
  const auto wanted = [&](const std::string& part) {
    return parts.empty() || std::find(parts.begin(), parts.end(), part) != parts.end();
  };
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (wanted("idle")) Idle(seconds);
  if (wanted("flood")) Load("flood", std::int64_t{40'000} * seconds, 40'000);
  if (wanted("burst")) Load("burst", 1'000'000, 1e9);
  if (wanted("watch")) Watch(seconds);
}
