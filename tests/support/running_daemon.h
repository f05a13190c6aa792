// A real sbtuned in a folder of its own, reading the stand-in of macOS's log.
//
//   test::StandinLog log;  log.Record(…);  log.Play(…);
//   test::RunningDaemon daemon(log);
//   daemon.Start();  daemon.WaitUntil(R"("state":"live")");  daemon.Kill(SIGKILL);  daemon.Start();  …
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "core/base/subprocess.h"
#include "tests/support/standin.h"

namespace sbtune::test {

// Tests wait for events; this only ends a test that would wait for ever.
inline constexpr std::int64_t kPatienceMs = 120'000;

class RunningDaemon {
 public:
  // `settings` is TOML text behind the defaults of these tests: quick markers, quick restarts, and all
  // the time in the world for a marker to come back.
  explicit RunningDaemon(const StandinLog& log, const std::string& settings = "");

  void Start();                            // returns once it answers
  base::ExitStatus Kill(int signal);       // and waits for its end
  void Signal(int signal);
  void KillChildren(int signal);           // the log tools that it has started
  [[nodiscard]] bool running();
  [[nodiscard]] pid_t pid() const { return process_->pid(); }

  [[nodiscard]] std::string Status();      // JSON; fails the test when it does not answer
  void WaitUntil(const std::string& words, std::int64_t limit_ms = kPatienceMs);  // in Status
  void WaitUntilSaid(const std::string& words);  // in Said
  [[nodiscard]] std::string Ask(const std::string& request_line, std::int64_t limit_ms = kPatienceMs);

  [[nodiscard]] std::string database() const { return folder_ / "state/d.db"; }
  [[nodiscard]] std::string socket() const { return folder_ / "run/s"; }
  [[nodiscard]] std::string config() const { return folder_ / "sbtuned.toml"; }
  [[nodiscard]] std::string Said() const;  // its log, all runs
  void WriteConfig(const std::string& settings);

 private:
  const StandinLog& log_;
  TempFolder folder_;
  base::SystemLauncher launcher_;
  std::unique_ptr<base::Subprocess> process_;
};

// Resident memory in KiB, and voluntary context switches, of all threads; 0 where /proc is absent.
[[nodiscard]] std::uint64_t ResidentKib(pid_t pid);
[[nodiscard]] std::uint64_t PeakKib(pid_t pid);
[[nodiscard]] std::uint64_t WakeUps(pid_t pid);

}  // namespace sbtune::test
