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
  std::span<const GeneralWant> wants;
  const GeneralPlan& plan;
  const sbpl::Insertion& insertion;
  const catalog::Catalog& catalog;
  const catalog::Places& places;
};

struct GeneralProof {
  // Its not_allowed are indices of wants, its not_necessary of plan items.
  Certificate certificate;
  std::vector<std::size_t> droppable;  // of not_necessary, those that are not needed even when all of these are left out
  std::vector<std::vector<std::size_t>> returns;  // per plan item and operation: a want that is denied without it
  std::vector<std::string> forbidden;             // "file-read-data /Users/me/.ssh/x": opened though no rule may
};

// `files` holds the edited texts. Fails where they do not load or a policy cannot be compiled.
[[nodiscard]] base::Result<GeneralProof> ProveGeneral(const GeneralClaim& claim, sbpl::ProfileFiles& files);

}  // namespace sbtune::tune
