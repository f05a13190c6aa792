// A clock that stands still until the test moves it.
#pragma once

#include "core/base/clock.h"

namespace sbtune::test {

class FakeClock final : public base::Clock {
 public:
  [[nodiscard]] std::int64_t MonotonicNs() const override { return monotonic_ns_; }
  [[nodiscard]] std::int64_t WallNs() const override { return wall_ns_; }
  void Advance(std::int64_t ns) {
    monotonic_ns_ += ns;
    wall_ns_ += ns;
  }
  void SetWall(std::int64_t ns) { wall_ns_ = ns; }

 private:
  std::int64_t monotonic_ns_ = 1'000 * base::kSecondNs;
  std::int64_t wall_ns_ = 1'800'000'000 * base::kSecondNs;
};

}  // namespace sbtune::test
