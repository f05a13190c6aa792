// What was answered before to suggestions for a profile; see `sbtune decisions`.
//
//   auto decisions = LoadDecisions(options.evidence.database, *ProfileKey(options.profile.profiles));
//   const std::size_t dropped = proposals::DropDecided(evidence, *decisions);
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/database_option.h"
#include "core/base/result.h"
#include "sql/store/decisions.h"

namespace sbtune::cli {

// By which decisions are kept: the first of its files, absolute.
[[nodiscard]] base::Result<std::string> ProfileKey(std::span<const std::string> profiles);

[[nodiscard]] base::Result<std::vector<store::StoredDecision>> LoadDecisions(const DatabaseOptions& database,
                                                                             const std::string& profile);

}  // namespace sbtune::cli
