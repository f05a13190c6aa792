// What would have to be different for an access to be decided the other way: a parameter, an entitlement, a fact, the
// place of a rule, its spelling. Each answer was found by making that one change and deciding again, so it is true of
// this profile; that the list is complete is not promised.
//
//   const Question question{load_options, files, policy_options, loaded.profile, "network-outbound", "remote:*:443"};
//   for (const whatif::Alternative& one : whatif::FindAlternatives(question)) …   // allow if -D NETWORK=1
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/profile.h"

namespace sbtune::whatif {

struct Question {
  const sbpl::LoadOptions& load;  // by which `profile` was loaded, from `files`
  sbpl::ProfileFiles& files;
  const sbpl::PolicyOptions& policy;
  const sbpl::Profile& profile;
  std::string operation;
  std::optional<std::string> target;
};

enum class Kind {
  kParameter,    // another -D
  kEntitlement,  // of the process
  kFact,         // that no log carries
  kTarget,       // another spelling of the target
  kCase,         // paths compared with, or without, their case
  kOrder,        // a rule stood behind another
  kOperation,    // a rule named the operation too
  kRulePath,     // a rule spelled its path as the kernel does
  kRemoval,      // rules were not there
};
[[nodiscard]] std::string_view Name(Kind kind);  // "parameter", …: stable, for JSON

struct Alternative {
  Kind kind;
  sbpl::Decision decision;           // what is decided then: never unknown
  std::string text;                  // "the rule at a.sb:3:1 came after the one at a.sb:7:1": completes "allow if …"
  std::vector<std::string> options;  // that say it on a command line: {"-D", "NETWORK=1"}; may be empty
  bool operator==(const Alternative&) const = default;
};

// By kind, what the caller can change first. Loads the profile again for parameters and for entitlements, at
// most `max_loads` times each.
[[nodiscard]] std::vector<Alternative> FindAlternatives(const Question& question, int max_loads = 60);

}  // namespace sbtune::whatif
