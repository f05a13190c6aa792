// sbtune check without recorded accesses: lint. The other half of the command is in check.cpp.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/profile_options.h"

namespace sbtune::cli {

struct LintCommandOptions {
  bool json = false;
  bool sarif = false;
  bool fix = false;                 // print the certain mends as a unified diff
  bool imports = false;             // judge imported files too
  std::vector<std::string> ignore;  // codes not to report
  std::string fail_on = "warning";  // the least severity that makes the exit status 3
  std::string explain;              // print what a code means, nothing else
};

void AddLintOptions(CLI::App& command, LintCommandOptions& options);

// The explanation of a code on stdout; a usage error for an unknown one.
Exit ExplainCode(const std::string& code, const Invocation& invocation);

Exit RunLint(const ProfileOptions& profile, const LintCommandOptions& options, const Invocation& invocation);

}  // namespace sbtune::cli
