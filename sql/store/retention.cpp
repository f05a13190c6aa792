#include "sql/store/retention.h"

#include <algorithm>
#include <optional>

#include "sql/store/database.h"

namespace sbtune::store {
namespace {

constexpr std::int64_t kHourNs = 3'600'000'000'000;
constexpr std::int64_t kDayHours = 24;
// A back-fill may bring the last hours again: the identities of a day stay even where their counts had to go.
constexpr std::int64_t kIdentitiesNs = kDayHours * kHourNs;

base::Result<std::optional<std::int64_t>> OldestHour(Database& database) {
  Statement& query = database.Query("oldest_prunable_hour");
  const base::Result<bool> row = query.BindText(1, kLiveImport).Step();
  if (!row) return std::unexpected(row.error());
  const std::optional<std::int64_t> hour = *row ? query.OptionalInteger(0) : std::nullopt;
  query.Reset();
  return hour;
}

base::Result<std::int64_t> UsedBytes(Database& database) {
  std::int64_t values[3] = {};
  const char* const names[] = {"PRAGMA page_count", "PRAGMA freelist_count", "PRAGMA page_size"};
  for (std::size_t i = 0; i < 3; ++i) {
    const base::Result<std::int64_t> value = database.Scalar(names[i]);
    if (!value) return value;
    values[i] = *value;
  }
  return (values[0] - values[1]) * values[2];
}

// Runs a query that takes (?1, the live log) or (?1) and adds the rows that it changed.
base::Status Remove(Database& database, const char* query, std::int64_t limit, std::uint64_t& removed) {
  Statement& statement = database.Query(query);
  statement.Bind(1, limit).BindText(2, kLiveImport);
  if (base::Status done = statement.Run(); !done) return done;
  const base::Result<std::int64_t> changes = database.Scalar("SELECT changes()");
  if (!changes) return std::unexpected(changes.error());
  removed += static_cast<std::uint64_t>(*changes);
  return {};
}

base::Status PruneBefore(Database& database, std::int64_t hour, std::int64_t now_ns, Pruned& pruned) {
  base::Result<Transaction> transaction = Transaction::Begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  const std::int64_t before_ns = hour * kHourNs;
  base::Status done = database.Query("subtract_pruned_totals").Bind(1, hour).BindText(2, kLiveImport).Run();
  if (done) done = Remove(database, "prune_hours", hour, pruned.counts);
  if (done) done = Remove(database, "prune_lone_reports", hour, pruned.counts);
  if (done) done = database.Query("prune_totals").Run();
  const std::int64_t identities_ns = std::min(before_ns, now_ns - kIdentitiesNs);
  if (done) done = database.Query("prune_key_runs").Bind(1, identities_ns).BindText(2, kLiveImport).Run();
  if (done) done = database.Query("prune_sightings").Bind(1, identities_ns).Run();
  if (done) done = database.Query("prune_gaps").Bind(1, identities_ns).Run();
  if (!done) return done;
  pruned.before_ns = std::max(pruned.before_ns, before_ns);
  return transaction->Commit();
}

// Rows of groups may be remembered by writers, who look for a newer pruning when they begin a transaction.
base::Status PruneGroups(Database& database, std::int64_t now_ns, Pruned& pruned) {
  base::Result<Transaction> transaction = Transaction::Begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  if (base::Status done = database.Query("prune_groups").Run(); !done) return done;
  const base::Result<std::int64_t> groups = database.Scalar("SELECT changes()");
  if (!groups) return std::unexpected(groups.error());
  pruned.groups += static_cast<std::uint64_t>(*groups);
  Statement& insert = database.Query("insert_pruning").Bind(1, now_ns).Bind(2, pruned.before_ns);
  insert.Bind(3, static_cast<std::int64_t>(pruned.counts)).Bind(4, static_cast<std::int64_t>(pruned.groups));
  base::Status done = insert.Run();
  if (done) done = database.Query("trim_prunings").Run();
  if (done) done = transaction->Commit();
  return done;
}

}  // namespace

base::Result<Pruned> Prune(Store& store, const Retention& retention, std::int64_t now_ns) {
  Database& database = store.database();
  const std::int64_t this_hour = now_ns / kHourNs;
  const std::int64_t keep_from = this_hour - retention.keep_days * kDayHours;
  Pruned pruned;
  for (;;) {
    const base::Result<std::optional<std::int64_t>> oldest = OldestHour(database);
    if (!oldest) return std::unexpected(oldest.error());
    if (!*oldest || **oldest >= this_hour) break;
    const std::int64_t next_day = (**oldest / kDayHours + 1) * kDayHours;
    std::int64_t before = std::min(next_day, keep_from);
    if (**oldest >= keep_from) {
      const base::Result<std::int64_t> used = UsedBytes(database);
      if (!used) return std::unexpected(used.error());
      if (*used <= retention.keep_bytes) break;
      before = std::min(next_day, this_hour);
    }
    if (base::Status done = PruneBefore(database, before, now_ns, pruned); !done) return std::unexpected(done.error());
    if (base::Status done = PruneGroups(database, now_ns, pruned); !done) return std::unexpected(done.error());
  }
  return pruned;
}

base::Status Hold(Store& store, const std::string& holder, std::span<const access::DenialGroup> groups) {
  base::Result<Transaction> transaction = Transaction::Begin(store.database());
  if (!transaction) return std::unexpected(transaction.error());
  if (base::Status done = HoldWithin(store, holder, groups); !done) return done;
  return transaction->Commit();
}

base::Status HoldWithin(Store& store, const std::string& holder, std::span<const access::DenialGroup> groups) {
  Database& database = store.database();
  base::Status done = database.RunScript("create_wanted_groups");
  for (const access::DenialGroup& group : groups) {
    if (!done) return done;
    Statement& insert = database.Query("insert_wanted_group");
    insert.BindBlob(1, std::string_view(group.process)).BindBlob(2, std::string_view(group.operation));
    done = insert.BindBlob(3, group.target ? std::optional<std::string_view>(*group.target) : std::nullopt).Run();
  }
  if (done) done = database.Query("hold_wanted_groups").BindText(1, holder).Run();
  return done;
}

base::Status Release(Store& store, const std::string& holder) {
  return store.database().Query("release_holds").BindText(1, holder).Run();
}

}  // namespace sbtune::store
