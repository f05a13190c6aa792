// The options by which suggest generalises: the budget, the reference tree, users' own places, and what parameters
// the runs had.
//
//   GeneralizeOptions options;
//   AddGeneralizeOptions(*command, options);
//   base::Result<GeneralizeInputs> inputs = LoadGeneralizeInputs(options, evidence_options);
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/evidence_source.h"
#include "core/base/result.h"
#include "profiles/catalog/places.h"
#include "profiles/tune/evidence.h"
#include "profiles/tune/generalize/placement.h"
#include "profiles/tune/generalize/reference_tree.h"

namespace sbtune::cli {

struct GeneralizeOptions {
  bool generalize = false;
  std::optional<double> budget;             // --budget
  std::string tree;                         // --tree: a list of paths, or a folder to walk
  std::vector<std::string> places;          // --places: files of further lines
  std::vector<std::string> run_parameters;  // --run-param RUN:NAME=VALUE
};

struct GeneralizeInputs {
  std::optional<tune::ReferenceTree> tree;
  catalog::Places places;
  std::vector<tune::RunFacts> runs;
};

void AddGeneralizeOptions(CLI::App& command, GeneralizeOptions& options);

// Every run that --run-param names must be one of the evidence's: a slip of the pen would change the answer silently.
[[nodiscard]] base::Status CheckRuns(const GeneralizeOptions& options, std::span<const tune::Evidence> evidence);

[[nodiscard]] base::Result<GeneralizeInputs> LoadGeneralizeInputs(const GeneralizeOptions& options,
                                                                  const EvidenceOptions& evidence);

}  // namespace sbtune::cli
