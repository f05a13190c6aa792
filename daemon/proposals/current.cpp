#include "daemon/proposals/current.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "daemon/proposals/decided.h"
#include "profiles/catalog/places.h"
#include "profiles/review/make_proposal.h"
#include "profiles/review/own_paths.h"
#include "profiles/tune/generalize/suggest_general.h"

namespace sbtune::proposals {
namespace {

constexpr std::string_view kAgain = "it is looked at again when a file changes";

std::string FirstError(const sbpl::LoadResult& loaded) {
  for (const base::Diagnostic& item : loaded.diagnostics.items()) {
    if (item.severity != base::Severity::kError) continue;
    if (item.range.source == base::kNoSource) return item.message;
    return fmt::format("{}: {}; correct it", loaded.profile.sources.Where(item.range), item.message);
  }
  return "it has errors";
}

std::vector<std::string> FilesOf(const config::ProfileSettings& settings, const sbpl::Profile& profile) {
  std::set<std::string> files(settings.path.begin(), settings.path.end());
  for (base::SourceId id = 0; id < profile.sources.size(); ++id) files.emplace(profile.sources.Name(id));
  return {files.begin(), files.end()};
}

base::Result<tune::Answer> Ask(const tune::SuggestRequest& request, const Basis& basis, sbpl::ProfileFiles& files) {
  if (!basis.settings.generalize) return tune::Suggest(request, files);
  const std::vector<std::string> own = review::OwnPaths(request.profile);
  return tune::SuggestGeneral(
      {.exact = request, .runs = basis.runs, .places = catalog::Places::BuiltIn(), .own_paths = own}, files);
}

std::vector<access::DenialGroup> Held(const Basis& basis, const Worked& worked) {
  std::set<std::pair<std::string, std::optional<std::string>>> used;
  for (const tune::Suggestion& made : worked.answer.suggestions) {
    for (const std::size_t index : made.evidence) used.emplace(worked.evidence[index].operation, worked.evidence[index].target);
  }
  std::vector<access::DenialGroup> held;
  std::ranges::copy_if(basis.groups, std::back_inserter(held), [&](const access::DenialGroup& group) {
    return group.action == access::Action::kDeny && used.contains({group.operation, group.target});
  });
  return held;
}

void Count(Current& current) {
  const tune::Answer& answer = current.worked->answer;
  current.additions = answer.suggestions.size();
  current.covered = answer.covered();
  current.remaining = static_cast<std::size_t>(std::ranges::count_if(
      answer.left, [](const tune::Left& left) { return left.refusal.reason != tune::Reason::kAlreadyAllowed; }));
}

}  // namespace

const std::string& KeyOf(const config::ProfileSettings& settings) { return settings.path.front(); }

sbpl::LoadOptions LoadOptionsOf(const config::ProfileSettings& settings) {
  sbpl::LoadOptions load;
  load.paths = settings.path;
  load.parameters = settings.params;
  load.import_dirs = settings.import_dirs;
  load.macos = settings.macos;
  return load;
}

Current MakeCurrent(const Basis& basis, sbpl::ProfileFiles& files) {
  Current current;
  const sbpl::LoadOptions load = LoadOptionsOf(basis.settings);
  const sbpl::PolicyOptions policy;
  auto worked = std::make_unique<Worked>();
  worked->loaded = sbpl::LoadProfile(load, files);
  current.files = FilesOf(basis.settings, worked->loaded.profile);
  if (!worked->loaded.ok()) {
    current.problem = fmt::format("the profile does not load: {}; {}", FirstError(worked->loaded), kAgain);
    return current;
  }
  if (basis.group_count > kMostGroups) {
    current.problem = fmt::format("its processes were denied more than {} different things, which is too much to keep a proposal "
                                  "current; choose with `sbtune suggest --operation` or `--target`", kMostGroups);
    return current;
  }
  worked->evidence = tune::MergeEvidence(basis.groups);
  DropDecided(worked->evidence, basis.decisions);
  const tune::SuggestRequest request{worked->loaded.profile, load, policy, worked->evidence, {}};
  auto answer = Ask(request, basis, files);
  if (!answer) {
    current.problem = answer.error().message;
    return current;
  }
  worked->answer = *std::move(answer);
  if (!worked->answer.fragments.empty()) {
    auto proposal =
        review::MakeProposal({worked->loaded.profile, load, policy, worked->evidence, worked->answer, "/"}, files);
    if (!proposal) {
      current.problem = proposal.error().message;
      return current;
    }
    current.proposal = *std::move(proposal);
    current.held = Held(basis, *worked);
  }
  current.worked = std::move(worked);
  Count(current);
  return current;
}

}  // namespace sbtune::proposals
