// Whether an edited profile still allows what was recorded, opens nothing, and has exactly the rules that were meant
// to stay. Every decision is made again on the edited bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "profiles/coverage/usage.h"
#include "profiles/sbpl/policy.h"

namespace sbtune::coverage {

struct Proof {
  std::size_t recorded = 0;          // accesses decided before and after
  std::size_t probes = 0;            // further ones near the profile's denies
  std::vector<std::string> changed;  // in words, of those that count: then nothing is proposed
  std::vector<std::string> opened;   // denied before and allowed after: the same
  std::vector<std::string> closed;   // recorded outside the window, allowed before and not after
  bool rules_as_intended = false;

  [[nodiscard]] bool holds() const { return changed.empty() && opened.empty() && rules_as_intended; }
};

struct ProofRequest {
  const sbpl::LoadOptions& load;
  const sbpl::PolicyOptions& options;
  std::span<const Sample> samples;
  std::optional<std::int64_t> window_ns;
  std::vector<std::string> intended;  // the rules that shall be left with the first sample's parameters, printed
};

// `before` and `after` give the texts as they were and as edited.
[[nodiscard]] base::Result<Proof> Prove(const ProofRequest& request, sbpl::ProfileFiles& before,
                                        sbpl::ProfileFiles& after);

}  // namespace sbtune::coverage
