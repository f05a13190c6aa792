#include "cli/live_filter.h"

#include <CLI/CLI.hpp>

namespace sbtune::cli {

void AddLiveFilter(CLI::App& command, LiveFilterOptions& options) {
  const auto pair = [&](const char* name, const char* what, auto& only, auto& except, const char* type) {
    command.add_option(std::string("--") + name, only, std::string("Only ") + what)->delimiter(',')->type_name(type)->allow_extra_args(false);
    command.add_option(std::string("--exclude-") + name, except, std::string("Not these ") + what)
        ->delimiter(',')
        ->type_name(type)
        ->allow_extra_args(false);
  };
  pair("process", "processes", options.process, options.except_process, "GLOB");
  pair("operation", "operations", options.operation, options.except_operation, "GLOB");
  pair("target", "targets", options.target, options.except_target, "GLOB");
  pair("tag", "tags of (with message \"…\")", options.tag, options.except_tag, "GLOB");
  pair("pid", "process ids", options.pid, options.except_pid, "PID");
  command.add_flag("--allows", options.allows, "Also what was allowed by a rule (with report)");
  command.add_flag("--trusted", options.trusted, "Not what any process could have forged");
}

protocol::RecordFilter ToRecordFilter(const LiveFilterOptions& options) {
  return {.process = {options.process, options.except_process},
          .operation = {options.operation, options.except_operation},
          .target = {options.target, options.except_target},
          .tag = {options.tag, options.except_tag},
          .pids = options.pid,
          .except_pids = options.except_pid,
          .allows = options.allows,
          .untrusted = !options.trusted};
}

}  // namespace sbtune::cli
