// The three places where `watch` can listen: the daemon, the system's log without a daemon, a captured log.
// Private to the command.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/watch_view.h"
#include "core/base/signal_pipe.h"
#include "daemon/config/config.h"
#include "daemon/protocol/connection.h"
#include "daemon/protocol/filter.h"

namespace sbtune::cli {

struct WatchOptions {
  protocol::RecordFilter filter;
  std::optional<std::int64_t> since_ns;
  std::string save;  // raw lines are appended to this file; without a daemon only
};

// Records to stdout, talk to stderr; remembers that stdout is gone.
class WatchOutput {
 public:
  WatchOutput(const Invocation& invocation, WatchView& view);
  void Show(const protocol::LiveRecord& record);
  template <typename Event>
  void Show(const Event& event) {
    Talk(view_.Line(event));
  }
  void Say(const std::string& sentence);  // "-- SENTENCE", on stderr
  void Flush();
  // Of a pipe: to be polled for no events, which tells when its reader has gone though nothing is written. Else -1.
  [[nodiscard]] int pipe() const { return pipe_; }
  void Polled(short events);
  [[nodiscard]] bool closed() const { return error_ != 0; }  // stdout takes nothing any more
  [[nodiscard]] int error() const { return error_; }         // errno of the first write that failed, or 0

 private:
  void Talk(const std::string& line);
  void Write(const std::string& line);
  const Invocation& invocation_;
  WatchView& view_;
  int pipe_ = -1;
  int error_ = 0;
};

// Each runs until a signal, the end of the input, or the loss of the source.
[[nodiscard]] base::Status WatchDaemon(const config::Config& config, protocol::Connection daemon,
                                       const WatchOptions& options, base::SignalPipe& signals, WatchOutput& output);
[[nodiscard]] base::Status WatchSystemLog(const config::Config& config, const WatchOptions& options,
                                          base::SignalPipe& signals, WatchOutput& output);
[[nodiscard]] base::Status WatchCapture(const std::string& path, const WatchOptions& options,
                                        base::SignalPipe& signals, WatchOutput& output);

}  // namespace sbtune::cli
