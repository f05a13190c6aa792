// A stand-in for macOS's /usr/bin/log: `stream` and `show` in ndjson, with everything that the real one does to a
// reader. What it plays stands in the file `scenario` beside it; see scenario.h. Time is the real wall clock: what
// was "logged" before now is what `show` has, and `stream` says things when their time comes.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "tests/support/standin/scenario.h"

namespace standin {
namespace {

volatile std::sig_atomic_t g_interrupted = 0;

std::int64_t WallNs() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

[[noreturn]] void Complain(int code, const std::string& text) {
  if (!text.empty()) std::fprintf(stderr, "log: %s\n", text.c_str());
  std::exit(code);
}

// Keeps what is to be written until it is worth a write(2); ends with SIGPIPE like the real one.
class Output {
 public:
  void Line(std::string_view line) {
    buffer_.append(line).push_back('\n');
    if (buffer_.size() >= (1u << 16)) Flush();
  }
  void Raw(std::string_view bytes) { buffer_.append(bytes); }
  void Flush() {
    std::string_view rest = buffer_;
    while (!rest.empty()) {
      const ssize_t put = ::write(STDOUT_FILENO, rest.data(), rest.size());
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) std::exit(1);
      rest.remove_prefix(static_cast<std::size_t>(put));
    }
    buffer_.clear();
  }

 private:
  std::string buffer_;
};

struct Options {
  std::string verb, predicate, start, end, archive;
  std::set<std::int64_t> pids;  // whose heartbeats the predicate lets through
};

Options Parse(int argc, char** argv) {
  Options options;
  if (argc < 2) Complain(64, "usage: log <command>");
  options.verb = argv[1];
  if (options.verb != "stream" && options.verb != "show") Complain(64, "Unknown subcommand '" + options.verb + "'");
  for (int i = 2; i < argc; ++i) {
    const std::string name = argv[i];
    const bool flag = name.starts_with("--no-") || name == "--loss" || name == "--info" || name == "--debug";
    if (flag) continue;
    if (i + 1 == argc) Complain(64, fmt::format("option '{}' requires an argument", name));
    const std::string value = argv[++i];
    if (name == "--predicate") options.predicate = value;
    else if (name == "--start") options.start = value;
    else if (name == "--end") options.end = value;
    else if (name == "--archive") options.archive = value;
    else if (name == "--style" && value != "ndjson") Complain(64, "Invalid style");
    else if (name != "--style" && name != "--color" && name != "--level" && name != "--last") {
      Complain(64, fmt::format("unrecognized option '{}'", name));
    }
  }
  const std::string_view clause = "processIdentifier == ";
  for (std::size_t at = options.predicate.find(clause); at != std::string::npos;
       at = options.predicate.find(clause, at + 1)) {
    options.pids.insert(std::atoll(options.predicate.c_str() + at + clause.size()));
  }
  if (!options.archive.empty() && ::access(options.archive.c_str(), R_OK) != 0) {
    Complain(64, fmt::format("Could not open log archive: {}: No such file or directory", options.archive));
  }
  return options;
}

// The heartbeats file as it grows.
class Heartbeats {
 public:
  Heartbeats(const Scenario& scenario, const Options& options) : scenario_(scenario), options_(options) {}
  std::vector<Heartbeat> Next() {
    std::vector<Heartbeat> found;
    if (scenario_.heartbeats.empty()) return found;
    std::ifstream file(scenario_.heartbeats);
    file.seekg(static_cast<std::streamoff>(offset_));
    for (std::string line; std::getline(file, line) && !file.eof();) {
      offset_ += line.size() + 1;
      std::istringstream words(line);
      Heartbeat heartbeat;
      words >> heartbeat.time_ns >> heartbeat.pid;
      std::getline(words >> std::ws, heartbeat.message);
      if (heartbeat.pid == 0 || options_.pids.contains(heartbeat.pid)) found.push_back(std::move(heartbeat));
    }
    return found;
  }

