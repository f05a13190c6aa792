#include "tests/support/fake_launcher.h"

#include <unistd.h>

#include <doctest/doctest.h>

namespace sbtune::test {
namespace {

// Without the lock: a pipe that is full blocks here until the code under test reads.
void WriteAll(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(descriptor, text.data(), text.size());
    REQUIRE(put > 0);
    text.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace

class FakeSubprocess final : public base::Subprocess {
 public:
  FakeSubprocess(std::shared_ptr<FakeProcess> process, pid_t pid, bool signals_end)
      : process_(std::move(process)), pid_(pid), signals_end_(signals_end) {}
  ~FakeSubprocess() override {
    const std::lock_guard lock(process_->mutex_);
    process_->released_ = true;
  }
  pid_t pid() const override { return pid_; }
  int in() const override { return -1; }
  int out() const override { return process_->out_.read_end.get(); }
  int err() const override { return process_->err_.read_end.get(); }
  void CloseIn() override {}
  std::optional<base::ExitStatus> Poll() override { return process_->status(); }
  void Signal(int number) override {
    if (signals_end_ && !process_->status()) process_->End({.code = 0, .signal = number});
  }

 private:
  std::shared_ptr<FakeProcess> process_;
  pid_t pid_;
  bool signals_end_;
};

FakeProcess::FakeProcess(base::SpawnSpec what) : spec(std::move(what)) {
  for (base::Pipe* pipe : {&out_, &err_}) {
    *pipe = base::MakePipe().value();
    REQUIRE(base::SetNonBlocking(pipe->read_end.get()));
  }
}

void FakeProcess::Say(std::string_view text) { WriteAll(out_.write_end.get(), text); }
void FakeProcess::Complain(std::string_view text) { WriteAll(err_.write_end.get(), text); }

void FakeProcess::End(base::ExitStatus how) {
  const std::lock_guard lock(mutex_);
  status_ = how;
  out_.write_end.Close();
  err_.write_end.Close();
}

std::optional<base::ExitStatus> FakeProcess::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

bool FakeProcess::released() const {
  const std::lock_guard lock(mutex_);
  return released_;
}

base::Result<std::unique_ptr<base::Subprocess>> FakeLauncher::Spawn(const base::SpawnSpec& spec) {
  if (refuse) return std::unexpected(*refuse);
  auto process = std::make_shared<FakeProcess>(spec);
  const std::lock_guard lock(mutex_);
  processes_.push_back(process);
  return std::make_unique<FakeSubprocess>(process, static_cast<pid_t>(1000 + processes_.size()), signals_end);
}

std::size_t FakeLauncher::count() const {
  const std::lock_guard lock(mutex_);
  return processes_.size();
}

FakeProcess& FakeLauncher::process(std::size_t index) const {
  const std::lock_guard lock(mutex_);
  return *processes_.at(index);
}

}  // namespace sbtune::test
