// Where suggest and check take denials from: runs of the store, or captured logs read on the spot.
//
//   EvidenceOptions options;
//   AddEvidenceOptions(*command, options);
//   base::Result<std::vector<access::DenialGroup>> groups = LoadEvidence(options, invocation);
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/database_option.h"
#include "cli/glob_options.h"
#include "core/access/denial_group.h"
#include "core/base/result.h"

namespace sbtune::cli {

struct EvidenceOptions {
  std::vector<std::string> logs;  // --from or --against, "-" for standard input
  std::vector<std::string> runs;  // --run
  DatabaseOptions database;
  std::vector<std::string> except_runs;
  AccessFilter access;
};

// `log_option` is the name under which the command takes log files.
void AddEvidenceOptions(CLI::App& command, EvidenceOptions& options, const std::string& log_option);

// Denials and recorded allows. Logs, when given, are read instead of the store; what had to be left out of them is
// told on stderr.
[[nodiscard]] base::Result<std::vector<access::DenialGroup>> LoadEvidence(const EvidenceOptions& options,
                                                                          const Invocation& invocation);

// The parameters that the store's runs had, by run. Logs read on the spot have none.
[[nodiscard]] base::Result<std::map<std::string, std::map<std::string, std::string>>> LoadRunParameters(
    const EvidenceOptions& options);

}  // namespace sbtune::cli
