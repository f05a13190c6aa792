// Saving proposals for `sbtune apply`, and showing them.
#pragma once

#include <string>

#include "cli/command.h"
#include "core/base/result.h"
#include "profiles/review/apply.h"
#include "profiles/review/make_proposal.h"

namespace sbtune::cli {

// Writes the file (0600) and says on stderr how to go on.
[[nodiscard]] base::Status SaveProposal(const std::string& file, const review::ProposalRequest& request,
                                        sbpl::ProfileFiles& files, const Invocation& invocation);

// As a unified diff, made from the bytes on the disk and those that would be written; fit for a terminal.
[[nodiscard]] std::string ShowChanges(const review::Examined& examined);

// The folder in which the program was started; fails where it is gone.
[[nodiscard]] base::Result<std::string> CurrentFolder();

}  // namespace sbtune::cli
