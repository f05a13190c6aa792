// Evidence with the parameters of the runs that it comes from: what shrink and other measures of use decide again.
#pragma once

#include <vector>

#include "cli/evidence_source.h"
#include "core/base/result.h"
#include "profiles/coverage/usage.h"

namespace sbtune::cli {

// Runs of the store by their parameters; captured logs, which name none, as one sample. Never empty.
[[nodiscard]] base::Result<std::vector<coverage::Sample>> LoadSamples(const EvidenceOptions& options,
                                                                       const Invocation& invocation);

}  // namespace sbtune::cli
