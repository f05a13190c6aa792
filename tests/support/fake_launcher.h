// Processes that are only played: the test holds the other ends of the pipes and decides when they end.
//
//   test::FakeLauncher launcher;
//   … code under test spawns …
//   test::FakeProcess& child = *launcher.spawned.back();
//   child.Say("line\n"); child.End({.code = 77});
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/descriptor.h"
#include "core/base/subprocess.h"

namespace sbtune::test {

// What the test keeps of one spawned process; outlives the Subprocess that the code under test owns.
struct FakeProcess {
  base::SpawnSpec spec;
  base::Pipe out, err;
  std::vector<int> signals;
  std::optional<base::ExitStatus> status;
  bool released = false;  // the code under test has let go of it

  void Say(std::string_view text) const;
  void Complain(std::string_view text) const;
  void End(base::ExitStatus how);  // closes both pipes
};

class FakeLauncher final : public base::Launcher {
 public:
  [[nodiscard]] base::Result<std::unique_ptr<base::Subprocess>> Spawn(const base::SpawnSpec& spec) override;

  std::vector<std::shared_ptr<FakeProcess>> spawned;  // shared: the code under test holds one end, the test the other
  std::optional<base::Error> refuse;                  // the next spawns fail with this
  bool killed_ends = true;                            // SIGTERM, SIGINT and SIGKILL end the process at once
};

}  // namespace sbtune::test
