// The options by which `watch` chooses records; each condition exists negated too.
//
//   AddLiveFilter(*command, options.filter);
//   protocol::RecordFilter filter = ToRecordFilter(options.filter);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "daemon/protocol/filter.h"

namespace CLI {
class App;
}

namespace sbtune::cli {

struct LiveFilterOptions {
  std::vector<std::string> process, except_process;
  std::vector<std::string> operation, except_operation;
  std::vector<std::string> target, except_target;
  std::vector<std::string> tag, except_tag;
  std::vector<std::int64_t> pid, except_pid;
  bool allows = false;
  bool trusted = false;
};

inline constexpr const char* kLiveFilterHelp =
    "Each filter takes GLOBs, separated by commas or repeated, of which one must match; --exclude-… takes those of\n"
    "which none may match. * is any characters (a slash too), ? one, [a-z] one of a set, \\ takes the next as it is.\n";

void AddLiveFilter(CLI::App& command, LiveFilterOptions& options);
[[nodiscard]] protocol::RecordFilter ToRecordFilter(const LiveFilterOptions& options);

}  // namespace sbtune::cli
