// The three-valued answer of one filter to one query. For policy.cpp and profiles/regions, not for others.
#pragma once

#include <cstdint>
#include <string>

#include "profiles/sbpl/decide/filter_tree.h"
#include "profiles/sbpl/decide/subject.h"

namespace sbtune::sbpl {

enum class Truth : std::uint8_t { kFalse, kUnknown, kTrue };

// Leaves in `subject.unknown` the first leaf that made the answer unknown.
[[nodiscard]] Truth Evaluate(const Node& node, Subject& subject);

// "the filter (vnode-type …) needs a fact …": without full stop, for Verdict::unknown_reason.
[[nodiscard]] std::string UnknownReason(const Leaf& leaf, const Subject& subject);

}  // namespace sbtune::sbpl
