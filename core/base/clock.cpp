#include "core/base/clock.h"

#include <chrono>

namespace sbtune::base {
namespace {

template <typename AnyClock>
std::int64_t NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(AnyClock::now().time_since_epoch()).count();
}

}  // namespace

std::int64_t SystemClock::MonotonicNs() const { return NowNs<std::chrono::steady_clock>(); }
std::int64_t SystemClock::WallNs() const { return NowNs<std::chrono::system_clock>(); }

}  // namespace sbtune::base
