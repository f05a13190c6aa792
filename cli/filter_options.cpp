#include "cli/filter_options.h"

#include <CLI/CLI.hpp>

#include "cli/times.h"

namespace sbtune::cli {

void AddFilterOptions(CLI::App& command, FilterOptions& options) {
  command.add_option("--run", options.runs, "Only this run; repeat for several")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command.add_option("--exclude-run", options.except_runs, "Not this run; repeat for several")
      ->type_name("NAME")
      ->allow_extra_args(false);
  AddAccessFilter(command, options.access);
  command.add_option("--since", options.since, "Only what was seen at or after")->type_name("TIME");
  command.add_option("--until", options.until, "Only what was seen before")->type_name("TIME");
  command.add_option("--action", options.action, "deny, allow (recorded allows) or all")
      ->capture_default_str()
      ->check(CLI::IsMember({"deny", "allow", "all"}));
}

base::Result<store::Filter> ToFilter(const FilterOptions& options, std::int64_t now_ns) {
  store::Filter filter;
  filter.runs = options.runs;
  filter.except_runs = options.except_runs;
  filter.process = options.access.process;
  filter.operation = options.access.operation;
  filter.target = options.access.target;
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
