// Signals as something that poll(2) can wait for. One instance a process.
//
//   base::Result<SignalPipe> signals = SignalPipe::Catch({SIGTERM, SIGINT});
//   poll(signals->descriptor()); for (int number : signals->Take()) …
#pragma once

#include <initializer_list>
#include <vector>

#include "core/base/descriptor.h"
#include "core/base/result.h"

namespace sbtune::base {

class SignalPipe {
 public:
  // These signals from now on; SIGPIPE is ignored.
  [[nodiscard]] static Result<SignalPipe> Catch(std::initializer_list<int> numbers);
  SignalPipe(SignalPipe&&) noexcept = default;
  ~SignalPipe() = default;

  [[nodiscard]] int descriptor() const { return pipe_.read_end.get(); }
  [[nodiscard]] std::vector<int> Take();

 private:
  explicit SignalPipe(Pipe pipe) : pipe_(std::move(pipe)) {}
  Pipe pipe_;
};

}  // namespace sbtune::base
