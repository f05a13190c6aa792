// What the store knows for one profile, and when it last had something new: by the rules of `sbtune suggest`.
//
//   base::Result<Evidence> evidence = ReadEvidence(store, settings);
//   Current current = MakeCurrent({settings, evidence->groups, …}, files);
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/access/denial_group.h"
#include "core/base/result.h"
#include "daemon/config/config.h"
#include "profiles/tune/generalize/placement.h"
#include "sql/store/decisions.h"
#include "sql/store/proposals.h"
#include "sql/store/store.h"

namespace sbtune::proposals {

struct Evidence {
  std::vector<access::DenialGroup> groups;  // empty where there are more than kMostGroups
  std::uint64_t group_count = 0;
  std::vector<store::StoredDecision> decisions;
  std::vector<tune::RunFacts> runs;
};

// Of all runs, like `suggest --process`.
[[nodiscard]] base::Result<Evidence> ReadEvidence(store::Store& store, const config::ProfileSettings& settings);

// Numbers, one a profile, that grow when its processes were denied something new. Counts of what is known do not
// change a proposal, so they do not count here.
class DenialMarks {
 public:
  // Forgets what it knows: all begin anew.
  void Watch(std::span<const config::ProfileSettings> profiles);
  // Looks at the store again. Cheap where nothing is new.
  [[nodiscard]] base::Status Look(store::Store& store);
  [[nodiscard]] std::int64_t denials(std::size_t profile) const { return denials_[profile]; }
  [[nodiscard]] std::int64_t decisions() const { return seen_.decision * 2 + seen_.revoked; }

 private:
  std::vector<base::GlobFilter> processes_;
  std::vector<std::int64_t> denials_;
  store::EvidenceMarks seen_;
};

// Changes with the content, the identity and the existence of the files, links followed.
[[nodiscard]] std::string StampOf(std::span<const std::string> files);

}  // namespace sbtune::proposals
