// Which rules of a profile decided what was recorded, and which never did.
//
//   auto usage = MeasureUsage({load, policy_options, samples}, files);
//   for (const RuleUse& rule : usage->rules) … rule.where, rule.use.accesses
//
// Evidence is what was accessed, whoever denied or allowed it then: each access is decided again by this profile.
// Runs whose parameters differ (another CWD) are decided by the profile as it loads with theirs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "profiles/sbpl/edit/profile_map.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/profile.h"
#include "profiles/tune/evidence.h"

namespace sbtune::coverage {

// What was recorded under one set of parameters.
struct Sample {
  std::map<std::string, std::string> parameters;  // before those of LoadOptions
  std::vector<tune::Evidence> evidence;           // from MergeEvidence
};

struct Use {
  std::uint64_t accesses = 0;     // distinct ones
  std::uint64_t occurrences = 0;  // times that they were recorded
  std::set<std::string> runs = {};
  std::optional<std::int64_t> first_seen_ns = {};
  std::optional<std::int64_t> last_seen_ns = {};
  std::string example = {};       // the first access, in words
};

struct FilterUse {
  std::uint32_t index = 0;  // among the rule's filters
  std::string text;
  Use use;
};

struct RuleUse {
  std::string key;    // the same rule under other parameters has the same
  std::string where;  // "agent.sb:12:1"
  std::string text;   // the rule in one line
  access::Action action = access::Action::kDeny;
  sbpl::Origin origin = sbpl::Origin::kImported;
  const sbpl::Rule* rule = nullptr;  // of `first`; null for a rule that only other parameters make
  Use use;
  std::vector<FilterUse> filters;    // in the rule's order; only where it has several
};

struct Usage {
  sbpl::LoadResult first;  // the profile as the first sample loads it
  std::vector<RuleUse> rules;  // in its order; behind them those that only other samples make
  std::size_t accesses = 0;    // decided = allowed + denied + unknown
  std::size_t allowed = 0;
  std::size_t denied = 0;
  std::size_t unknown = 0;
  std::size_t by_no_rule = 0;  // of all: decided by the system's own rules and tables
  std::size_t not_decided = 0;  // System Policy, untrusted, ambiguous
  std::size_t out_of_window = 0;  // too old to count
  // Of the accesses that the profile allows: runs that recorded only denials say nothing of what is needed.
  std::set<std::string> runs;
  std::set<std::string> full_runs;  // of these, those in which something denied it then: not only (with report) spoke
  std::optional<std::int64_t> first_seen_ns;
  std::optional<std::int64_t> last_seen_ns;
};

struct UsageRequest {
  const sbpl::LoadOptions& load;
  const sbpl::PolicyOptions& options;
  std::span<const Sample> samples;          // at least one
  std::optional<std::int64_t> window_ns = {};  // only accesses seen so long before the newest record, or later
};

// Fails when the profile cannot be loaded with the parameters of a sample.
[[nodiscard]] base::Result<Usage> MeasureUsage(const UsageRequest& request, sbpl::ProfileFiles& files);

// The load options of a sample.
[[nodiscard]] sbpl::LoadOptions OptionsFor(const sbpl::LoadOptions& load, const Sample& sample);
[[nodiscard]] base::Result<sbpl::LoadResult> LoadFor(const sbpl::LoadOptions& load, const Sample& sample,
                                                     sbpl::ProfileFiles& files);

// When the newest record of all samples was made; nothing where no record has a time.
[[nodiscard]] std::optional<std::int64_t> NewestOf(std::span<const Sample> samples);
// Whether an access speaks of this profile, and is new enough.
[[nodiscard]] bool Speaks(const tune::Evidence& evidence);
[[nodiscard]] bool InWindow(const tune::Evidence& evidence, std::optional<std::int64_t> window_ns,
                            std::optional<std::int64_t> newest_ns);

}  // namespace sbtune::coverage
