#include "cli/apply_history.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "cli/database_option.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "daemon/proposals/current.h"

namespace sbtune::cli {
namespace {

bool SameFile(const std::string& a, const std::string& b) {
  std::error_code failed;
  return a == b || std::filesystem::equivalent(a, b, failed);
}

}  // namespace

void ApplyHistory::Begin(const std::vector<std::string>& rules) {
  if (!DaemonConfigFile(options_)) return;  // no home, no sbtuned
  if (auto recorded = Record(rules); !recorded) Tell(recorded.error());
}

base::Status ApplyHistory::Record(const std::vector<std::string>& rules) {
  const auto config = DaemonConfig(options_);
  if (!config) return std::unexpected(config.error());
  const auto named = std::ranges::find_if(config->profiles, [&](const config::ProfileSettings& one) {
    return !proposal_.load.paths.empty() && SameFile(proposals::KeyOf(one), proposal_.load.paths.front());
  });
  std::error_code failed;
  if (named == config->profiles.end() || !std::filesystem::exists(config->database, failed)) return {};
  auto store = OpenDatabase({.path = config->database}, Purpose::kWrite);
  if (!store) return std::unexpected(store.error());
  store_ = *std::move(store);
  store::ProposalEntry entry{.profile = proposals::KeyOf(*named), .who = "user", .at_ns = base::SystemClock().WallNs(),
                             .digest = review::DigestOf(proposal_), .rules = rules};
  for (const review::ProposedAccess& access : proposal_.allows) entry.accesses.emplace_back(access.operation, access.target);
  const auto id = store::ProposalBook(*store_).Record(entry);
  if (!id) return std::unexpected(id.error());
  entry_ = *id;
  return {};
}

void ApplyHistory::End(const std::optional<std::string>& backup) {
  if (entry_ == 0) return;
  const auto outcome = backup ? store::Outcome::kApplied : store::Outcome::kFailed;
  const auto done = store::ProposalBook(*store_).Finish(entry_, outcome, backup.value_or("not written"));
  if (!done) Tell(done.error());
}

void ApplyHistory::Tell(const base::Error& error) const {
  cli::Tell(invocation_, fmt::format("sbtuned's history of proposals was not told: {}\n", base::EscapeForTerminal(error.message)));
}

}  // namespace sbtune::cli
