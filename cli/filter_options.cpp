#include "cli/filter_options.h"

#include <CLI/CLI.hpp>

#include "cli/times.h"

namespace sbtune::cli {

void AddFilterOptions(CLI::App& command, FilterOptions& options) {
  command.add_option("--run", options.runs, "Only this run; repeat for several")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command.add_option("--process", options.process, "Only processes whose name matches")->type_name("GLOB");
  command.add_option("--operation", options.operation, "Only operations that match")->type_name("GLOB");
  command.add_option("--target", options.target, "Only targets that match")->type_name("GLOB");
  command.add_option("--since", options.since, "Only what was seen at or after")->type_name("TIME");
  command.add_option("--until", options.until, "Only what was seen before")->type_name("TIME");
  command.add_option("--action", options.action, "deny, allow (recorded allows) or all")
      ->capture_default_str()
      ->check(CLI::IsMember({"deny", "allow", "all"}));
}

base::Result<store::Filter> ToFilter(const FilterOptions& options, std::int64_t now_ns) {
  store::Filter filter;
  filter.runs = options.runs;
  if (!options.process.empty()) filter.process = options.process;
  if (!options.operation.empty()) filter.operation = options.operation;
  if (!options.target.empty()) filter.target = options.target;
  if (!options.since.empty()) {
    const base::Result<std::int64_t> time = ParseTime(options.since, now_ns, "--since");
    if (!time) return std::unexpected(time.error());
    filter.since_ns = *time;
  }
  if (!options.until.empty()) {
    const base::Result<std::int64_t> time = ParseTime(options.until, now_ns, "--until");
    if (!time) return std::unexpected(time.error());
    filter.until_ns = *time;
  }
  if (options.action == "all") filter.action.reset();
  if (options.action == "allow") filter.action = access::Action::kAllow;
  return filter;
}

}  // namespace sbtune::cli
