#include "tests/support/log_generator.h"

#include <array>
#include <iterator>

#include <fmt/format.h>

namespace sbtune::test {
namespace {

using Text = std::string_view;

constexpr std::array<Text, 16> kProcesses = {"bash",           "python3.12",
                                             "node",           "git",
                                             "clang",          "ld",
                                             "Example Helper", "exampled",
                                             "cmake",          "com.example.agent",
                                             "ninja",          "Example Helper (Renderer)",
                                             "swift-frontend", "quicklookd",
                                             "rsync",          "com.example.Thumbna"};
constexpr std::array<Text, 10> kRoots = {"/private/tmp",
                                         "/private/var/folders/zz/1x",
                                         "/Users/dev/project",
                                         "/Users/dev/Library/Caches",
                                         "/usr/local/lib",
                                         "/opt/homebrew/Cellar",
                                         "/System/Library/Frameworks",
                                         "/private/etc",
                                         "/Library/Preferences",
                                         "/Users/dev/Documents/My Notes"};
constexpr std::array<Text, 14> kNames = {
    "build", "cache",     "index.db", "config.toml",   "node_modules", "main.o", "include",
    "A",     "Resources", "hosts",    "settings.json", "lib",          "v2",     "objects"};
constexpr std::array<Text, 8> kPathOperations = {
    "file-read-data",    "file-read-metadata", "file-write-create",   "file-write-data",
    "file-write-unlink", "process-exec*",      "file-test-existence", "file-read-xattr"};
constexpr std::array<Text, 8> kServices = {"com.example.logd",
                                           "com.example.pasteboard.1",
                                           "com.example.trust.agent",
                                           "com.example.fonts",
                                           "com.example.windowserver.active",
                                           "com.example.coreservices",
                                           "com.example.power",
                                           "com.example.audio"};
constexpr std::array<Text, 5> kSysctls = {"kern.bootargs", "hw.memsize", "kern.osversion", "vm.loadavg",
                                          "hw.model"};

void AppendEscaped(Text text, std::string& out) {
  for (const char c : text) {
    if (c == '/' || c == '"' || c == '\\') out += '\\';
    out += c;
  }
}

}  // namespace

std::uint64_t LogGenerator::Next() {  // splitmix64
  std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

template <typename Pool>
std::string_view LogGenerator::Pick(const Pool& pool) {
  return pool[Below(pool.size())];
}

void LogGenerator::AppendPath(std::string& out) {
  out += Pick(kRoots);
  for (std::uint64_t depth = 1 + Below(5); depth > 0; --depth) {
    out += '/';
    out += Pick(kNames);
    if (Below(3) == 0) fmt::format_to(std::back_inserter(out), "{:x}", Below(1u << 16));
  }
}

void LogGenerator::AppendAccess(std::string& out) {
  const std::uint64_t kind = Below(20);
  if (kind < 13) {
    out += Pick(kPathOperations);
    out += ' ';
    AppendPath(out);
  } else if (kind < 16) {
    out += "mach-lookup ";
    out += Pick(kServices);
  } else if (kind < 18) {
    out += "sysctl-read ";
    out += Pick(kSysctls);
  } else if (kind == 18) {
    out +=
        Below(2) == 0 ? "network-outbound /private/var/run/mDNSResponder" : "network-outbound remote:*:443";
  } else {
    out += Below(2) == 0 ? "signal" : "process-fork";
  }
}

std::pair<std::string_view, std::string>& LogGenerator::PickActor() {
  constexpr std::size_t kRemembered = 65'536;
  if (!actors_.empty() && Below(1000) >= fresh_) {
    // Few do most: the square makes the first of them the likeliest.
    const std::uint64_t part = Below(1u << 16);
    return actors_[actors_.size() * (part * part >> 16) >> 16];
  }
  const bool room = actors_.size() < kRemembered;
  auto& actor = room ? actors_.emplace_back() : actors_[oldest_++ % kRemembered];
  actor.first = Pick(kProcesses);
  actor.second.clear();
  AppendAccess(actor.second);
  return actor;
}

void LogGenerator::AppendMessage(std::string& out) {
  const std::uint64_t kind = Below(100);
  if (kind < 7) {
    const std::uint64_t more = 1 + Below(30);
    fmt::format_to(std::back_inserter(out), "{} duplicate report{} for ", more, more == 1 ? "" : "s");
  }
  out += kind % 33 == 1 ? "System Policy: " : "Sandbox: ";
  const auto& [process, access] = PickActor();
  out += process;
  fmt::format_to(std::back_inserter(out), "({}) {} ", 100 + Below(90'000), kind == 50 ? "allow" : "deny(1)");
  out += access;
}

void LogGenerator::AppendTime(std::string& out, int digits) {
  microseconds_ += 1 + Below(4000);
  const std::uint64_t second = microseconds_ / 1'000'000;
  const std::uint64_t fraction = microseconds_ % 1'000'000;
  fmt::format_to(std::back_inserter(out), "2026-{:02}-{:02} {:02}:{:02}:{:02}.", 1 + second / 2'419'200 % 12,
                 1 + second / 86'400 % 28, second / 3600 % 24, second / 60 % 60, second % 60);
  if (digits == 3)
    fmt::format_to(std::back_inserter(out), "{:03}", fraction / 1000);
  else
    fmt::format_to(std::back_inserter(out), "{:06}", fraction);
}

void LogGenerator::AppendCompact(std::string& out) {
  AppendTime(out, 3);
  fmt::format_to(std::back_inserter(out), " E  kernel[0:{:x}] (Sandbox) ", 0x100 + Below(0xFFFFF));
  AppendMessage(out);
  out += '\n';
}

void LogGenerator::AppendNoise(std::string& out) {
  AppendTime(out, 3);
  fmt::format_to(
      std::back_inserter(out), " Df {}[{}:{:x}] [com.example.net:session] task <{:08X}>.<{}> finished: {} ",
      Pick(kServices), 100 + Below(9000), Below(0xFFFFF), Below(0xFFFFFFFF), Below(99), Pick(kNames));
  AppendPath(out);
  out += '\n';
}

void LogGenerator::AppendNdjson(std::string& out) {
  std::string time;
  AppendTime(time, 6);
  std::string message;
  AppendMessage(message);
  const std::uint64_t thread = 1000 + Below(900'000);
  fmt::format_to(
      std::back_inserter(out),
      "{{\"timezoneName\":\"\",\"messageType\":\"Error\",\"eventType\":\"logEvent\",\"source\":null,"
      "\"formatString\":\"%s\",\"userID\":0,\"activityIdentifier\":0,\"subsystem\":\"\",\"category\":\"\","
      "\"threadID\":{},\"senderImageUUID\":\"0D9E1F60-0000-4000-8000-3F2A5B7C9D11\",\"backtrace\":{{"
      "\"frames\":[{{"
      "\"imageOffset\":148280,\"imageUUID\":\"0D9E1F60-0000-4000-8000-3F2A5B7C9D11\"}}]}},\"bootUUID\":"
      "\"7A41C0DE-1111-4222-8333-944455566677\",\"processImagePath\":\"\\/kernel\",\"senderImagePath\":"
      "\"\\/System\\/Library\\/Extensions\\/Sandbox.kext\\/Contents\\/MacOS\\/Sandbox\",\"timestamp\":"
      "\"{}-0700\",\"machTimestamp\":{},\"eventMessage\":\"",
      thread, time, 17'000'000'000'000 + microseconds_ * 24);
  AppendEscaped(message, out);
  out +=
      "\",\"processImageUUID\":\"A1B2C3D4-5555-4666-8777-888999AAABBB\",\"traceID\":603460085485572,"
      "\"processID\":0,\"senderProgramCounter\":148280,\"parentActivityIdentifier\":0}\n";
}

}  // namespace sbtune::test
