// The proof that goes with a suggestion, made on the exact bytes that would be applied: they are loaded again and
// asked again. What could not be proven is said; nothing is taken on trust from the code that made the edit.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "profiles/sbpl/edit/insert_rules.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/profile.h"
#include "profiles/tune/check_set.h"
#include "profiles/tune/plan.h"

namespace sbtune::tune {

// A decision outside the evidence that the edit changes. With a wide addition that is to be expected, and told.
struct Opened {
  std::string operation;
  std::optional<std::string> target;
  bool operator==(const Opened&) const = default;
};

struct Certificate {
  std::vector<std::size_t> not_allowed;    // wants that the edited profile still does not allow
  std::vector<std::size_t> not_necessary;  // planned additions without which nothing would be denied again
  // Whether the edited profile's rules are the old ones and the additions, and nothing else.
  bool rules_as_intended = false;
  std::string difference;                  // when not: what is else
  std::size_t checked = 0;                 // accesses outside the evidence that were decided before and after
  std::vector<Opened> opened;              // of these, what wide additions allow as well
  std::vector<Opened> unexplained;         // of these, what nothing explains: then nothing is proposed

  [[nodiscard]] bool holds() const {
    return not_allowed.empty() && not_necessary.empty() && rules_as_intended && unexplained.empty();
  }
};

struct Claim {  // what is to be proven
  const sbpl::Profile& before;
  const sbpl::Policy& policy_before;
  const sbpl::Profile& after;  // loaded from the edited bytes
  const sbpl::PolicyOptions& options;
  std::span<const Want> wants;
  const Plan& plan;
  const sbpl::Insertion& insertion;
  std::span<const Probe> probes;
};

// Fails only where a policy cannot be compiled.
[[nodiscard]] base::Result<Certificate> Certify(const Claim& claim);

// The last part of it alone: what is decided otherwise outside of the evidence (`checked`, `opened`, `unexplained`).
[[nodiscard]] base::Status CompareOthers(const Claim& claim, const sbpl::Policy& after, Certificate& certificate);

}  // namespace sbtune::tune
