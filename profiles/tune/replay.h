// What a profile says today about denials that were recorded: for check, before and after an edit.
//
//   for (const Replayed& answer : Replay(evidence, policy)) …
#pragma once

#include <span>
#include <vector>

#include "profiles/sbpl/policy.h"
#include "profiles/tune/evidence.h"

namespace sbtune::tune {

struct Replayed {
  std::size_t evidence = 0;  // index
  sbpl::Verdict verdict;     // its rule lives in the profile
};

// Recorded allows, and records that say nothing of this profile (see Standing), are passed over.
[[nodiscard]] std::vector<Replayed> Replay(std::span<const Evidence> evidence, const sbpl::Policy& policy);

}  // namespace sbtune::tune
