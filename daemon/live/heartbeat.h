// Writes our own marker into the system's log. When it comes back through the stream, the stream is attached.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <string_view>

namespace sbtune::live {

class HeartbeatWriter {
 public:
  virtual ~HeartbeatWriter() = default;
  // False where this system has no log to write to.
  [[nodiscard]] virtual bool Write(std::string_view message) = 0;
};

// os_log on macOS (type default, which is kept on disk, so that a later back-fill finds it); elsewhere nothing.
[[nodiscard]] std::unique_ptr<HeartbeatWriter> MakeSystemHeartbeat();

// Appends "TIME_NS PID MESSAGE" lines to a file: how a stand-in for `log` learns of markers. Not for real use.
class FileHeartbeat final : public HeartbeatWriter {
 public:
  explicit FileHeartbeat(std::string path) : path_(std::move(path)) {}
  [[nodiscard]] bool Write(std::string_view message) override;

 private:
  std::string path_;
};

// "sbtuned heartbeat PID NONCE NUMBER" with 128 random bits: nobody can have written it before us.
class HeartbeatNamer {
 public:
  explicit HeartbeatNamer(pid_t pid);
  [[nodiscard]] std::string Next();

 private:
  std::string start_;
  std::uint64_t number_ = 0;
};

}  // namespace sbtune::live
