// The options by which `watch` chooses records; each condition exists negated too.
//
//   AddLiveFilter(*command, options.filter);
//   protocol::RecordFilter filter = ToRecordFilter(options.filter);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/glob_options.h"
#include "daemon/protocol/filter.h"

namespace CLI {
class App;
}

namespace sbtune::cli {

struct LiveFilterOptions {
  AccessFilter access;
  base::GlobFilter tag;
  std::vector<std::int64_t> pid, except_pid;
  bool allows = false;
  bool trusted = false;
};

void AddLiveFilter(CLI::App& command, LiveFilterOptions& options);
[[nodiscard]] protocol::RecordFilter ToRecordFilter(const LiveFilterOptions& options);

}  // namespace sbtune::cli
