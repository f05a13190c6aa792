#include "tests/support/standin/scenario.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace standin {
namespace {

constexpr std::int64_t kMs = 1'000'000;

[[noreturn]] void Die(const std::string& why) {
  std::fprintf(stderr, "standin log: %s\n", why.c_str());
  std::exit(99);
}

// Replaces the value of `key` (a plain number or string) in a JSON line.
void Stamp(std::string& line, std::string_view key, std::string_view value) {
  const std::string quoted = "\"" + std::string(key) + "\"";
  const std::size_t at = line.find(quoted);
  if (at == std::string::npos) return;
  const std::size_t begin = line.find_first_not_of(" :", at + quoted.size());
  std::size_t end = 0;
  if (line[begin] == '"') {
    end = line.find('"', begin + 1) + 1;
  } else {
    end = line.find_first_of(",}", begin);
  }
  line.replace(begin, end - begin, value);
}

void ReadRecording(Scenario& scenario, const std::string& path) {
  std::ifstream file(path);
  if (!file) Die("cannot read " + path);
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] == '{' && line.find("\"finished\"") == std::string::npos) {
      scenario.records.push_back(std::move(line));
    }
  }
  if (scenario.records.empty()) Die(path + " holds no records");
}

void ReadDirective(Scenario& scenario, const std::string& text) {
  std::istringstream words(text);
  std::string key, path;
  std::int64_t number = 0;
  words >> key;
  if (key.empty() || key[0] == '#') return;
  if (key == "recording") {
    words >> path;
    ReadRecording(scenario, path);
  } else if (key == "start-ns") {
    words >> scenario.start_ns;
  } else if (key == "play") {
    Segment segment;
    words >> segment.count >> segment.rate;
    scenario.segments.push_back(segment);
  } else if (key == "boot") {
    words >> number >> path;
    scenario.boots[number] = path == "-" ? "" : path;
  } else if (key == "heartbeats") {
    words >> scenario.heartbeats;
  } else if (key == "said-file") {
    words >> scenario.said_file;
  } else if (key == "attach-ms" || key == "show-lag-ms" || key == "shift-ms") {
    words >> number;
    (key == "attach-ms" ? scenario.attach_ns : key == "shift-ms" ? scenario.shift_ns : scenario.show_lag_ns) = number * kMs;
  } else if (key == "show-from-ns") {
    words >> scenario.show_from_ns;
  } else if (key == "show-cut") {
    words >> number;
    scenario.show_cut = number;
  } else if (key == "exit") {
    words >> number;
    std::string say;
    std::getline(words >> std::ws, say);
    scenario.only_exit = {static_cast<int>(number), say};
  } else if (key == "at") {
    Event event;
    words >> number >> event.what >> event.number;
    scenario.events[number] = event;
  } else if (key == "again") {
    words >> scenario.again;
  } else if (key == "reorder") {
    words >> scenario.reorder;
  } else {
    Die("unknown directive " + key);
  }
}

}  // namespace

Scenario ReadScenario(const std::string& folder) {
  Scenario scenario;
  scenario.folder = folder;
  std::ifstream file(folder + "/scenario");
  if (!file) Die("cannot read " + folder + "/scenario");
  for (std::string line; std::getline(file, line);) ReadDirective(scenario, line);
  if (scenario.boots.empty() || scenario.boots.begin()->first != 0) {
    scenario.boots[0] = "5E2B0A40-0000-4000-8000-000000000001";
  }
  return scenario;
}

std::int64_t Scenario::Count() const {
  std::int64_t count = 0;
  for (const Segment& segment : segments) count += segment.count;
  return count;
}

std::int64_t Scenario::TimeOf(std::int64_t index) const {
  std::int64_t begin_ns = start_ns;
  for (const Segment& segment : segments) {
    const std::int64_t inside = std::min(index, segment.count);
    begin_ns += static_cast<std::int64_t>(static_cast<double>(inside) / segment.rate * 1e9);
    index -= inside;
    if (index == 0 && inside < segment.count) break;
  }
  return begin_ns;
}

