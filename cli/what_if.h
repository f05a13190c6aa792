// What would have to be otherwise for a denied access to be allowed by the same profile: a parameter given, an
// entitlement held, a rule standing later or naming the operation. Each answer was tried: loaded or put together
// anew and decided again. Not for proposing edits; that is profiles/tune.
//
//   for (const Remedy& remedy : FindRemedies(request)) …  // "with -D NETWORK=1", "if the process had …"
#pragma once

#include <string>
#include <vector>

#include "core/base/source.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/profile.h"

namespace sbtune::cli {

struct Remedy {
  enum class Kind {
    kParameter,    // given as `value`
    kEntitlement,  // held; with `value` where the profile asks for one
    kOrder,        // `rule` behind all others
    kOperation,    // `rule`, behind all others, naming `name` itself instead of a wildcard
  };
  Kind kind;
  std::string name;        // of the parameter, entitlement or operation
  std::string value;
  base::SourceRange where;  // what asks for it, or the rule
};

struct RemedyRequest {
  const sbpl::Profile& profile;  // as loaded
  sbpl::LoadOptions load;
  sbpl::PolicyOptions policy;
  sbpl::Query query;
  sbpl::Verdict verdict;
  std::vector<sbpl::Step> hidden;  // rules that match too but are asked later
};

// Nothing for an access that is allowed. Loads the profile once or a few times a parameter, from disk; not from
// standard input.
[[nodiscard]] std::vector<Remedy> FindRemedies(const RemedyRequest& request);

}  // namespace sbtune::cli
