// The database of denials: what was counted, in which run, when, and which records were already met.
//
//   base::Result<store::Store> store = store::Store::OpenForReading(path);
//   base::Status done = store->VisitGroups({.runs = {"nightly"}}, [&](const access::DenialGroup& group) { … });
//
// One file in SQLite's WAL mode: readers never wait for the writer, one writer at a time. A Store is used by one
// thread at a time. Every error is one sentence that says what to do; nothing that was committed is lost by it.
// For writing see import.h.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/access/denial_group.h"
#include "core/base/glob.h"
#include "core/base/result.h"

namespace sbtune::store {

class Database;

// $SBTUNE_DB, else where the system keeps such files: ~/Library/Application Support/sbtune/sbtune.db on macOS,
// ${XDG_STATE_HOME:-~/.local/state}/sbtune/sbtune.db elsewhere. Pure: `environment` looks a variable up.
[[nodiscard]] base::Result<std::string> DefaultPath(
    const std::function<std::optional<std::string>(const std::string&)>& environment);

// A stretch of work whose denials belong together: one execution of a program, one capture.
struct Run {
  std::string name = {};                     // unique in the store
  std::optional<std::string> program = {};
  std::optional<std::string> host = {};      // the captured machine; unknown unless the user says it
  std::map<std::string, std::string> parameters = {};  // CWD, HOME, …: what the run's paths mean
  bool operator==(const Run&) const = default;
};

// Which groups count. Empty members choose everything. Globs are over raw bytes; a group without target has no
// target that a glob could match. Counts are kept by the hour: an hour counts whole
// when any of its records lies in [since, until).
struct Filter {
  std::vector<std::string> runs = {};
  std::vector<std::string> except_runs = {};
  base::GlobFilter process = {};
  base::GlobFilter operation = {};
  base::GlobFilter target = {};
  std::optional<std::int64_t> since_ns = {};
  std::optional<std::int64_t> until_ns = {};
  std::optional<access::Action> action = access::Action::kDeny;
};

enum class Dimension : std::uint8_t { kOperation, kProcess, kTarget, kHour };

struct StatRow {
  std::optional<std::string> value = {};      // absent: no target
  std::optional<std::int64_t> hour_ns = {};   // of kHour; absent: records without a time
  std::uint64_t count = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t untrusted = 0;  // of `count`
  std::uint64_t text = 0;       // of `count`: from text logs, which prove no origin
  std::uint64_t ambiguous = 0;  // of `count`
  bool operator==(const StatRow&) const = default;
};

inline constexpr std::chrono::milliseconds kDefaultWait{10'000};  // for another writer to finish

class Store {
 public:
  // Creates the file (mode 0600) where it is absent, and brings an older schema up to date.
  [[nodiscard]] static base::Result<Store> OpenForWriting(const std::string& path,
                                                          std::chrono::milliseconds wait = kDefaultWait);
  // Fails where there is no file yet.
  [[nodiscard]] static base::Result<Store> OpenForReading(const std::string& path,
                                                          std::chrono::milliseconds wait = kDefaultWait);
  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  // Calls `visit` once for every group with evidence, ordered by count (most first), then by process, operation,
  // target. Memory grows with the number of groups, not with the number of records.
  [[nodiscard]] base::Status VisitGroups(const Filter& filter,
                                         const std::function<void(const access::DenialGroup&)>& visit);

  // One row for each value of the dimension, most first (kHour: in time order).
  [[nodiscard]] base::Result<std::vector<StatRow>> Stats(Dimension dimension, const Filter& filter);

  [[nodiscard]] base::Result<std::vector<Run>> Runs();  // by name

  [[nodiscard]] const std::string& path() const;
  [[nodiscard]] Database& database() { return *database_; }  // for the other files of this folder

 private:
  explicit Store(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace sbtune::store
