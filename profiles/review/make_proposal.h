// A proposal of an answer of the tuner.
//
//   auto proposal = MakeProposal({loaded.profile, load, policy, evidence, answer, "/Users/me/work"}, files);
#pragma once

#include <span>
#include <string>

#include "core/base/result.h"
#include "profiles/review/proposal.h"
#include "profiles/tune/evidence.h"
#include "profiles/tune/suggest.h"

namespace sbtune::review {

struct ProposalRequest {
  const sbpl::Profile& profile;  // as it was loaded
  const sbpl::LoadOptions& load;
  const sbpl::PolicyOptions& policy;
  std::span<const tune::Evidence> evidence;
  const tune::Answer& answer;
  std::string folder;  // relative paths begin here
};

// Fails where nothing is to be added, where a fragment is standard input, or where the edited profile does not load.
[[nodiscard]] base::Result<Proposal> MakeProposal(const ProposalRequest& request, sbpl::ProfileFiles& files);

}  // namespace sbtune::review
