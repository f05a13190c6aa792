#include "cli/proposal_file.h"

#include <filesystem>

#include <fmt/format.h>

#include "cli/diff_paths.h"
#include "cli/line_edits.h"
#include "cli/suggest_report.h"
#include "core/base/file.h"
#include "core/base/text.h"
#include "profiles/sbpl/edit/unified_diff.h"

namespace sbtune::cli {
base::Result<std::string> CurrentFolder() {
  std::error_code failed;
  const std::string folder = std::filesystem::current_path(failed).string();
  if (failed) return base::Fail("cannot tell the current folder: " + failed.message() + "; change to another one");
  return folder;
}

std::string ShowChanges(const review::Examined& examined) {
  const std::string folder = CurrentFolder().value_or("/");
  std::string diff;
  for (const review::FileChange& change : examined.changes) {
    diff += sbpl::UnifiedDiff(DiffPathOf(change.path, folder).name, change.before, LineEdits(change.before, change.after));
  }
  return ShowText(diff);
}

base::Status SaveProposal(const std::string& file, const review::ProposalRequest& request, sbpl::ProfileFiles& files,
                          const Invocation& invocation) {
  const auto proposal = review::MakeProposal(request, files);
  if (!proposal) return std::unexpected(proposal.error());
  if (auto done = base::WriteFileAtomically(file, review::ToText(*proposal)); !done) return done;
  Tell(invocation, fmt::format("\nSaved; after the review:  sbtune apply {} --digest {}\n", base::EscapeForTerminal(file),
             review::DigestOf(*proposal).substr(0, 16)));
  return {};
}

}  // namespace sbtune::cli
