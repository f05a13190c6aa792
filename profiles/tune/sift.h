// Asks the profile about every piece of evidence: what needs a rule, and why the rest gets none.
//
//   Sifted sifted = Sift(evidence, profile, policy, catalog, overrides);
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/profile.h"
#include "profiles/sbpl/query.h"
#include "profiles/tune/evidence.h"
#include "profiles/tune/exact_filter.h"
#include "profiles/tune/reason.h"

namespace sbtune::tune {

// A rule of the profile that suggestions may override, as the user names it: the file as on the command line (or
// the end of its path), and a line on which the rule's form begins or which it covers.
struct RulePlace {
  std::string file;
  std::uint32_t line = 0;
  bool operator==(const RulePlace&) const = default;
};

// "agent.sb:12"
[[nodiscard]] base::Result<RulePlace> ParseRulePlace(std::string_view text);

struct Want {  // a denial that a rule shall allow
  std::size_t evidence = 0;              // index
  const catalog::Operation* operation = nullptr;
  sbpl::Query query = {};
  ExactFilter exact = {};
  const sbpl::Rule* overridden = nullptr;  // the deny that the user gave up by name
  const sbpl::Rule* after = nullptr;       // the new rule must come behind it
};

struct Left {  // evidence without a rule
  std::size_t evidence = 0;
  Refusal refusal;
  const sbpl::Rule* rule = nullptr;  // that decided, where one did
};

struct Sifted {
  std::vector<Want> wants;   // in the order of the evidence
  std::vector<Left> left;    // the same
  std::vector<const sbpl::Rule*> overridden;  // distinct
};

// `rules` of the profile must outlive the result. Recorded allows are passed over.
[[nodiscard]] base::Result<Sifted> Sift(std::span<const Evidence> evidence, const sbpl::Profile& profile,
                                        const sbpl::Policy& policy, const catalog::Catalog& catalog,
                                        std::span<const RulePlace> overrides);

// "agent.sb:12", "the system (in front of every profile)"; of a rule of this profile.
[[nodiscard]] std::string WhereIs(const sbpl::Rule& rule, const sbpl::Profile& profile);

}  // namespace sbtune::tune