std::int64_t Scenario::IndexAt(std::int64_t time_ns) const {
  std::int64_t low = 0, high = Count();
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (TimeOf(middle) < time_ns) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

const std::string& Scenario::BootAt(std::int64_t time_ns) const {
  const std::string* boot = &boots.begin()->second;
  for (const auto& [index, uuid] : boots) {
    if (index == 0 || TimeOf(index) <= time_ns) boot = &uuid;
  }
  return *boot;
}

std::uint64_t Scenario::TicksAt(std::int64_t time_ns) const {
  std::int64_t boot_ns = start_ns - 3'600'000'000'000;
  for (const auto& [index, uuid] : boots) {
    if (index != 0 && TimeOf(index) <= time_ns) boot_ns = TimeOf(index) - 1'000'000'000;
  }
  return static_cast<std::uint64_t>(std::max<std::int64_t>(time_ns - boot_ns, 0)) * 24 / 1000;
}

std::string FormatTime(std::int64_t wall_ns) {
  const std::time_t seconds = static_cast<std::time_t>(wall_ns / 1'000'000'000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}+0000", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, wall_ns % 1'000'000'000 / 1000);
}

std::string Scenario::Line(std::int64_t index, std::int64_t shown_ns) const {
  std::string line = records[static_cast<std::size_t>(index) % records.size()];
  const std::int64_t time_ns = TimeOf(index);
  Stamp(line, "timestamp", "\"" + FormatTime(shown_ns) + "\"");
  Stamp(line, "machTimestamp", std::to_string(TicksAt(time_ns)));
  Stamp(line, "bootUUID", "\"" + BootAt(time_ns) + "\"");
  return line;
}

std::string HeartbeatLine(const Scenario& scenario, const Heartbeat& heartbeat, std::int64_t shown_ns) {
  const bool kernel = heartbeat.pid == 0;
  const std::string_view image = kernel ? "\\/kernel" : "\\/usr\\/local\\/bin\\/sbtuned";
  const std::string_view sender =
      kernel ? "\\/System\\/Library\\/Extensions\\/Sandbox.kext\\/Contents\\/MacOS\\/Sandbox" : image;
  return fmt::format(
      R"({{"traceID":1125899906842624,"eventMessage":"{}","eventType":"logEvent","source":null,"formatString":"%{{public}}s","userID":501,"activityIdentifier":0,"subsystem":"io.sbtune.sbtuned","category":"heartbeat","threadID":1,"senderImageUUID":"","backtrace":{{"frames":[]}},"bootUUID":"{}","processImagePath":"{}","senderImagePath":"{}","timestamp":"{}","machTimestamp":{},"messageType":"Default","processImageUUID":"","processID":{},"senderProgramCounter":1,"parentActivityIdentifier":0,"timezoneName":""}})",
      heartbeat.message, scenario.BootAt(heartbeat.time_ns), image, sender, FormatTime(shown_ns), scenario.TicksAt(heartbeat.time_ns),
      heartbeat.pid);
}

std::string ForgedLine(const Scenario& scenario, std::int64_t index) {
  const std::int64_t time_ns = scenario.TimeOf(index);
  return fmt::format(
      R"({{"traceID":1,"eventMessage":"Sandbox: forged({}) deny(1) file-write-data \/private\/etc\/forged","eventType":"logEvent","source":null,"formatString":"%s","userID":501,"activityIdentifier":0,"subsystem":"com.apple.sandbox.reporting","category":"violation","threadID":2,"senderImageUUID":"","backtrace":{{"frames":[]}},"bootUUID":"{}","processImagePath":"\/Users\/dev\/forger","senderImagePath":"\/Users\/dev\/forger","timestamp":"{}","machTimestamp":{},"messageType":"Error","processImageUUID":"","processID":666,"senderProgramCounter":1,"parentActivityIdentifier":0,"timezoneName":""}})",
      index, scenario.BootAt(time_ns), FormatTime(time_ns), scenario.TicksAt(time_ns));
}

}  // namespace standin