 private:
  const Scenario& scenario_;
  const Options& options_;
  std::size_t offset_ = 0;
};

class Stream {
 public:
  Stream(const Scenario& scenario, const Options& options)
      : scenario_(scenario), heartbeats_(scenario, options), from_ns_(WallNs() + scenario.attach_ns) {}

  void Run() {
    std::int64_t next = scenario_.IndexAt(from_ns_);
    noted_ = next;
    if (!scenario_.said_file.empty()) said_file_.open(scenario_.said_file, std::ios::app);
    const std::int64_t count = scenario_.Count();
    // Whoever killed our parent did not mean to leave us behind.
    const pid_t parent = ::getppid();
    while (g_interrupted == 0 && ::getppid() == parent) {
      const std::int64_t now_ns = WallNs();
      const std::int64_t due = scenario_.IndexAt(now_ns);
      while (next < std::min(due, count)) next = Window(next, std::min(due, count));
      for (const Heartbeat& heartbeat : heartbeats_.Next()) {
        if (heartbeat.time_ns >= from_ns_) Say(HeartbeatLine(scenario_, heartbeat, heartbeat.time_ns));
      }
      const std::int64_t write_ns = WallNs();
      output_.Flush();
      Note(next, write_ns);
      const std::int64_t pause_ns = next < count ? std::clamp<std::int64_t>(scenario_.TimeOf(next) - WallNs(), 0, 2'000'000) : 2'000'000;
      const timespec pause = {0, pause_ns};
      if (pause_ns > 0) ::nanosleep(&pause, nullptr);
    }
    output_.Line(fmt::format(R"({{"count":{},"finished":1}})", said_));
    output_.Flush();
  }

 private:
  // Records up to `next` were written at that time.
  void Note(std::int64_t next, std::int64_t time_ns) {
    if (!said_file_.is_open() || next == noted_) return;
    for (; noted_ < next; ++noted_) said_file_ << noted_ << ' ' << time_ns << '\n';
    said_file_.flush();
  }

  void Say(const std::string& line) {
    output_.Line(line);
    ++said_;
  }

  // Says [next, end) or the first window of it; where to go on.
  std::int64_t Window(std::int64_t next, std::int64_t end) {
    if (scenario_.reorder > 1) end = std::min(end, next + scenario_.reorder);
    std::vector<std::string> lines;
    std::int64_t at = next;
    for (; at < end && lines.size() < 1024; ++at) {
      if (const auto marker = markers_.find(at); marker != markers_.end()) {
        SayAll(lines);
        output_.Line(marker->second);
        markers_.erase(marker);
      }
      const auto event = scenario_.events.find(at);
      if (event != scenario_.events.end()) {
        SayAll(lines);
        const std::int64_t left_out = Happen(event->second, at);
        if (left_out > 0) return at + left_out;
      }
      lines.push_back(scenario_.Line(at, scenario_.TimeOf(at)));
      if (scenario_.again > 0 && at % scenario_.again == 0) lines.push_back(lines.back());
    }
    SayAll(lines);
    return at;
  }

  void SayAll(std::vector<std::string>& lines) {
    if (scenario_.reorder > 1) std::reverse(lines.begin(), lines.end());
    for (const std::string& line : lines) Say(line);
    lines.clear();
  }

