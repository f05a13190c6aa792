#include "core/base/log.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "core/base/descriptor.h"
#include "core/base/text.h"

namespace sbtune::base {
namespace {

spdlog::level::level_enum Level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::info;
}

class SinkLog final : public Log {
 public:
  SinkLog(spdlog::sink_ptr sink, LogLevel level) : logger_("sbtune", std::move(sink)) {
    logger_.flush_on(spdlog::level::trace);  // few lines, and the last one before a crash is the one that is wanted
    logger_.set_level(Level(level));
    logger_.set_formatter(std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v",
                                                                      spdlog::pattern_time_type::utc));
    logger_.set_error_handler([](const std::string&) {});  // a full disk must not end the daemon
  }
  void Write(LogLevel level, std::string_view message) override {
    const std::string shown = EscapeForTerminal(message);
    logger_.log(Level(level), spdlog::string_view_t(shown.data(), shown.size()));
  }
  void SetLevel(LogLevel least) override { logger_.set_level(Level(least)); }

 private:
  spdlog::logger logger_;
};

// The file names what was denied to whom: for its owner only, after every rotation too.
spdlog::file_event_handlers PrivateFiles() {
  spdlog::file_event_handlers handlers;
  handlers.after_open = [](const spdlog::filename_t&, std::FILE* file) { ::fchmod(::fileno(file), 0600); };
  return handlers;
}

// Says why in our words, where spdlog would throw, and never writes through a link that someone laid.
Status CheckWritable(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) {
    return Fail("cannot write the log file " + path + ": " + std::strerror(errno) +
                "; check the folder or choose another with log.file in the configuration");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Log>> OpenFileLog(const FileLogSettings& settings) {
  if (Status usable = CheckWritable(settings.path); !usable) return std::unexpected(usable.error());
  try {
    auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(settings.path, settings.rotate_bytes,
                                                                       settings.rotated_files, false, PrivateFiles());
    return std::make_unique<SinkLog>(std::move(sink), settings.level);
  } catch (const std::exception& failure) {
    return Fail("cannot write the log file " + settings.path + ": " + failure.what());
  }
}

std::unique_ptr<Log> OpenStderrLog(LogLevel level) {
  return std::make_unique<SinkLog>(std::make_shared<spdlog::sinks::stderr_sink_mt>(), level);
}

}  // namespace sbtune::base
