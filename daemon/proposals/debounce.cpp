#include "daemon/proposals/debounce.h"

namespace sbtune::proposals {

Step Look(Debounce& debounce, const Marks& now, std::int64_t now_ns, const Pace& pace) {
  if (debounce.made == now) {
    debounce.seen = now;
    return Step::kRest;
  }
  if (debounce.seen != now) {
    const bool was_current = !debounce.seen || debounce.made == debounce.seen;
    if (was_current) debounce.stale_ns = now_ns;
    debounce.seen = now;
    debounce.changed_ns = now_ns;
  }
  if (now_ns < debounce.not_before_ns) return Step::kWait;
  const bool rested = now_ns - debounce.changed_ns >= pace.quiet_ns;
  const bool waited = now_ns - debounce.stale_ns >= pace.spacing_ns;
  return !debounce.made || rested || waited ? Step::kMake : Step::kWait;
}

void Made(Debounce& debounce, const Marks& from, std::int64_t begun_ns, std::int64_t ended_ns) {
  constexpr std::int64_t kPauseFactor = 3;
  debounce.made = from;
  debounce.seen = from;
  debounce.not_before_ns = ended_ns + kPauseFactor * (ended_ns - begun_ns);
}

void Failed(Debounce& debounce, std::int64_t ended_ns, const Pace& pace) { debounce.not_before_ns = ended_ns + pace.spacing_ns; }

}  // namespace sbtune::proposals