  // How many records are left out.
  std::int64_t Happen(const Event& event, std::int64_t index) {
    // Said after what was lost; markers of others may come through in between.
    if (event.what == "drop") {
      markers_[index + event.number] =
          "=== Messages dropped during live streaming (use `log show` to see what they were)";
      return event.number;
    }
    if (event.what == "loss") {
      markers_[index + event.number] = fmt::format(R"({{"eventType":"lossEvent","timestamp":"{}","count":{}}})",
                                                   FormatTime(scenario_.TimeOf(index)), event.number);
      return event.number;
    }
    if (event.what == "lose") return event.number;
    if (event.what == "blank") output_.Line("");
    if (event.what == "forge") Say(ForgedLine(scenario_, index));
    if (event.what == "huge") {
      output_.Raw("{\"eventMessage\":\"");
      const std::string piece(1u << 16, 'x');
      for (std::int64_t left = event.number; left > 0; left -= 1 << 16) {
        output_.Raw(piece);
        output_.Flush();
      }
      output_.Line("\"}");
    }
    if (event.what == "cut") {
      const std::string line = scenario_.Line(index, scenario_.TimeOf(index));
      output_.Raw(line.substr(0, line.size() / 2));
    }
    if (event.what == "cut" || event.what == "exit") {
      output_.Flush();
      Complain(static_cast<int>(event.number), event.number == 0 ? "" : "The connection to diagnosticd was lost");
    }
    if (event.what == "stall") {
      output_.Flush();
      const pid_t parent = ::getppid();
      while (g_interrupted == 0 && ::getppid() == parent) ::usleep(10'000);
    }
    return 0;
  }

  const Scenario& scenario_;
  Heartbeats heartbeats_;
  const std::int64_t from_ns_;
  Output output_;
  std::map<std::int64_t, std::string> markers_;  // to be said before the record of that index
  std::int64_t said_ = 0;
  std::ofstream said_file_;
  std::int64_t noted_ = 0;
};

// "@SECONDS", the only form that is used here.
std::int64_t TimeArgument(const std::string& text, std::int64_t otherwise_ns) {
  if (text.empty()) return otherwise_ns;
  if (text[0] != '@') Complain(64, "Bad time: " + text);
  return std::atoll(text.c_str() + 1) * 1'000'000'000;
}

void Show(const Scenario& scenario, const Options& options) {
  Output output;
  const std::int64_t have_until_ns = WallNs() - scenario.show_lag_ns;
  const std::int64_t from_ns = std::max(TimeArgument(options.start, 0), scenario.show_from_ns);
  const std::int64_t to_ns = std::min(TimeArgument(options.end, have_until_ns), have_until_ns);
  std::vector<Heartbeat> heartbeats = Heartbeats(scenario, options).Next();
  std::size_t heartbeat = 0;
  std::int64_t said = 0;
  const auto say_heartbeats_until = [&](std::int64_t time_ns) {
    for (; heartbeat < heartbeats.size() && heartbeats[heartbeat].time_ns <= time_ns; ++heartbeat) {
      if (heartbeats[heartbeat].time_ns < from_ns) continue;
      output.Line(HeartbeatLine(scenario, heartbeats[heartbeat], heartbeats[heartbeat].time_ns + scenario.shift_ns));
      ++said;
    }
  };
  for (std::int64_t index = scenario.IndexAt(from_ns); index < scenario.Count(); ++index) {
    const std::int64_t time_ns = scenario.TimeOf(index);
    if (time_ns > to_ns) break;
    say_heartbeats_until(time_ns);
    const std::int64_t shift_ns = scenario.shift_ns == 0 ? 0 : scenario.shift_ns * (index % 5 - 2) / 2;
    const std::string line = scenario.Line(index, time_ns + shift_ns);
    if (scenario.show_cut == index) {
      output.Raw(line.substr(0, line.size() / 2));
      output.Flush();
      Complain(1, "The log archive is corrupt");
    }
    output.Line(line);
    ++said;
  }
  say_heartbeats_until(to_ns);
  output.Line(fmt::format(R"({{"count":{},"finished":1}})", said));
  output.Flush();
}

}  // namespace
}  // namespace standin

int main(int argc, char** argv) {
  using namespace standin;
  const Options options = Parse(argc, argv);
  const std::string self = argv[0];
  const Scenario scenario = ReadScenario(self.substr(0, self.rfind('/')));
  if (scenario.only_exit) Complain(scenario.only_exit->first, scenario.only_exit->second);
  struct sigaction interrupted {};
  interrupted.sa_handler = [](int) { g_interrupted = 1; };
  ::sigaction(SIGINT, &interrupted, nullptr);
  if (!options.predicate.empty()) {
    std::printf("Filtering the log data using \"%s\"\n", options.predicate.c_str());
    std::fflush(stdout);
  }
  if (options.verb == "show") {
    Show(scenario, options);
  } else {
    Stream(scenario, options).Run();
  }
}
