// --db, and the way to the database that it names.
//
//   AddDatabaseOption(*command, options.database);
//   …
//   base::Result<store::Store> store = OpenDatabase(options.database, Purpose::kRead);
#pragma once

#include <chrono>
#include <string>

#include "core/base/result.h"
#include "sql/store/store.h"

namespace CLI {
class App;
}

namespace sbtune::cli {

struct DatabaseOptions {
  std::string path;  // empty: $SBTUNE_DB, else what sbtuned's configuration says
  double wait_seconds = 10;
};

enum class Purpose {
  kRead,   // fails where there is no database yet
  kWrite,  // makes it, and its folder (0700) unless --db names another place
};

void AddDatabaseOption(CLI::App& command, DatabaseOptions& options);

[[nodiscard]] base::Result<store::Store> OpenDatabase(const DatabaseOptions& options, Purpose purpose);

}  // namespace sbtune::cli
