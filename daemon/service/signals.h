// Signals as something that poll(2) can wait for. One instance a process.
//
//   base::Result<SignalPipe> signals = SignalPipe::Catch();
//   poll(signals->descriptor()); for (int number : signals->Take()) …
#pragma once

#include <vector>

#include "core/base/descriptor.h"
#include "core/base/result.h"

namespace sbtune::service {

class SignalPipe {
 public:
  // SIGTERM, SIGINT and SIGHUP from now on; SIGPIPE is ignored.
  [[nodiscard]] static base::Result<SignalPipe> Catch();
  SignalPipe(SignalPipe&&) noexcept = default;
  ~SignalPipe() = default;

  [[nodiscard]] int descriptor() const { return pipe_.read_end.get(); }
  [[nodiscard]] std::vector<int> Take();

 private:
  explicit SignalPipe(base::Pipe pipe) : pipe_(std::move(pipe)) {}
  base::Pipe pipe_;
};

}  // namespace sbtune::service
