// The schema's versions: sql/migrations/NNNN_name.sql, in order, NNNN being the version that the file leads to
// (PRAGMA user_version). A file once released is never changed.
#pragma once

#include "core/base/result.h"
#include "sql/store/database.h"

namespace sbtune::store {

[[nodiscard]] int NewestSchema();

// Fails with a sentence when the file belongs to another program or to a newer sbtune. Applies what is missing,
// all or nothing.
[[nodiscard]] base::Status BringUpToDate(Database& database);

}  // namespace sbtune::store
