// Writing: one import is one input (a file, a stretch of a live stream) whose records go into one run.
//
//   store::Import import = store::Import::Into(*store, run, "capture.ndjson", clock.WallNs());
//   base::Status stored = import.Commit(batch);       // as often as needed; each is one transaction
//   base::Status done = import.Finish({…});           // says that the input was read to its end
//
// Counts and identities are committed together: whatever ends the program, the next import of the same input adds
// exactly what is missing. After a failure the import is over; what was committed before stays.
// One thread at a time; any number of processes: each waits for its turn, so a transaction should not stay open
// for longer than about a second.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "core/base/result.h"
#include "sql/store/evidence.h"
#include "sql/store/store.h"

namespace sbtune::store {

struct ImportTotals {
  RecordCounts read;  // every record of the input, met before or not
  std::uint64_t already_known = 0;   // of these: not counted again
  std::uint64_t reports_merged = 0;  // reports that turned out to be denials counted by another record
  bool operator==(const ImportTotals&) const = default;
};

struct InputFacts {
  std::int64_t finished_ns = 0;
  std::uint64_t bytes = 0;
  std::uint64_t digest = 0;
};

// For whoever must do something with the records that count, or store something of its own in the same transaction.
struct CommitHooks {
  // Once for each piece of evidence. `is_new` is parallel to its entries; empty: all of them count.
  std::function<void(const Evidence& evidence, std::span<const std::uint8_t> is_new)> on_admitted = {};
  std::function<base::Status()> in_transaction = {};  // the last thing before the commit
};

// How much is remembered so as not to ask the database again: for a program that runs for a minute, or for one that
// runs for ever.
enum class Memory : std::uint8_t { kAmple, kSmall };

class Import {
 public:
  // Nothing is written before the first record. That makes the run, or takes the one of that name; it fails when
  // that one has another program, host or parameter. The store must outlive the import.
  [[nodiscard]] static Import Into(Store& store, const Run& run, const std::string& source, std::int64_t started_ns,
                                   Memory memory = Memory::kAmple);
  Import(Import&&) noexcept;
  Import& operator=(Import&&) noexcept;
  ~Import();

  // In two steps, so that several batches can share a transaction: the first Add begins it. What is counted often
  // is then written once.
  [[nodiscard]] base::Status Add(std::span<Evidence* const> batch, const CommitHooks& hooks = {});
  [[nodiscard]] base::Status Commit(const CommitHooks& hooks = {});
  [[nodiscard]] bool ShouldCommit() const;  // what waits in memory is getting much

  // Both steps. Without records and without hooks nothing is written.
  [[nodiscard]] base::Status Commit(std::span<Evidence* const> batch, const CommitHooks& hooks = {});
  [[nodiscard]] base::Status Finish(const InputFacts& facts);
  [[nodiscard]] const ImportTotals& totals() const;  // of what was committed

 private:
  struct Rows;
  struct State;
  explicit Import(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sbtune::store
