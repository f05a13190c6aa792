#include "cli/run_samples.h"

#include <algorithm>
#include <map>

#include "sql/store/store.h"

namespace sbtune::cli {
namespace {

using Parameters = std::map<std::string, std::string>;

base::Result<std::vector<store::Run>> ChosenRuns(const EvidenceOptions& options) {
  auto store = OpenDatabase(options.database, Purpose::kRead);
  if (!store) return std::unexpected(store.error());
  auto runs = store->Runs();
  if (!runs) return runs;
  const auto named = [](const std::vector<std::string>& names, const store::Run& run) {
    return std::ranges::find(names, run.name) != names.end();
  };
  std::erase_if(*runs, [&](const store::Run& run) {
    return (!options.runs.empty() && !named(options.runs, run)) || named(options.except_runs, run);
  });
  return runs;
}

}  // namespace

base::Result<std::vector<coverage::Sample>> LoadSamples(const EvidenceOptions& options,
                                                         const Invocation& invocation) {
  std::map<Parameters, std::vector<std::string>> runs;  // names
  if (options.logs.empty()) {
    const auto chosen = ChosenRuns(options);
    if (!chosen) return std::unexpected(chosen.error());
    for (const store::Run& run : *chosen) runs[run.parameters].push_back(run.name);
  }
  if (runs.size() < 2) {
    const auto groups = LoadEvidence(options, invocation);
    if (!groups) return std::unexpected(groups.error());
    return std::vector{coverage::Sample{runs.empty() ? Parameters() : runs.begin()->first, tune::MergeEvidence(*groups)}};
  }
  std::vector<coverage::Sample> samples;
  for (const auto& [parameters, names] : runs) {
    EvidenceOptions alone = options;
    alone.runs = names;
    const auto groups = LoadEvidence(alone, invocation);
    if (!groups) return std::unexpected(groups.error());
    samples.push_back({parameters, tune::MergeEvidence(*groups)});
  }
  return samples;
}

}  // namespace sbtune::cli
