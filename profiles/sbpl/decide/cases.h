// What of a connection a log leaves open: protocol, address family, host. Two outcomes each, so every connection that
// a log line can mean can be decided in turn. For policy.cpp and profiles/regions, not for others.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "profiles/sbpl/decide/subject.h"
#include "profiles/sbpl/policy.h"

namespace sbtune::sbpl {

struct Cases {
  static constexpr int kProtocol = 1, kFamily = 2, kHost = 4, kCount = 8;
  int open = 0;  // bits of the questions that are open

  [[nodiscard]] static Cases Of(const EndView& end);
  // Answers the open questions by the bits of `number`; a closed one stays as it is.
  void Apply(int number, EndView& end) const;
};

using Outcomes = std::array<Decision, Cases::kCount>;  // by case number

// "it is allowed over tcp and denied over udp, …" where one question alone makes the difference.
[[nodiscard]] std::optional<std::string> DifferenceBetween(const Outcomes& outcome);

}  // namespace sbtune::sbpl
