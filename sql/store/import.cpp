#include "sql/store/import.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "sql/store/database.h"
#include "sql/store/group_ids.h"
#include "sql/store/ledger.h"
#include "sql/store/run.h"
#include "sql/store/tally.h"
#include "sql/store/twins.h"

namespace sbtune::store {
namespace {

constexpr std::size_t kAmpleKeys = 2u << 20;     // 16 MB
constexpr std::size_t kSmallKeys = 128u << 10;   // 1 MB
constexpr std::size_t kAmpleGroups = 16u << 20;  // bytes
constexpr std::size_t kSmallGroups = 4u << 20;

}  // namespace

// What is there once the rows of the run and the import are.
struct Import::Rows {
  Rows(Database& database, std::int64_t import, std::int64_t run, Memory memory)
      : import_id(import),
        ledger(database, import, memory == Memory::kAmple ? kAmpleKeys : kSmallKeys),
        groups(database, memory == Memory::kAmple ? kAmpleGroups : kSmallGroups),
        tally(database, groups, run),
        twins(database, groups, tally, run) {}

  [[nodiscard]] base::Status Admit(Evidence& evidence, ImportTotals& totals, const CommitHooks& hooks);
  [[nodiscard]] base::Status ResolveGroups(std::span<Evidence* const> batch);
  [[nodiscard]] base::Status Count(std::span<Evidence* const> batch);
  [[nodiscard]] base::Status CountReport(const Evidence& evidence, const Entry& entry);

  std::int64_t import_id;
  Ledger ledger;
  GroupIds groups;
  Tally tally;
  Twins twins;
  std::vector<std::uint8_t> is_new;
  std::vector<std::vector<std::uint32_t>> refs;  // of each evidence of a batch: its groups in `groups`
};

struct Import::State {
  // In a transaction: makes the rows if they are not there yet.
  [[nodiscard]] base::Status Begin();
  [[nodiscard]] base::Status ForgetPruned();
  [[nodiscard]] base::Status Add(std::span<Evidence* const> batch, const CommitHooks& hooks);
  [[nodiscard]] base::Status Commit(const CommitHooks& hooks);

