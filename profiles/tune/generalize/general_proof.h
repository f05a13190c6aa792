// The certificate of a generalised answer: the edited bytes are loaded once for each context and asked about that
// context's denials; every rule is left out once to see a denial return; and what no suggestion may open is asked
// for by name.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "profiles/sbpl/edit/insert_rules.h"
#include "profiles/tune/certificate.h"
#include "profiles/tune/generalize/general_plan.h"

namespace sbtune::tune {

struct GeneralClaim {
  const sbpl::Profile& profile;
  const sbpl::LoadOptions& load;
  const sbpl::PolicyOptions& options;
  std::span<const Evidence> evidence;
  const Contexts& contexts;
  const GeneralPlan& plan;
  const sbpl::Insertion& insertion;
  const catalog::Catalog& catalog;
  const catalog::Places& places;
};

// One operation of one item of the plan, which has to be needed in some context for some want.
struct Part {
  std::size_t item = 0;
  std::size_t operation = 0;
  auto operator<=>(const Part&) const = default;
};

struct GeneralProof {
  // Its not_allowed are indices of wants, its not_necessary of plan items.
  Certificate certificate;
  std::vector<Part> droppable;  // that can all go together without a denial coming back; ascending, some if any is needless
  std::vector<std::vector<std::size_t>> returns;  // per plan item and operation: a want that is denied without it
  std::vector<std::string> forbidden;             // "file-read-data /Users/me/.ssh/x": opened though no rule may
};

// `files` holds the edited texts. Fails where they do not load or a policy cannot be compiled.
[[nodiscard]] base::Result<GeneralProof> ProveGeneral(const GeneralClaim& claim, sbpl::ProfileFiles& files);

}  // namespace sbtune::tune
