// What may be written into a profile without asking, where its owner wished so. Any program can cause denials, so the
// choice is narrow: exact rules of risk "none" for denials that the kernel or sandboxd are proven to have logged, few
// at a time, seldom, and never for a denial that any proposal was written for before, so that nobody who took a rule
// back has to fight for it. Pure but for reading the profile through `files`.
//
//   AutoChoice choice = ChooseAuto({basis, history, now_ns, spacing_ns}, files);
//   if (choice.proposal && CheckOwner(*choice.proposal)) … Record … Apply …
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/base/result.h"
#include "daemon/proposals/current.h"
#include "profiles/review/proposal.h"
#include "sql/store/proposals.h"

namespace sbtune::proposals {

inline constexpr const char* kAutoApply = "auto_apply";  // its name in the history
// More at once look like a flood: then all of them wait for the user.
inline constexpr std::size_t kMostAutoRules = 20;

struct AutoBasis {
  const Basis& basis;
  std::span<const store::ProposalEntry> history;
  std::int64_t now_ns;      // wall clock, like the history
  std::int64_t spacing_ns;  // between two changes of one profile
};

struct AutoChoice {
  std::optional<review::Proposal> proposal = {};  // absent: nothing is to be written now
  std::int64_t wait_ns = 0;                       // something is, but only after so long
  std::string problem = {};                       // something would be, but for this
  std::string idle = {};                          // why nothing is, as it should be
};

[[nodiscard]] AutoChoice ChooseAuto(const AutoBasis& basis, sbpl::ProfileFiles& files);

// Whether every file that the proposal changes is the user's alone: his own, and neither it nor its folder writable by
// others.
[[nodiscard]] base::Status CheckOwner(const review::Proposal& proposal);

}  // namespace sbtune::proposals
