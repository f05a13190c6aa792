// The live half of `sbtune run`: the log stream, proven by a canary before and behind each execution of the command.
//
//   RunSession session(config, "/usr/bin/sandbox-exec", signals);
//   if (base::Status attached = session.Attach(); !attached) …   // the command is not started
//   base::Result<RunAttempt> attempt = session.Execute({…}, nonce);
//
// A canary is a denial that we provoke: sandbox-exec, a profile that forbids one file of ours, /bin/cat on that file.
// When its record arrives, everything that the kernel logged before it has arrived too.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/watch_lines.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/base/signal_pipe.h"
#include "core/base/subprocess.h"
#include "daemon/config/config.h"
#include "daemon/live/source.h"
#include "daemon/tracing/foreground_job.h"
#include "daemon/tracing/process_table.h"
#include "daemon/tracing/run_records.h"

namespace sbtune::cli {

struct RunAttempt {
  base::ExitStatus status;
  tracing::RunFindings found;
  std::vector<std::string> doubts;  // why the record may be incomplete; empty: nothing speaks against it
  std::size_t processes = 0;        // of the tree, as far as seen
  std::int64_t begin_ns = 0;        // wall clock
};

class RunSession {
 public:
  RunSession(const config::Config& config, std::string sandbox_exec, base::SignalPipe& signals);

  [[nodiscard]] base::Status Attach();
  [[nodiscard]] base::Result<RunAttempt> Execute(const tracing::JobSpec& spec, const std::string& nonce);
  // The signal that came while no command ran, or 0.
  [[nodiscard]] int interrupted() const { return interrupted_; }
  // Whether somebody asked the command to end.
  [[nodiscard]] bool forwarded() const { return forwarded_; }
  void Close() { source_.reset(); }  // ends the log tool
  // The last job, for how to end.
  [[nodiscard]] const std::optional<tracing::ForegroundJob>& job() const { return job_; }

 private:
  // One round: waits at most so long, takes what the stream brought.
  void Turn(std::int64_t wait_ns);
  void Look(live::LiveEvent& event);
  void Watch(tracing::ProcessTree& tree);
  void AwaitBackfill();
  [[nodiscard]] std::vector<std::string> Doubts(const tracing::RunFindings& found, std::size_t alive);
  [[nodiscard]] base::Status SingCanary(std::int64_t limit_ns);

  // Ctrl-C and Ctrl-Z are meant for the command; the log goes on.
  class ApartLauncher final : public base::Launcher {
   public:
    base::Result<std::unique_ptr<base::Subprocess>> Spawn(const base::SpawnSpec& spec) override {
      base::SpawnSpec apart = spec;
      apart.group = base::ProcessGroup::kOwn;
      return launcher_.Spawn(apart);
    }

   private:
    base::SystemLauncher launcher_;
  };

  live::Settings settings_;
  const std::string sandbox_exec_;
  base::SignalPipe& signals_;
  ApartLauncher launcher_;
  base::SystemClock clock_;
  std::unique_ptr<live::HeartbeatWriter> heartbeats_;
  std::unique_ptr<tracing::ProcessTable> table_;
  std::unique_ptr<live::LiveSource> source_;
  LineParser parser_;
  std::vector<live::LiveEvent> events_;

  live::State state_{live::StateKind::kDegraded, "starting"};
  std::string awaited_;          // the canary's path, until it came
  std::vector<std::string> canaries_;
  tracing::RunRecords* records_ = nullptr;  // while a command runs
  std::optional<tracing::ForegroundJob> job_;
  std::vector<std::string> doubts_;
  std::map<std::uint64_t, live::Gap> gaps_;  // found while a command ran, by the source's number
  int interrupted_ = 0;
  bool forwarded_ = false;
};

}  // namespace sbtune::cli
