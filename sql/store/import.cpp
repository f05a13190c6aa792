#include "sql/store/import.h"

#include <fmt/format.h>

#include "sql/store/database.h"
#include "sql/store/group_ids.h"
#include "sql/store/ledger.h"
#include "sql/store/run.h"
#include "sql/store/tally.h"
#include "sql/store/twins.h"

namespace sbtune::store {

struct Import::State {
  State(Database& database_in, std::int64_t import_id_in, std::int64_t run_id)
      : database(database_in),
        import_id(import_id_in),
        ledger(database, import_id_in),
        groups(database),
        tally(database, run_id),
        twins(database, groups, tally, run_id) {}

  [[nodiscard]] base::Status Admit(Evidence& evidence);
  [[nodiscard]] base::Status Count(const Evidence& evidence);
  [[nodiscard]] base::Status CountReport(const Evidence& evidence, const Entry& entry);

  Database& database;
  std::int64_t import_id;
  Ledger ledger;
  GroupIds groups;
  Tally tally;
  Twins twins;
  ImportTotals totals;
  std::vector<std::uint8_t> is_new;
};

Import::Import(std::unique_ptr<State> state) : state_(std::move(state)) {}
Import::Import(Import&&) noexcept = default;
Import& Import::operator=(Import&&) noexcept = default;
Import::~Import() = default;

const ImportTotals& Import::totals() const { return state_->totals; }

base::Result<Import> Import::Begin(Store& store, const Run& run, const std::string& source,
                                   std::int64_t started_ns) {
  Database& database = store.database();
  base::Result<Transaction> transaction = Transaction::Begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  const base::Result<std::int64_t> run_id = DefineRun(database, run);
  if (!run_id) return std::unexpected(run_id.error());
  Statement& insert = database.Query("insert_import");
  base::Status done = insert.Bind(1, *run_id).BindText(2, source).Bind(3, started_ns).Run();
  const std::int64_t import_id = database.LastRowId();
  if (done) done = transaction->Commit();
  if (!done) return std::unexpected(done.error());
  return Import(std::make_unique<State>(database, import_id, *run_id));
}

base::Status Import::Commit(std::span<Evidence* const> batch) {
  base::Result<Transaction> transaction = Transaction::Begin(state_->database);
  if (!transaction) return std::unexpected(transaction.error());
  const ImportTotals before = state_->totals;
  base::Status done;
  for (Evidence* evidence : batch) {
    done = state_->Admit(*evidence);
    if (done) done = state_->Count(*evidence);
    if (!done) break;
  }
  if (done) {
    const base::Result<std::uint64_t> merged = state_->twins.Resolve(batch);
    if (!merged) return std::unexpected(merged.error());
    state_->totals.reports_merged += *merged;
    done = state_->tally.Flush();
  }
  if (done) done = transaction->Commit();
  if (!done) state_->totals = before;
  state_->groups.Trim();
  return done;
}

// Leaves in the evidence only what counts.
base::Status Import::State::Admit(Evidence& evidence) {
  const base::Result<std::uint64_t> admitted = ledger.Admit(evidence, is_new);
  if (!admitted) return std::unexpected(admitted.error());
  totals.read += evidence.counts();
  totals.already_known += evidence.size() - *admitted;
  if (*admitted < evidence.size()) evidence.Fold(is_new);
  if (evidence.counts().reports == 0 || *admitted == 0) return {};
  for (std::size_t i = 0; i < evidence.size(); ++i) {
    const Entry& entry = evidence.entries()[i];
    const bool report = (entry.group & kRareBit) != 0 && evidence.Rare(entry).kind == access::RecordKind::kReport;
    if (!report || (!is_new.empty() && is_new[i] == 0)) continue;
    if (base::Status done = CountReport(evidence, entry); !done) return done;
  }
  return {};
}

base::Status Import::State::CountReport(const Evidence& evidence, const Entry& entry) {
  const GroupView group = evidence.groups().At(entry.group & ~kRareBit);
  const std::uint32_t twin = evidence.Rare(entry).twin;
  if (twin != 0) {
    twins.AddReport(twin, entry.time_ns, group);
    return {};
  }
  const base::Result<std::uint32_t> ref = groups.Resolve(group);
  if (!ref) return std::unexpected(ref.error());
  Cell cell{.hour = HourOf(entry.time_ns), .count = 1};
  Widen(cell, entry.time_ns);
  tally.Add(groups.At(*ref), cell);
  return {};
}

base::Status Import::State::Count(const Evidence& evidence) {
  for (const Cell& cell : evidence.cells()) {
    const base::Result<std::uint32_t> ref = groups.Resolve(evidence.groups().At(cell.group));
    if (!ref) return std::unexpected(ref.error());
    tally.Add(groups.At(*ref), cell);
  }
  groups.Trim();
  return tally.IsFull() ? tally.Flush() : base::Status();
}

base::Status Import::Finish(const InputFacts& facts) {
  base::Result<Transaction> transaction = Transaction::Begin(state_->database);
  if (!transaction) return std::unexpected(transaction.error());
  Statement& finish = state_->database.Query("finish_import");
  finish.Bind(1, state_->import_id).Bind(2, facts.finished_ns).Bind(3, static_cast<std::int64_t>(facts.bytes));
  finish.Bind(4, static_cast<std::int64_t>(facts.digest));
  finish.Bind(5, static_cast<std::int64_t>(state_->totals.read.records));
  finish.Bind(6, static_cast<std::int64_t>(state_->totals.already_known));
  if (base::Status done = finish.Run(); !done) return done;
  return transaction->Commit();
}

}  // namespace sbtune::store
