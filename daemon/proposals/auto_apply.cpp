#include "daemon/proposals/auto_apply.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "daemon/proposals/decided.h"
#include "profiles/catalog/places.h"
#include "profiles/review/make_proposal.h"
#include "profiles/review/own_paths.h"
#include "profiles/tune/generalize/suggest_general.h"

namespace sbtune::proposals {
namespace {

constexpr std::string_view kLowestRisk = "none";

using Access = std::pair<std::string, std::optional<std::string>>;

// Denials of proven origin that no proposal was written for, but for those that somebody decided about.
std::vector<tune::Evidence> Proven(const AutoBasis& basis) {
  std::set<Access> written;
  for (const store::ProposalEntry& entry : basis.history) {
    if (entry.profile == KeyOf(basis.basis.settings)) written.insert(entry.accesses.begin(), entry.accesses.end());
  }
  std::vector<access::DenialGroup> groups;
  std::ranges::copy_if(basis.basis.groups, std::back_inserter(groups), [&](const access::DenialGroup& group) {
    const bool proven = group.provenance == access::Provenance::kKernel || group.provenance == access::Provenance::kSandboxd;
    return proven && group.action == access::Action::kDeny && !written.contains({group.operation, group.target});
  });
  std::vector<tune::Evidence> evidence = tune::MergeEvidence(groups);
  DropDecided(evidence, basis.basis.decisions);
  return evidence;
}

// What a rule of the lowest risk covers even where the rule is as wide as may be.
std::vector<tune::Evidence> Harmless(const tune::Answer& general, const std::vector<tune::Evidence>& evidence) {
  std::set<std::size_t> chosen;
  for (const tune::Suggestion& made : general.suggestions) {
    const bool harmless = made.breadth && made.breadth->risk == kLowestRisk && made.overrides.empty();
    if (harmless) chosen.insert(made.evidence.begin(), made.evidence.end());
  }
  std::vector<tune::Evidence> harmless;
  for (const std::size_t index : chosen) harmless.push_back(evidence[index]);
  return harmless;
}

std::int64_t WaitOf(const AutoBasis& basis) {
  std::int64_t wait_ns = 0;
  for (const store::ProposalEntry& entry : basis.history) {
    if (entry.profile != KeyOf(basis.basis.settings) || entry.who != kAutoApply) continue;
    // A clock that went back must not hold it up for ever.
    wait_ns = std::max(wait_ns, std::min(entry.at_ns + basis.spacing_ns - basis.now_ns, basis.spacing_ns));
  }
  return wait_ns;
}

base::Status CheckPrivate(const std::string& path, const struct stat& status) {
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) == 0) return {};
  return base::Fail(path + " may be written by others; `chmod go-w` it, or apply the proposal yourself");
}

base::Status CheckFile(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return base::Fail(path + ": " + std::strerror(errno));
  if (status.st_uid != ::geteuid()) return base::Fail(path + " belongs to another user; apply the proposal yourself");
  if (auto good = CheckPrivate(path, status); !good) return good;
  std::error_code failed;
  const std::string folder = std::filesystem::canonical(path, failed).parent_path().string();
  if (failed || ::stat(folder.c_str(), &status) != 0) return base::Fail(path + ": its folder cannot be looked at");
  return CheckPrivate(folder, status);
}

}  // namespace

AutoChoice ChooseAuto(const AutoBasis& auto_basis, sbpl::ProfileFiles& files) {
  const Basis& basis = auto_basis.basis;
  const std::vector<tune::Evidence> evidence = Proven(auto_basis);
  if (evidence.empty()) return {.idle = "its denials were in a change before, or nothing proves where they come from"};
  const sbpl::LoadOptions load = LoadOptionsOf(basis.settings);
  const sbpl::PolicyOptions policy;
  const sbpl::LoadResult loaded = sbpl::LoadProfile(load, files);
  if (!loaded.ok()) return {};  // told already
  const std::vector<std::string> own = review::OwnPaths(loaded.profile);
  const auto general = tune::SuggestGeneral({.exact = {loaded.profile, load, policy, evidence, {}},
                                             .runs = basis.runs,
                                             .places = catalog::Places::BuiltIn(),
                                             .own_paths = own},
                                            files);
  if (!general) return {.problem = general.error().message};
  const std::vector<tune::Evidence> harmless = Harmless(*general, evidence);
  if (harmless.empty()) return {.idle = "no addition that was not written before is of risk none"};
  const auto answer = tune::Suggest({loaded.profile, load, policy, harmless, {}}, files);
  if (!answer) return {.problem = answer.error().message};
  if (answer->fragments.empty()) return {};
  if (answer->suggestions.size() > kMostAutoRules) {
    return {.problem = fmt::format("{} additions at once are more than {}, which looks like a flood; they wait for you",
                                   answer->suggestions.size(), kMostAutoRules)};
  }
  auto proposal = review::MakeProposal({loaded.profile, load, policy, harmless, *answer, "/"}, files);
  if (!proposal) return {.problem = proposal.error().message};
  const std::string digest = review::DigestOf(*proposal);
  const bool again = std::ranges::any_of(auto_basis.history, [&](const store::ProposalEntry& one) { return one.digest == digest; });
  if (again) return {.idle = "the same was written before"};
  if (const std::int64_t wait_ns = WaitOf(auto_basis); wait_ns > 0) return {.wait_ns = wait_ns};
  return {.proposal = *std::move(proposal)};
}

base::Status CheckOwner(const review::Proposal& proposal) {
  for (const review::ProposedFile& file : proposal.files) {
    if (auto good = CheckFile(file.path); !good) return good;
  }
  return {};
}

}  // namespace sbtune::proposals
