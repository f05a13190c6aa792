// Processes that are only played: the test holds the other ends of the pipes and decides when they end. The code
// under test may run on another thread.
//
//   test::FakeLauncher launcher;
//   … code under test spawns …
//   test::FakeProcess& child = launcher.process(0);
//   child.Say("line\n"); child.End({.code = 77});
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/base/descriptor.h"
#include "core/base/subprocess.h"

namespace sbtune::test {

// What the test keeps of one spawned process; outlives the Subprocess that the code under test owns.
class FakeProcess {
 public:
  explicit FakeProcess(base::SpawnSpec what);
  const base::SpawnSpec spec;

  void Say(std::string_view text);
  void Complain(std::string_view text);
  void End(base::ExitStatus how);  // closes both pipes
  [[nodiscard]] std::optional<base::ExitStatus> status() const;
  [[nodiscard]] bool released() const;  // the code under test has let go of it

 private:
  friend class FakeSubprocess;
  mutable std::mutex mutex_;
  base::Pipe out_, err_;
  std::optional<base::ExitStatus> status_;
  bool released_ = false;
};

class FakeLauncher final : public base::Launcher {
 public:
  [[nodiscard]] base::Result<std::unique_ptr<base::Subprocess>> Spawn(const base::SpawnSpec& spec) override;

  [[nodiscard]] std::size_t count() const;
  [[nodiscard]] FakeProcess& process(std::size_t index) const;
  [[nodiscard]] FakeProcess& last() const { return process(count() - 1); }

  // Set before the code under test runs.
  std::optional<base::Error> refuse;  // spawns fail with this
  bool signals_end = true;            // any signal ends the process at once

 private:
  mutable std::mutex mutex_;
  // Shared: the code under test holds one end, the test the other, and either may go first.
  std::vector<std::shared_ptr<FakeProcess>> processes_;
};

}  // namespace sbtune::test
