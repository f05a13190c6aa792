// Starting other programs: an argument vector, never a shell; pipes that never block; the exit told apart from
// a signal. For `log`, `launchctl`, `sandbox-exec`, not for tests' helpers.
//
//   base::SpawnSpec spec{.argv = {"/usr/bin/log", "stream"}, .out = base::Stdio::kPipe};
//   base::Result<std::unique_ptr<base::Subprocess>> child = launcher.Spawn(spec);
//   poll((*child)->out(), …);  base::ReadAvailable((*child)->out(), bytes, 65536);  (*child)->Poll();
//
// One thread uses one Subprocess. `Launcher` has a fake in tests/support.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace sbtune::base {

enum class Stdio : std::uint8_t { kNull, kPipe, kInherit };
enum class ProcessGroup : std::uint8_t {
  kInherit,  // launchd ends what is left in a job's group: the daemon's children belong there
  kOwn,      // a group of its own, so that the whole tree can be signalled
};

struct SpawnSpec {
  std::vector<std::string> argv = {};  // argv[0] is the path that is executed; PATH is not searched
  std::optional<std::vector<std::string>> environment = {};  // NAME=VALUE; absent: ours
  std::string working_directory = {};                        // empty: ours
  Stdio in = Stdio::kNull;
  Stdio out = Stdio::kNull;
  Stdio err = Stdio::kNull;
  ProcessGroup group = ProcessGroup::kInherit;
  bool operator==(const SpawnSpec&) const = default;
};

struct ExitStatus {
  int code = 0;    // what the program returned; meaningless when `signal` is set
  int signal = 0;  // what ended it, or 0
  bool operator==(const ExitStatus&) const = default;
};

// "exit 77" or "signal 9"
[[nodiscard]] std::string Describe(ExitStatus status);

class Subprocess {
 public:
  virtual ~Subprocess() = default;
  [[nodiscard]] virtual pid_t pid() const = 0;
  // Our ends of the pipes, non-blocking; -1 where the spec did not ask for a pipe, or once closed.
  [[nodiscard]] virtual int in() const = 0;
  [[nodiscard]] virtual int out() const = 0;
  [[nodiscard]] virtual int err() const = 0;
  virtual void CloseIn() = 0;
  // Absent while it runs; afterwards the same answer for ever. Never waits.
  [[nodiscard]] virtual std::optional<ExitStatus> Poll() = 0;
  // To the process, or to its whole group when it has its own. Nothing once it has been waited for.
  virtual void Signal(int number) = 0;
};

class Launcher {
 public:
  virtual ~Launcher() = default;
  [[nodiscard]] virtual Result<std::unique_ptr<Subprocess>> Spawn(const SpawnSpec& spec) = 0;
};

// The real one. A Subprocess that is destroyed while it runs is killed (SIGKILL) and waited for.
class SystemLauncher final : public Launcher {
 public:
  [[nodiscard]] Result<std::unique_ptr<Subprocess>> Spawn(const SpawnSpec& spec) override;
};

struct Completed {
  ExitStatus status;
  std::string out;  // cut at `max_bytes` each; the rest is read and dropped
  std::string err;
};

// Runs to the end and collects both outputs. Past the time limit the process is killed and an error returned.
[[nodiscard]] Result<Completed> RunToEnd(Launcher& launcher, SpawnSpec spec, std::int64_t limit_ns,
                                         std::size_t max_bytes = 1u << 20);

// The path of the running program; empty where the system does not tell.
[[nodiscard]] std::string ProgramPath();

}  // namespace sbtune::base
