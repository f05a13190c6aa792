#include "sql/store/proposals.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "sql/store/database.h"
#include "sql/store/retention.h"

namespace sbtune::store {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"begun", "applied", "failed", "dismissed"};

Outcome ParseOutcome(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  return found == kNames.end() ? Outcome::kFailed : static_cast<Outcome>(found - kNames.begin());
}

// Visits the rows of a statement that is bound.
template <typename Visit>
base::Status EachRow(Statement& query, Visit visit) {
  for (;;) {
    const base::Result<bool> row = query.Step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    visit(query);
  }
  query.Reset();
  return {};
}

bool Same(const StoredProposal& a, const StoredProposal& b) {
  return a.digest == b.digest && a.problem == b.problem && a.additions == b.additions && a.covered == b.covered &&
         a.remaining == b.remaining;
}

}  // namespace

std::string_view Name(Outcome outcome) { return kNames[static_cast<std::size_t>(outcome)]; }

std::string HolderOf(std::int64_t proposal) { return fmt::format("proposal {}", proposal); }

base::Result<std::int64_t> ProposalBook::Put(const StoredProposal& proposal, std::span<const access::DenialGroup> held) {
  Database& database = store_.database();
  const auto all = List();
  if (!all) return std::unexpected(all.error());
  const auto old = std::ranges::find(*all, proposal.profile, &StoredProposal::profile);
  if (old != all->end() && Same(*old, proposal)) return old->id;
  auto transaction = Transaction::Begin(database);
  if (!transaction) return std::unexpected(transaction.error());
  base::Status done;
  const bool keeps = old != all->end() && !proposal.problem.empty();
  if (keeps) done = database.Query("delete_proposal").Bind(1, old->id).Run();
  if (old != all->end() && !keeps) done = Drop(old->id);
  if (!done) return std::unexpected(done.error());
  Statement& insert = database.Query("insert_proposal");
  insert.BindText(1, proposal.profile).Bind(2, proposal.made_ns).BindText(3, proposal.problem).BindText(4, proposal.digest);
  insert.BindBlob(5, std::string_view(proposal.text)).Bind(6, proposal.additions).Bind(7, proposal.covered);
  done = insert.Bind(8, proposal.remaining).Run();
  const std::int64_t id = database.LastRowId();
  if (done && keeps) {
    const std::string from = HolderOf(old->id), to = HolderOf(id);
    done = database.Query("move_holds").BindText(1, from).BindText(2, to).Run();
  }
  if (done && !held.empty()) done = HoldWithin(store_, HolderOf(id), held);
  if (done) done = transaction->Commit();
  if (!done) return std::unexpected(done.error());
  return id;
}

base::Status ProposalBook::Drop(std::int64_t id) {
  if (base::Status done = store_.database().Query("delete_proposal").Bind(1, id).Run(); !done) return done;
  return Release(store_, HolderOf(id));
}

base::Status ProposalBook::KeepOnly(std::span<const std::string> profiles) {
  const auto all = List();
  if (!all) return std::unexpected(all.error());
  auto transaction = Transaction::Begin(store_.database());
  if (!transaction) return std::unexpected(transaction.error());
  for (const StoredProposal& one : *all) {
    if (std::ranges::find(profiles, one.profile) != profiles.end()) continue;
    if (base::Status done = Drop(one.id); !done) return done;
  }
  return transaction->Commit();
}

base::Result<std::vector<StoredProposal>> ProposalBook::List() {
  std::vector<StoredProposal> proposals;
  const base::Status done = EachRow(store_.database().Query("all_proposals"), [&](const Statement& row) {
    proposals.push_back({row.Integer(0), std::string(row.Bytes(1)), row.Integer(2), std::string(row.Bytes(3)),
                         std::string(row.Bytes(4)), std::string(row.Bytes(5)), row.Integer(6), row.Integer(7), row.Integer(8)});
  });
  if (!done) return std::unexpected(done.error());
  return proposals;
}

base::Result<std::int64_t> ProposalBook::Settle(const ProposalEntry& entry) {
  auto transaction = Transaction::Begin(store_.database());
  if (!transaction) return std::unexpected(transaction.error());
  base::Status done = Drop(entry.proposal);
  if (!done) return std::unexpected(done.error());
  auto id = Insert(entry);
  if (id) done = transaction->Commit();
  if (!done) return std::unexpected(done.error());
  return id;
}

