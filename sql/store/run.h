// Rows of the table runs.
#pragma once

#include <cstdint>

#include "core/base/result.h"
#include "sql/store/database.h"
#include "sql/store/store.h"

namespace sbtune::store {

// The id of the run of that name, made where absent. What the stored run leaves open is filled in; a difference
// is an error, because the run's paths would change their meaning. Inside a transaction.
[[nodiscard]] base::Result<std::int64_t> DefineRun(Database& database, const Run& run);

[[nodiscard]] base::Result<std::map<std::int64_t, Run>> LoadRuns(Database& database);  // by id

}  // namespace sbtune::store
