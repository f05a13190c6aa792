// What a profile's current proposal is: the tuner's answer to everything that the store knows of its processes, as
// `sbtune suggest` would give it, ready for `apply`. Pure but for reading the profile through `files`.
//
//   Current current = MakeCurrent({settings, groups, groups.size(), decisions, runs}, files);
//   if (current.proposal) … ToText(*current.proposal) …  else if (!current.problem.empty()) …
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/access/denial_group.h"
#include "daemon/config/config.h"
#include "profiles/review/proposal.h"
#include "profiles/sbpl/profile.h"
#include "profiles/tune/evidence.h"
#include "profiles/tune/generalize/placement.h"
#include "profiles/tune/suggest.h"
#include "sql/store/decisions.h"

namespace sbtune::proposals {

// A daemon must not be made to work or grow without end. Whoever has more chooses with `sbtune suggest`.
inline constexpr std::size_t kMostGroups = 20'000;

struct Basis {
  const config::ProfileSettings& settings;
  std::span<const access::DenialGroup> groups;        // of its processes, allowed ones too
  std::uint64_t group_count;                          // how many there are, were they all given
  std::span<const store::StoredDecision> decisions;   // of this profile
  std::span<const tune::RunFacts> runs;               // parameters of the runs; only for generalized answers
};

// The answer in full, for who shows the proof.
struct Worked {
  sbpl::LoadResult loaded;
  std::vector<tune::Evidence> evidence;
  tune::Answer answer;
};

struct Current {
  std::string problem = {};                         // one sentence: why there can be none, and what to do
  std::optional<review::Proposal> proposal = {};    // absent: nothing is to be added
  std::size_t additions = 0;
  std::size_t covered = 0;                          // denials
  std::size_t remaining = 0;                        // denials that stay denied
  std::vector<std::string> files = {};              // that were read, imports included
  std::vector<access::DenialGroup> held = {};       // what the proposal rests on
  std::unique_ptr<Worked> worked = {};              // absent where there is a problem
};

[[nodiscard]] Current MakeCurrent(const Basis& basis, sbpl::ProfileFiles& files);

// By which decisions and proposals are kept: the first of its files.
[[nodiscard]] const std::string& KeyOf(const config::ProfileSettings& settings);
[[nodiscard]] sbpl::LoadOptions LoadOptionsOf(const config::ProfileSettings& settings);

}  // namespace sbtune::proposals
