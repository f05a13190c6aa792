#include "tests/support/fake_launcher.h"

#include <unistd.h>

#include <csignal>

#include <doctest/doctest.h>

namespace sbtune::test {
namespace {

class FakeSubprocess final : public base::Subprocess {
 public:
  FakeSubprocess(std::shared_ptr<FakeProcess> process, pid_t pid, bool killed_ends)
      : process_(std::move(process)), pid_(pid), killed_ends_(killed_ends) {}
  ~FakeSubprocess() override { process_->released = true; }
  pid_t pid() const override { return pid_; }
  int in() const override { return -1; }
  int out() const override { return process_->out.read_end.get(); }
  int err() const override { return process_->err.read_end.get(); }
  void CloseIn() override {}
  std::optional<base::ExitStatus> Poll() override { return process_->status; }
  void Signal(int number) override {
    if (process_->status) return;
    process_->signals.push_back(number);
    if (killed_ends_) process_->End({.code = 0, .signal = number});
  }

 private:
  std::shared_ptr<FakeProcess> process_;
  pid_t pid_;
  bool killed_ends_;
};

void WriteAll(int descriptor, std::string_view text) {
  REQUIRE(::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

}  // namespace

void FakeProcess::Say(std::string_view text) const { WriteAll(out.write_end.get(), text); }
void FakeProcess::Complain(std::string_view text) const { WriteAll(err.write_end.get(), text); }

void FakeProcess::End(base::ExitStatus how) {
  status = how;
  out.write_end.Close();
  err.write_end.Close();
}

base::Result<std::unique_ptr<base::Subprocess>> FakeLauncher::Spawn(const base::SpawnSpec& spec) {
  if (refuse) return std::unexpected(*refuse);
  auto process = std::make_shared<FakeProcess>();
  process->spec = spec;
  for (base::Pipe* pipe : {&process->out, &process->err}) {
    *pipe = base::MakePipe().value();
    REQUIRE(base::SetNonBlocking(pipe->read_end.get()));
  }
  spawned.push_back(process);
  return std::make_unique<FakeSubprocess>(process, static_cast<pid_t>(1000 + spawned.size()), killed_ends);
}

}  // namespace sbtune::test
