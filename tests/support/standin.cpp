#include "tests/support/standin.h"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "core/base/clock.h"
#include "core/base/descriptor.h"

namespace sbtune::test {
namespace {

std::string EscapeSlashes(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '/') out += '\\';
    out += c;
  }
  return out;
}

constexpr std::string_view kRecord =
    R"({{"traceID":{},"eventMessage":"{}","eventType":"logEvent","source":null,"formatString":"%s","userID":0,"activityIdentifier":0,"subsystem":"com.apple.sandbox.reporting","category":"violation","threadID":{},"senderImageUUID":"5C1B2F8A-0000-3B0A-9C60-0F4E6B0C1D2E","backtrace":{{"frames":[{{"imageOffset":91234,"imageUUID":"5C1B2F8A-0000-3B0A-9C60-0F4E6B0C1D2E"}}]}},"bootUUID":"","processImagePath":"{}","senderImagePath":"{}","timestamp":"2026-01-01 00:00:00.000000+0000","machTimestamp":0,"messageType":"Error","processImageUUID":"11D2A9E8-0000-3C1D-8A27-1B2C3D4E5F60","processID":{},"senderProgramCounter":91234,"parentActivityIdentifier":0,"timezoneName":""}})";

}  // namespace

std::string KernelRecord(const std::string& process, int pid, const std::string& operation, const std::string& target,
                         int thread) {
  const std::string message = fmt::format("Sandbox: {}({}) deny(1) {} {}", process, pid, operation, EscapeSlashes(target));
  return fmt::format(fmt::runtime(kRecord), 5823712456785924, message, thread, "\\/kernel",
                     "\\/System\\/Library\\/Extensions\\/Sandbox.kext\\/Contents\\/MacOS\\/Sandbox", 0);
}

std::string SandboxdRecord(const std::string& process, int pid, const std::string& operation,
                           const std::string& target, int thread) {
  const std::string escaped = EscapeSlashes(target);
  const std::string message = fmt::format(
      "Sandbox: {0}({1}) deny(1) {2} {3}\\nViolation:       deny(1) {2} {3}\\nProcess:         {0} [{1}]\\n"
      "MetaData: {{\\\"action\\\":\\\"deny\\\",\\\"errno\\\":1,\\\"operation\\\":\\\"{2}\\\",\\\"pid\\\":{1},"
      "\\\"process\\\":\\\"{0}\\\",\\\"target\\\":\\\"{3}\\\",\\\"platform-policy\\\":false}}",
      process, pid, operation, escaped);
  return fmt::format(fmt::runtime(kRecord), 77, message, thread, "\\/usr\\/libexec\\/sandboxd",
                     "\\/usr\\/libexec\\/sandboxd", 99);
}

StandinLog::StandinLog() { std::filesystem::create_symlink(SBTUNE_STANDIN_LOG, folder_ / "log"); }

void StandinLog::Record(int count) {
  static constexpr std::string_view kOperations[] = {"file-read-data", "file-read-metadata", "file-write-create",
                                                     "process-exec*", "mach-lookup"};
  std::ofstream file(folder_ / "recording.ndjson");
  for (int i = 0; i < count; ++i) {
    // Every fifth record is sandboxd's repetition of the one before.
    const int what = i % 5 == 4 ? i - 1 : i;
    const std::string process = fmt::format("tool{}", what % 7);
    const std::string operation(kOperations[static_cast<std::size_t>(what) % 5]);
    const std::string target = operation == "mach-lookup" ? fmt::format("com.example.service{}", what % 11)
                                                          : fmt::format("/private/tmp/job/f {}/x{}", what % 13, what % 101);
    const int pid = 500 + what / 50;
    file << (i == what ? KernelRecord(process, pid, operation, target, 4000 + i)
                       : SandboxdRecord(process, pid, operation, target, 4000 + i))
         << '\n';
  }
}

void StandinLog::RecordDistinct(int count) {
  std::ofstream file(folder_ / "recording.ndjson");
  for (int i = 0; i < count; ++i) {
    file << KernelRecord("tool", 500 + i / 100, "file-read-data", fmt::format("/private/tmp/job/{}", i), 4000 + i % 50)
         << '\n';
  }
}

void StandinLog::RecordTwins(int count) {
  std::ofstream file(folder_ / "recording.ndjson");
  for (int i = 0; i < count; ++i) {
    const int what = i % 5 == 4 ? i - 1 : i;
    const std::string target = fmt::format("/private/tmp/job/{}", what);
    file << (i == what ? KernelRecord("tool", 500 + what / 100, "file-read-data", target, 4000 + i % 50)
                       : SandboxdRecord("tool", 500 + what / 100, "file-read-data", target, 4000 + i % 50))
         << '\n';
  }
}

void StandinLog::Deny(int first, int count) {
  std::string lines;
  for (int i = first; i < first + count; ++i) {
    lines += fmt::format("{} 0 Sandbox: tool(500) deny(1) file-read-data /private/tmp/job/{}\n",
                         base::SystemClock().WallNs(), i);
  }
  Append(lines);
}

void StandinLog::DenyAccess(const std::string& process, const std::string& access) {
  Append(fmt::format("{} 0 Sandbox: {}(500) deny(1) {}\n", base::SystemClock().WallNs(), process, access));
}

// The daemon appends its markers to the same file.
void StandinLog::Append(const std::string& lines) {
  const base::Descriptor file(::open(heartbeats().c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  SBTUNE_ASSERT(::write(file.get(), lines.data(), lines.size()) == static_cast<ssize_t>(lines.size()));
}

void StandinLog::Play(const std::string& directives) { PlayFrom(base::SystemClock().WallNs(), directives); }

void StandinLog::PlayFrom(std::int64_t start_ns, const std::string& directives) {
  const std::string path = folder_ / "scenario";
  {
    std::ofstream file(path + ".new");
    file << "recording " << (folder_ / "recording.ndjson") << "\nheartbeats " << heartbeats() << "\nstart-ns " << start_ns
         << "\n" << directives;
  }
  std::filesystem::rename(path + ".new", path);
}

}  // namespace sbtune::test
