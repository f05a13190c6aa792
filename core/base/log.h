// Our own log: what the daemon did, for the user and for bug reports. Not for denials (they go to the store) and
// not for messages of commands (they go to stderr).
//
//   base::Result<std::unique_ptr<base::Log>> log = base::OpenFileLog(path);
//   (*log)->Info("attached to the log stream");
//
// Whole sentences. Control bytes are escaped here, so a message may quote anything. Any thread may write.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace sbtune::base {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

class Log {
 public:
  virtual ~Log() = default;
  virtual void Write(LogLevel level, std::string_view message) = 0;
  virtual void SetLevel(LogLevel least) = 0;  // any thread
  void Debug(std::string_view message) { Write(LogLevel::kDebug, message); }
  void Info(std::string_view message) { Write(LogLevel::kInfo, message); }
  void Warning(std::string_view message) { Write(LogLevel::kWarning, message); }
  void Error(std::string_view message) { Write(LogLevel::kError, message); }
};

class NullLog final : public Log {
 public:
  void Write(LogLevel, std::string_view) override {}
  void SetLevel(LogLevel) override {}
};

struct FileLogSettings {
  std::string path = {};                      // its folder must exist; created 0600
  LogLevel level = LogLevel::kInfo;          // what is less important is not written
  std::size_t rotate_bytes = 5u << 20;       // then NAME.log -> NAME.1.log -> … -> NAME.N.log
  std::size_t rotated_files = 3;
};

// Rotates by size, because launchd does not. Lines: "2026-01-31T12:00:00.123Z info attached to the log stream".
[[nodiscard]] Result<std::unique_ptr<Log>> OpenFileLog(const FileLogSettings& settings);
// The same lines on stderr, for --foreground.
[[nodiscard]] std::unique_ptr<Log> OpenStderrLog(LogLevel level);

}  // namespace sbtune::base