  Database& database;
  Run run;
  std::string source;
  std::int64_t started_ns = 0;
  Memory memory = Memory::kAmple;
  ImportTotals totals;
  ImportTotals uncommitted;  // totals, and what the open transaction adds to them
  std::unique_ptr<Rows> rows;
  std::optional<Transaction> transaction;
  std::int64_t pruning = 0;  // the newest when groups were last looked up
};

Import::Import(std::unique_ptr<State> state) : state_(std::move(state)) {}
Import::Import(Import&&) noexcept = default;
Import& Import::operator=(Import&&) noexcept = default;
Import::~Import() = default;

const ImportTotals& Import::totals() const { return state_->totals; }

Import Import::Into(Store& store, const Run& run, const std::string& source, std::int64_t started_ns, Memory memory) {
  return Import(std::unique_ptr<State>(new State{.database = store.database(), .run = run, .source = source,
                                                 .started_ns = started_ns, .memory = memory, .totals = {}, .uncommitted = {},
                                                 .rows = nullptr, .transaction = {}, .pruning = 0}));
}

base::Status Import::State::Begin() {
  if (rows) return {};
  const base::Result<std::int64_t> run_id = DefineRun(database, run);
  if (!run_id) return std::unexpected(run_id.error());
  Statement& insert = database.Query("insert_import");
  base::Status done = insert.Bind(1, *run_id).BindText(2, source).Bind(3, started_ns).Run();
  if (done) rows = std::make_unique<Rows>(database, database.LastRowId(), *run_id, memory);
  return done;
}

// Another process, or we, may have removed groups since the last transaction.
base::Status Import::State::ForgetPruned() {
  Statement& query = database.Query("last_pruning");
  const base::Result<bool> row = query.Step();
  if (!row) return std::unexpected(row.error());
  const std::int64_t newest = *row ? query.Integer(0) : 0;
  query.Reset();
  if (rows && newest != pruning) rows->groups.Forget();
  pruning = newest;
  return {};
}

base::Status Import::State::Add(std::span<Evidence* const> batch, const CommitHooks& hooks) {
  if (!transaction) {
    base::Result<Transaction> begun = Transaction::Begin(database);
    if (!begun) return std::unexpected(begun.error());
    transaction.emplace(std::move(*begun));
    uncommitted = totals;
    if (base::Status done = ForgetPruned(); !done) return done;
  }
  if (base::Status begun = Begin(); !begun) return begun;
  for (Evidence* evidence : batch) {
    if (base::Status done = rows->Admit(*evidence, uncommitted, hooks); !done) return done;
  }
  if (base::Status done = rows->Count(batch); !done) return done;
  const base::Result<std::uint64_t> merged = rows->twins.Resolve(batch);
  if (!merged) return std::unexpected(merged.error());
  uncommitted.reports_merged += *merged;
  return {};
}

base::Status Import::State::Commit(const CommitHooks& hooks) {
  base::Status done = rows ? rows->tally.Flush() : base::Status();
  if (done && hooks.in_transaction) done = hooks.in_transaction();
  if (done) done = transaction->Commit();
  if (!done) return done;
  transaction.reset();
  totals = uncommitted;
  if (rows) rows->groups.Trim();
  return {};
}

base::Status Import::Add(std::span<Evidence* const> batch, const CommitHooks& hooks) {
  if (std::all_of(batch.begin(), batch.end(), [](const Evidence* part) { return part->size() == 0; })) return {};
  base::Status done = state_->Add(batch, hooks);
  if (!done) state_->transaction.reset();
  return done;
}

base::Status Import::Commit(const CommitHooks& hooks) {
  if (!state_->transaction) {
    if (!hooks.in_transaction) return {};
    base::Result<Transaction> begun = Transaction::Begin(state_->database);
    if (!begun) return std::unexpected(begun.error());
    state_->transaction.emplace(std::move(*begun));
  }
  base::Status done = state_->Commit(hooks);
  if (!done) state_->transaction.reset();
  return done;
}

base::Status Import::Commit(std::span<Evidence* const> batch, const CommitHooks& hooks) {
  if (base::Status added = Add(batch, hooks); !added) return added;
  return Commit(hooks);
}

bool Import::ShouldCommit() const {
  return state_->rows && (state_->rows->groups.IsLarge() || state_->rows->tally.IsFull());
}

// Leaves in the evidence only what counts.
base::Status Import::Rows::Admit(Evidence& evidence, ImportTotals& totals, const CommitHooks& hooks) {
  const base::Result<std::uint64_t> admitted = ledger.Admit(evidence, is_new);
  if (!admitted) return std::unexpected(admitted.error());
  totals.read += evidence.counts();
  totals.already_known += evidence.size() - *admitted;
  if (hooks.on_admitted) hooks.on_admitted(evidence, is_new);
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

base::Status Import::Rows::CountReport(const Evidence& evidence, const Entry& entry) {
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
  tally.Add(*ref, cell);
  return {};
}

// Groups that the database must be asked for are asked for in the order of its index, so that neighbours share pages
// however many there are.
base::Status Import::Rows::ResolveGroups(std::span<Evidence* const> batch) {
  struct Wanted {
    std::uint64_t hash;
    std::uint32_t part;
    std::uint32_t group;
  };
  constexpr std::uint32_t kOpen = 0xFFFFFFFF;
  constexpr std::uint32_t kAsked = 0xFFFFFFFE;
  constexpr std::size_t kAhead = 8;
  std::vector<Wanted> wanted;
  refs.resize(std::max(refs.size(), batch.size()));
  for (std::uint32_t part = 0; part < batch.size(); ++part) {
    const GroupTable& table = batch[part]->groups();
    const std::span<const Cell> cells = batch[part]->cells();
    refs[part].assign(table.size(), kOpen);
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i + kAhead < cells.size()) groups.known().Prefetch(table, cells[i + kAhead].group);
      std::uint32_t& ref = refs[part][cells[i].group];
      if (ref != kOpen) continue;
      const std::optional<std::uint32_t> known = groups.known().Find(table, cells[i].group);
      ref = known.value_or(kAsked);
      if (!known) wanted.push_back({table.At(cells[i].group).hash, part, cells[i].group});
    }
  }
  std::sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) { return a.hash < b.hash; });
  for (const Wanted& one : wanted) {
    const base::Result<std::uint32_t> ref = groups.Resolve(batch[one.part]->groups().At(one.group));
    if (!ref) return std::unexpected(ref.error());
    refs[one.part][one.group] = *ref;
  }
  return {};
}

base::Status Import::Rows::Count(std::span<Evidence* const> batch) {
  if (base::Status done = ResolveGroups(batch); !done) return done;
  for (std::size_t part = 0; part < batch.size(); ++part) {
    for (const Cell& cell : batch[part]->cells()) tally.Add(refs[part][cell.group], cell);
  }
  return {};
}

base::Status Import::Finish(const InputFacts& facts) {
  base::Result<Transaction> transaction = Transaction::Begin(state_->database);
  if (!transaction) return std::unexpected(transaction.error());
  if (base::Status begun = state_->Begin(); !begun) return begun;
  Statement& finish = state_->database.Query("finish_import");
  finish.Bind(1, state_->rows->import_id).Bind(2, facts.finished_ns).Bind(3, static_cast<std::int64_t>(facts.bytes));
  finish.Bind(4, static_cast<std::int64_t>(facts.digest));
  finish.Bind(5, static_cast<std::int64_t>(state_->totals.read.records));
  finish.Bind(6, static_cast<std::int64_t>(state_->totals.already_known));
  if (base::Status done = finish.Run(); !done) return done;
  return transaction->Commit();
}

}  // namespace sbtune::store
