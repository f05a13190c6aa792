// Writing a proposal that a person or a script has reviewed: shown, asked about, written, checked.
//
//   AddReviewedOptions(*command, options.reviewed);
//   const auto written = ApplyReviewed(proposal, options.reviewed, "p.json", invocation);
//   if (!written) return written.error();
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "cli/command.h"
#include "core/base/replace_file.h"
#include "profiles/review/proposal.h"

namespace sbtune::cli {

struct ReviewedOptions {
  std::string digest;    // --digest
  bool yes = false;      // --yes
  bool dry_run = false;  // --dry-run
};

void AddReviewedOptions(CLI::App& command, ReviewedOptions& options);

// The files that were written; none with --dry-run. Otherwise how to exit, when the reason has been told. `name` is
// what the user calls the proposal. `begin` is called right before anything is written.
[[nodiscard]] std::expected<std::vector<base::Replaced>, Exit> ApplyReviewed(
    const review::Proposal& proposal, const ReviewedOptions& options, const std::string& name, const Invocation& invocation,
    const std::function<base::Status(const std::vector<std::string>& rules)>& begin = {});

}  // namespace sbtune::cli
