#include "cli/evidence_source.h"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "cli/log_groups.h"
#include "cli/output.h"
#include "sql/store/store.h"

namespace sbtune::cli {
namespace {

base::Result<std::vector<access::DenialGroup>> FromLogs(const EvidenceOptions& options,
                                                         const Invocation& invocation) {
  std::vector<access::DenialGroup> chosen;
  std::uint64_t skipped_lines = 0;
  for (const std::string& path : options.logs) {
    auto groups = GroupsOfLog(path, skipped_lines);
    if (!groups) return groups;
    for (access::DenialGroup& group : *groups) {
      const bool fits = options.access.process.Matches(group.process) && options.access.operation.Matches(group.operation) &&
                        options.access.target.Matches(group.target);
      if (fits) chosen.push_back(std::move(group));
    }
  }
  TellSkipped(invocation, skipped_lines);
  return chosen;
}

// A run that does not exist would give no denials, and no denials look like success.
base::Status CheckRuns(store::Store& store, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return {};
  const auto runs = store.Runs();
  if (!runs) return std::unexpected(runs.error());
  for (const std::string& name : wanted) {
    const bool known = std::any_of(runs->begin(), runs->end(), [&](const store::Run& run) { return run.name == name; });
    if (!known) return base::Fail("no run is called \"" + name + "\"; sbtune import --run NAME makes one");
  }
  return {};
}

base::Result<std::vector<access::DenialGroup>> FromStore(const EvidenceOptions& options) {
  auto store = OpenDatabase(options.database, Purpose::kRead);
  if (!store) return std::unexpected(store.error());
  if (auto known = CheckRuns(*store, options.runs); !known) return std::unexpected(known.error());
  store::Filter filter;
  filter.runs = options.runs;
  filter.except_runs = options.except_runs;
  filter.process = options.access.process;
  filter.operation = options.access.operation;
  filter.target = options.access.target;
  filter.action = std::nullopt;
  std::vector<access::DenialGroup> groups;
  const base::Status done =
      store->VisitGroups(filter, [&](const access::DenialGroup& group) { groups.push_back(group); });
  if (!done) return std::unexpected(done.error());
  return groups;
}

}  // namespace

void AddEvidenceOptions(CLI::App& command, EvidenceOptions& options, const std::string& log_option) {
  command.add_option(log_option, options.logs, "Captured log to take denials from; - is standard input; repeatable")
      ->type_name("LOG")
      ->allow_extra_args(false);
  command.add_option("--run", options.runs, "Run of the store to take denials from; repeatable (default: all)")
      ->type_name("NAME")
      ->excludes(log_option)
      ->allow_extra_args(false);
  command.add_option("--exclude-run", options.except_runs, "Run to leave out; repeatable")
      ->type_name("NAME")
      ->excludes(log_option)
      ->allow_extra_args(false);
  AddDatabaseOption(command, options.database);
  command.get_option("--db")->excludes(log_option);
  AddAccessFilter(command, options.access);
}

base::Result<std::map<std::string, std::map<std::string, std::string>>> LoadRunParameters(
    const EvidenceOptions& options) {
  std::map<std::string, std::map<std::string, std::string>> parameters;
  if (!options.logs.empty()) return parameters;
  auto store = OpenDatabase(options.database, Purpose::kRead);
  if (!store) return std::unexpected(store.error());
  const auto runs = store->Runs();
  if (!runs) return std::unexpected(runs.error());
  for (const store::Run& run : *runs) parameters[run.name] = run.parameters;
  return parameters;
}

base::Result<std::vector<access::DenialGroup>> LoadEvidence(const EvidenceOptions& options,
                                                             const Invocation& invocation) {
  return options.logs.empty() ? FromStore(options) : FromLogs(options, invocation);
}

}  // namespace sbtune::cli
