// The user's command with the user's terminal: a child that reads and writes what we would, gets the signals that
// were meant for it, and can be stopped and continued from the shell like any other job.
//
//   auto job = ForegroundJob::Start({.argv = {…}, .environment = {…}});
//   for (int number : signals.Take()) job->Forward(number);
//   if (auto status = job->Poll()) …
//
// Where our standard streams are the controlling terminal and we are in its foreground, the child gets a process
// group of its own and the terminal with it. In a pipeline, in the background and without a terminal it stays in our
// group, so that the shell's own job control goes on working.
#pragma once

#include <sys/types.h>
#include <termios.h>

#include <optional>
#include <string>
#include <vector>

#include "core/base/descriptor.h"
#include "core/base/result.h"
#include "core/base/subprocess.h"

namespace sbtune::tracing {

struct JobSpec {
  std::vector<std::string> argv;         // argv[0] is the path that is executed
  std::vector<std::string> environment;  // NAME=VALUE
};

class ForegroundJob {
 public:
  [[nodiscard]] static base::Result<ForegroundJob> Start(const JobSpec& spec);
  ForegroundJob(ForegroundJob&& other) noexcept;
  ForegroundJob& operator=(ForegroundJob&&) = delete;
  ~ForegroundJob();  // takes the terminal back; a child that still runs is killed

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Absent while it runs. When the user stops it (Ctrl-Z), this call stops us too, and continues with us.
  [[nodiscard]] std::optional<base::ExitStatus> Poll();
  [[nodiscard]] bool ended() const { return status_.has_value(); }
  // A signal that we got. One that the terminal sends to its whole group has reached a child in our group already.
  void Forward(int number);
  // As a shell expects it of a program that Ctrl-C ended: when the child died of that, so do we, and with us our
  // group when the terminal told only the child's. Returns otherwise.
  void DieOfTheSame() const;

 private:
  ForegroundJob(pid_t pid, base::Descriptor terminal) : pid_(pid), terminal_(std::move(terminal)) {}
  void StopWithIt();
  void GiveTerminalTo(pid_t group) const;

  // Echo, line by line: what a program in the terminal may change, and one that is killed leaves changed.
  using Modes = std::optional<termios>;
  [[nodiscard]] static Modes ReadModes(int terminal);
  void SetModes(const Modes& modes) const;

  pid_t pid_;
  base::Descriptor terminal_;  // absent: the child is in our group
  Modes modes_;                // of the terminal when we began
  std::optional<base::ExitStatus> status_;
};

}  // namespace sbtune::tracing
