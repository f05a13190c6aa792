#include "cli/auto_waits.h"

#include <fmt/format.h>

#include "core/base/clock.h"
#include "daemon/proposals/auto_apply.h"
#include "daemon/proposals/evidence.h"

namespace sbtune::cli {

std::string AutoWaits(store::Store& store, const config::Config& config, const config::ProfileSettings& settings) {
  if (!settings.auto_apply) return "";
  const auto evidence = proposals::ReadEvidence(store, settings);
  const auto history = store::ProposalBook(store).History();
  if (!evidence || !history) return "";
  const proposals::Basis basis{settings, evidence->groups, evidence->group_count, evidence->decisions, evidence->runs};
  const std::int64_t spacing_ns = config.auto_apply_minutes * 60 * base::kSecondNs;
  sbpl::DiskFiles files;
  const proposals::AutoChoice choice = proposals::ChooseAuto({basis, *history, base::SystemClock().WallNs(), spacing_ns}, files);
  if (choice.wait_ns > 0) {
    return fmt::format("it wrote a change within the last {} minutes (proposals.auto_apply_minutes)", config.auto_apply_minutes);
  }
  const auto owned = choice.proposal ? proposals::CheckOwner(*choice.proposal) : base::Status();
  if (!owned) return owned.error().message;
  return choice.problem.empty() ? choice.idle : choice.problem;
}

}  // namespace sbtune::cli
