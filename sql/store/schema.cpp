#include "sql/store/schema.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "embedded/sbtune_store.h"

namespace sbtune::store {
namespace {

constexpr int kApplicationId = 0x5342544E;  // "SBTN"

int VersionOf(const EmbeddedFile& file) {  // 0: not a migration
  int version = 0;
  std::from_chars(file.name.data(), file.name.data() + file.name.size(), version);
  return version;
}

base::Result<bool> IsEmpty(Database& database) {
  const base::Result<std::int64_t> objects = database.Scalar("SELECT count(*) FROM sqlite_schema");
  if (!objects) return std::unexpected(objects.error());
  return *objects == 0;
}

base::Status CheckOwner(Database& database) {
  const base::Result<std::int64_t> owner = database.Scalar("PRAGMA application_id");
  if (!owner) return std::unexpected(owner.error());
  if (*owner == kApplicationId) return {};
  const base::Result<bool> empty = IsEmpty(database);
  if (!empty) return std::unexpected(empty.error());
  if (*empty && *owner == 0) return {};
  return base::Fail(fmt::format("{} is another program's database; name another file with --db", database.path()));
}

base::Result<int> CurrentVersion(Database& database) {
  const base::Result<std::int64_t> version = database.Scalar("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (*version > NewestSchema()) {
    return base::Fail(fmt::format(
        "{} was written by a newer sbtune (its schema is {}, this program knows {}); update sbtune, or name another "
        "file with --db",
        database.path(), *version, NewestSchema()));
  }
  return static_cast<int>(*version);
}

}  // namespace

int NewestSchema() {
  int newest = 0;
  for (const EmbeddedFile& file : Embedded()) newest = std::max(newest, VersionOf(file));
  return newest;
}

base::Status BringUpToDate(Database& database) {
  if (base::Status owned = CheckOwner(database); !owned) return owned;
  base::Result<int> version = CurrentVersion(database);
  if (!version) return std::unexpected(version.error());
  if (*version == NewestSchema()) return {};

  if (base::Status done = database.Execute("PRAGMA journal_mode = WAL"); !done) return done;
  base::Result<Transaction> transaction = Transaction::Begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  version = CurrentVersion(database);  // another process may have been faster
  if (!version) return std::unexpected(version.error());
  for (const EmbeddedFile& file : Embedded()) {
    if (VersionOf(file) <= *version) continue;
    base::Status done = database.Execute(file.text);
    if (done) done = database.Execute(fmt::format("PRAGMA user_version = {}", VersionOf(file)));
    if (!done) return done;
  }
  if (base::Status done = database.Execute(fmt::format("PRAGMA application_id = {}", kApplicationId)); !done) {
    return done;
  }
  return transaction->Commit();
}

}  // namespace sbtune::store
