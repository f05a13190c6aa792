// When a profile's proposal is made again: a while after the last change of its denials, decisions or files; where
// they never rest, a while after the first one. Pure: clock and marks are given.
//
//   if (Look(debounce, marks, now_ns, pace) == Step::kMake) { … Made(debounce, marks, begun_ns, ended_ns); }
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sbtune::proposals {

// What a proposal depends on, as numbers and stamps that change with it.
struct Marks {
  std::int64_t denials = 0;
  std::int64_t decisions = 0;
  std::string files = {};
  bool operator==(const Marks&) const = default;
};

struct Pace {
  std::int64_t quiet_ns = 0;
  std::int64_t spacing_ns = 0;
};

struct Debounce {  // of one profile
  std::optional<Marks> made = {};  // from what the proposal was made; absent: never since the start
  std::optional<Marks> seen = {};
  std::int64_t changed_ns = 0;     // monotonic, all of them: when `seen` was seen first
  std::int64_t stale_ns = 0;       // when the first change since `made` was seen
  std::int64_t not_before_ns = 0;
};

enum class Step : std::uint8_t {
  kRest,  // the proposal is current
  kWait,
  kMake,
};

// The first proposal is due at once.
[[nodiscard]] Step Look(Debounce& debounce, const Marks& now, std::int64_t now_ns, const Pace& pace);

// A long computation earns a long pause: no more than a quarter of one processor goes to one profile.
void Made(Debounce& debounce, const Marks& from, std::int64_t begun_ns, std::int64_t ended_ns);
// It could not be made for a reason that may pass; tried again after the spacing.
void Failed(Debounce& debounce, std::int64_t ended_ns, const Pace& pace);

}  // namespace sbtune::proposals
