// Time as an interface, so that everything that waits can be tested without waiting.
//
//   const base::SystemClock clock;
//   const std::int64_t deadline = clock.MonotonicNs() + 5 * base::kSecondNs;
//
// Intervals and deadlines use the monotonic clock; the wall clock is only for what a log or a user calls a time,
// because it can jump.
#pragma once

#include <cstdint>

namespace sbtune::base {

inline constexpr std::int64_t kMillisecondNs = 1'000'000;
inline constexpr std::int64_t kSecondNs = 1'000'000'000;

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::int64_t MonotonicNs() const = 0;  // never goes back; no meaning across reboots
  [[nodiscard]] virtual std::int64_t WallNs() const = 0;       // since 1970 UTC
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t MonotonicNs() const override;
  [[nodiscard]] std::int64_t WallNs() const override;
};

}  // namespace sbtune::base
