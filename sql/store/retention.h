// Forgetting what the live log counted long ago. Captures that a user imported stay, whatever their age: he chose
// them. Evidence that somebody holds (an open suggestion, say) stays too, with all its counts.
//
//   base::Result<store::Pruned> pruned = store::Prune(store, {.keep_days = 90, .keep_bytes = 1u << 30}, now_ns);
//   base::Status held = store::Hold(store, "proposal 7", groups);  …  store::Release(store, "proposal 7");
//
// With the counts go the identities of the records: who imports such an old log again counts it again, in a run of
// his own. Pages that become free are used again; the file does not shrink.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/access/denial_group.h"
#include "core/base/result.h"
#include "sql/store/store.h"

namespace sbtune::store {

// The source of the imports that retention is about.
inline constexpr const char* kLiveImport = "the live log";

struct Retention {
  std::int64_t keep_days = 90;
  std::int64_t keep_bytes = std::int64_t{1} << 30;  // of the database; what is free in it does not count
  bool operator==(const Retention&) const = default;
};

struct Pruned {
  std::uint64_t counts = 0;    // rows: a group's count of an hour
  std::uint64_t groups = 0;
  std::int64_t before_ns = 0;  // 0: nothing was old or large enough
  bool operator==(const Pruned&) const = default;
};

// A day at a time, each in a transaction of its own, so that nobody waits long. The current hour always stays.
[[nodiscard]] base::Result<Pruned> Prune(Store& store, const Retention& retention, std::int64_t now_ns);

// All evidence of the same process, operation and target as one of `groups` stays until the holder releases it. A
// second call of the same holder adds to the first.
[[nodiscard]] base::Status Hold(Store& store, const std::string& holder, std::span<const access::DenialGroup> groups);
// The same inside a transaction that the caller has begun.
[[nodiscard]] base::Status HoldWithin(Store& store, const std::string& holder, std::span<const access::DenialGroup> groups);
[[nodiscard]] base::Status Release(Store& store, const std::string& holder);

}  // namespace sbtune::store