base::Status ProposalBook::Close(std::int64_t proposal) {
  auto transaction = Transaction::Begin(store_.database());
  if (!transaction) return std::unexpected(transaction.error());
  if (base::Status done = Drop(proposal); !done) return done;
  return transaction->Commit();
}

base::Result<std::int64_t> ProposalBook::Record(const ProposalEntry& entry) {
  auto transaction = Transaction::Begin(store_.database());
  if (!transaction) return std::unexpected(transaction.error());
  auto id = Insert(entry);
  if (!id) return id;
  if (base::Status done = transaction->Commit(); !done) return std::unexpected(done.error());
  return id;
}

base::Result<std::int64_t> ProposalBook::Insert(const ProposalEntry& entry) {
  Database& database = store_.database();
  Statement& insert = database.Query("insert_proposal_history");
  insert.Bind(1, entry.proposal).BindText(2, entry.profile).BindText(3, Name(entry.outcome)).BindText(4, entry.who);
  base::Status done = insert.Bind(5, entry.at_ns).BindText(6, entry.digest).BindText(7, entry.note).Run();
  const std::int64_t id = database.LastRowId();
  for (const std::string& rule : entry.rules) {
    if (done) done = database.Query("insert_proposal_rule").Bind(1, id).BindBlob(2, std::string_view(rule)).Run();
  }
  for (const auto& [operation, target] : entry.accesses) {
    if (!done) break;
    Statement& access = database.Query("insert_proposal_access").Bind(1, id).BindBlob(2, std::string_view(operation));
    done = access.BindBlob(3, target ? std::optional<std::string_view>(*target) : std::nullopt).Run();
  }
  if (!done) return std::unexpected(done.error());
  return id;
}

base::Status ProposalBook::Finish(std::int64_t entry, Outcome outcome, const std::string& note) {
  return store_.database().Query("finish_proposal_history").Bind(1, entry).BindText(2, Name(outcome)).BindText(3, note).Run();
}

base::Result<std::vector<ProposalEntry>> ProposalBook::History() {
  Database& database = store_.database();
  std::vector<ProposalEntry> history;
  base::Status done = EachRow(database.Query("all_proposal_history"), [&](const Statement& row) {
    history.push_back({row.Integer(0), row.Integer(1), std::string(row.Bytes(2)), ParseOutcome(row.Bytes(3)),
                       std::string(row.Bytes(4)), row.Integer(5), std::string(row.Bytes(6)), std::string(row.Bytes(7)), {}, {}});
  });
  for (ProposalEntry& entry : history) {
    if (done) {
      done = EachRow(database.Query("proposal_rules").Bind(1, entry.id),
                     [&](const Statement& row) { entry.rules.emplace_back(row.Bytes(0)); });
    }
    if (!done) break;
    done = EachRow(database.Query("proposal_accesses").Bind(1, entry.id), [&](const Statement& row) {
      entry.accesses.emplace_back(row.Bytes(0), row.IsNull(1) ? std::nullopt : std::optional<std::string>(row.Bytes(1)));
    });
  }
  if (!done) return std::unexpected(done.error());
  return history;
}

base::Result<EvidenceMarks> ReadMarks(Store& store) {
  EvidenceMarks marks;
  const base::Status done = EachRow(store.database().Query("evidence_marks"), [&](const Statement& row) {
    marks = {row.Integer(0), row.Integer(1), row.Integer(2), row.Integer(3), row.Integer(4)};
  });
  if (!done) return std::unexpected(done.error());
  return marks;
}

base::Result<std::vector<std::string>> ProcessesSince(Store& store, std::int64_t group) {
  std::vector<std::string> processes;
  const base::Status done = EachRow(store.database().Query("processes_since").Bind(1, group),
                                    [&](const Statement& row) { processes.emplace_back(row.Bytes(0)); });
  if (!done) return std::unexpected(done.error());
  return processes;
}

base::Result<std::uint64_t> CountGroups(Store& store, const base::GlobFilter& process) {
  std::uint64_t count = 0;
  const base::Status done = EachRow(store.database().Query("groups_by_process"), [&](const Statement& row) {
    if (process.Matches(row.Bytes(0))) count += static_cast<std::uint64_t>(row.Integer(1));
  });
  if (!done) return std::unexpected(done.error());
  return count;
}

}  // namespace sbtune::store
