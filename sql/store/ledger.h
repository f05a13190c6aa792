// Decides which records count: one that the store has met before does not count again.
//
// Events and places are sets: a key counts once, ever. Text lines with a time are multisets: if a line stands m
// times in what other imports brought and n times in this one, it has occurred max(m, n) times.
//
//   std::vector<std::uint8_t> is_new;                     // parallel to evidence.entries()
//   base::Result<std::uint64_t> count = ledger.Admit(evidence, is_new);
//
// Runs inside the transaction that also stores the counts. Costs a merge with each stored run that shares time (or
// place) with the evidence; none, where nothing does.
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "sql/store/database.h"
#include "sql/store/evidence.h"
#include "sql/store/key_run.h"

namespace sbtune::store {

class Ledger {
 public:
  // `max_cached_keys`: of stored runs that are remembered.
  Ledger(Database& database, std::int64_t import_id, std::size_t max_cached_keys)
      : database_(database), import_id_(import_id), max_cached_keys_(max_cached_keys) {}

  // Marks the entries that count and stores their keys; the number of them. `is_new` is empty when all do.
  [[nodiscard]] base::Result<std::uint64_t> Admit(const Evidence& evidence, std::vector<std::uint8_t>& is_new);

 private:
  enum class Book : std::uint8_t {
    kCounted,  // key_runs
    kPassed,   // temp.passed_runs: what this import met but did not count
  };
  struct StoredRun {
    Book book = Book::kCounted;
    std::int64_t id = 0;
    std::int64_t slab = 0;
    std::int64_t low = 0;
    std::int64_t high = 0;
    std::uint64_t size = 0;
    std::int64_t import_id = 0;
  };
  struct Prior {  // how often each key of the section was met before
    std::vector<std::uint32_t> by_others;
    std::vector<std::uint32_t> by_us;
  };

  [[nodiscard]] base::Result<std::uint64_t> AdmitSection(const Evidence& evidence, const Section& section,
                                                         std::vector<std::uint8_t>& is_new);
  [[nodiscard]] base::Result<std::vector<StoredRun>> Candidates(const Evidence& evidence, const Section& section);
  [[nodiscard]] base::Status FindRuns(Book book, const Section& wanted, std::vector<StoredRun>& found);
  [[nodiscard]] base::Result<const KeyRun*> Load(const StoredRun& run);
  // False: no key was met before, and `prior` is untouched.
  [[nodiscard]] base::Result<bool> Compare(const KeyRun& keys, const std::vector<StoredRun>& runs, Prior& prior);
  [[nodiscard]] base::Status Write(Book book, const Section& section, KeyRun run,
                                   const std::vector<StoredRun>& candidates);
  [[nodiscard]] base::Status Remove(const StoredRun& run);
  void Remember(Book book, std::int64_t id, KeyRun run);

  Database& database_;
  std::int64_t import_id_;
  std::size_t max_cached_keys_;
  bool has_passed_ = false;
  std::vector<Match> matches_;
  struct Cached {
    Book book;
    std::int64_t id;
    KeyRun run;
  };
  std::deque<Cached> cache_;  // newest last
  std::size_t cached_keys_ = 0;
};

}  // namespace sbtune::store
