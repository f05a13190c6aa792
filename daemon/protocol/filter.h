// Which records a watcher wants to see. Every condition exists twice: what must match, and what must not.
//
//   protocol::RecordFilter filter;
//   filter.process.only = {"git", "node*"};  filter.process.except = {"bluetoothd"};
//   if (filter.Matches(record)) …
//
// Globs of core/base/glob.h over raw bytes; several of one list are alternatives. A record without target matches
// no `only`, and no `except`.
#pragma once

#include <string>
#include <vector>

#include "core/base/glob.h"
#include "daemon/protocol/record.h"

namespace sbtune::protocol {

using Condition = base::GlobFilter;

struct RecordFilter {
  Condition process;
  Condition operation;
  Condition target;
  Condition tag;
  std::vector<std::int64_t> pids;  // empty: all
  std::vector<std::int64_t> except_pids;
  bool allows = false;     // also what was allowed `(with report)`
  bool untrusted = true;   // also what anyone could have forged; it is marked
  bool operator==(const RecordFilter&) const = default;
  [[nodiscard]] bool Matches(const LiveRecord& record) const;
};

}  // namespace sbtune::protocol
