// Reads the counts back: groups for people and for the tuner, overviews for `stats`.
#pragma once

#include <vector>

#include "core/access/denial_group.h"
#include "core/base/result.h"
#include "sql/store/database.h"
#include "sql/store/store.h"

namespace sbtune::store {

// In the order that Store::VisitGroups promises.
[[nodiscard]] base::Result<std::vector<access::DenialGroup>> LoadGroups(Database& database, const Filter& filter);

[[nodiscard]] base::Result<std::vector<StatRow>> LoadStats(Database& database, Dimension dimension,
                                                           const Filter& filter);

}  // namespace sbtune::store
