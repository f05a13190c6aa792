// The generalised answer: fewer, wider rules over the evidence of several runs that also let the next run through,
// within what the places permit, with the same proof as the exact answer.
//
//   auto answer = tune::SuggestGeneral({request, run_facts, places, &tree, 1000}, files);
//
// Exact rules remain for what has no wider form that is safe; what needs the user's word is left, with the reason.
#pragma once

#include <span>

#include "profiles/catalog/places.h"
#include "profiles/tune/generalize/placement.h"
#include "profiles/tune/generalize/reference_tree.h"
#include "profiles/tune/suggest.h"

namespace sbtune::tune {

struct GeneralRequest {
  SuggestRequest exact;
  std::span<const RunFacts> runs;       // parameters of the runs that the evidence names
  const catalog::Places& places;
  const ReferenceTree* tree = nullptr;  // to count what is opened; without it sizes are guessed
  double budget = 1000;                 // paths of the tree that may be opened for reading, beyond the evidence
  std::span<const std::string> own_paths = {};  // the profile's files as absolute, canonical paths: never written
};

[[nodiscard]] base::Result<Answer> SuggestGeneral(const GeneralRequest& request, sbpl::ProfileFiles& files);

}  // namespace sbtune::tune
