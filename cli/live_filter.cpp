#include "cli/live_filter.h"

#include <CLI/CLI.hpp>

namespace sbtune::cli {

void AddLiveFilter(CLI::App& command, LiveFilterOptions& options) {
  AddAccessFilter(command, options.access);
  AddGlobOptions(command, {"tag", "tags of (with message \"…\")", ""}, options.tag);
  const auto pids = [&](const char* name, std::vector<std::int64_t>& list, const char* help) {
    command.add_option(name, list, help)->delimiter(',')->type_name("PID")->allow_extra_args(false);
  };
  pids("--pid", options.pid, "Only process ids");
  pids("--exclude-pid", options.except_pid, "Not these process ids");
  command.add_flag("--allows", options.allows, "Also what was allowed by a rule (with report)");
  command.add_flag("--trusted", options.trusted, "Not what any process could have forged");
}

protocol::RecordFilter ToRecordFilter(const LiveFilterOptions& options) {
  return {.process = options.access.process,
          .operation = options.access.operation,
          .target = options.access.target,
          .tag = options.tag,
          .pids = options.pid,
          .except_pids = options.except_pid,
          .allows = options.allows,
          .untrusted = !options.trusted};
}

}  // namespace sbtune::cli
