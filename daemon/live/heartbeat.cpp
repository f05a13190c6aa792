#include "daemon/live/heartbeat.h"

#include <fcntl.h>
#include <unistd.h>

#include <random>

#include <fmt/format.h>

#include "core/base/clock.h"
#include "core/base/descriptor.h"
#include "daemon/live/platform/system.h"

namespace sbtune::live {
namespace {

class SystemHeartbeat final : public HeartbeatWriter {
 public:
  bool Write(std::string_view message) override { return platform::WriteToSystemLog(std::string(message).c_str()); }
};

}  // namespace

std::unique_ptr<HeartbeatWriter> MakeSystemHeartbeat() { return std::make_unique<SystemHeartbeat>(); }

bool FileHeartbeat::Write(std::string_view message) {
  const base::Descriptor file(::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600));
  const std::string line = fmt::format("{} {} {}\n", base::SystemClock().WallNs(), ::getpid(), message);
  return file && base::WriteAvailable(file.get(), line) == line.size();
}

HeartbeatNamer::HeartbeatNamer(pid_t pid) {
  std::random_device random;
  start_ = fmt::format("sbtuned heartbeat {} {:08x}{:08x}{:08x}{:08x}", pid, random(), random(), random(), random());
}

std::string HeartbeatNamer::Next() { return fmt::format("{} {}", start_, ++number_); }

}  // namespace sbtune::live
