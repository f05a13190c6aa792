// Denials that the user answered already.
#pragma once

#include <span>
#include <vector>

#include "profiles/tune/evidence.h"
#include "sql/store/decisions.h"

namespace sbtune::proposals {

// Takes out the denials that were answered by deny or ignore; how many. `decisions` are those of one profile.
std::size_t DropDecided(std::vector<tune::Evidence>& evidence, std::span<const store::StoredDecision> decisions);

}  // namespace sbtune::proposals
