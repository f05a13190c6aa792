#include "profiles/review/make_proposal.h"

#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/base/sha256.h"
#include "profiles/tune/edited_files.h"

namespace sbtune::review {
namespace {

std::string Absolute(const std::string& folder, const std::string& path) {
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

// What the answer covers and the edited profile allows as it is loaded here; a generalised answer may cover denials
// of runs with other parameters.
base::Status AddAllowed(const ProposalRequest& request, sbpl::ProfileFiles& files, Proposal& proposal) {
  std::map<std::string, std::string> texts;
  for (const tune::EditedFragment& edited : request.answer.fragments) {
    const base::SourceId id = request.profile.fragments[edited.fragment];
    texts.emplace(request.profile.sources.Name(id), edited.text);
  }
  tune::EditedFiles edited(std::move(texts), files);
  const sbpl::LoadResult after = sbpl::LoadProfile(request.load, edited);
  if (!after.ok()) return base::Fail("nothing is proposed: the edited profile would not load; please report this");
  const auto policy = sbpl::Policy::Compile(after.profile, request.policy);
  if (!policy) return std::unexpected(policy.error());
  std::set<std::size_t> covered;
  for (const tune::Suggestion& made : request.answer.suggestions) covered.insert(made.evidence.begin(), made.evidence.end());
  for (const std::size_t index : covered) {
    const tune::Evidence& evidence = request.evidence[index];
    const auto verdict = policy->Decide(sbpl::QueryFromAccess(evidence.operation, evidence.target));
    if (verdict.decision == sbpl::Decision::kAllow) proposal.allows.push_back({evidence.operation, evidence.target});
  }
  return {};
}

}  // namespace

base::Result<Proposal> MakeProposal(const ProposalRequest& request, sbpl::ProfileFiles& files) {
  if (request.answer.fragments.empty()) return base::Fail("there is nothing to propose: no addition was found");
  Proposal proposal{request.load, request.policy, {}, {}};
  for (std::string& path : proposal.load.paths) {
    if (path == "-") return base::Fail("a proposal needs the profile's files, not standard input");
    path = Absolute(request.folder, path);
  }
  for (std::string& path : proposal.load.import_dirs) path = Absolute(request.folder, path);
  for (const tune::EditedFragment& edited : request.answer.fragments) {
    const base::SourceId id = request.profile.fragments[edited.fragment];
    proposal.files.push_back({Absolute(request.folder, std::string(request.profile.sources.Name(id))),
                              base::Sha256Hex(request.profile.sources.Text(id)), edited.text});
  }
  if (auto done = AddAllowed(request, files, proposal); !done) return std::unexpected(done.error());
  return proposal;
}

}  // namespace sbtune::review
