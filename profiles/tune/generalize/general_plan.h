// The additions of a generalised answer: paths by GeneralizePaths, names by GeneralizeNames, the rest exact.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "profiles/catalog/places.h"
#include "profiles/tune/generalize/contexts.h"
#include "profiles/tune/generalize/generalize.h"
#include "profiles/tune/plan.h"

namespace sbtune::tune {

enum class Step : std::uint8_t { kExact, kShape, kPrefix, kFolder };  // of the ladder of widths
[[nodiscard]] std::string_view Name(Step step);

struct GeneralPlanned {
  Planned planned;                  // with the values of the profile as it was given; its wants are of `contexts`
  std::optional<PathFilter> path;   // absent: the same filter in every context
  std::string root;                 // the path's parameter; empty: none
  Step step = Step::kExact;
  catalog::Risk risk = catalog::Risk::kNone;
  std::string risk_reason;
};

struct GeneralPlan {
  std::vector<GeneralPlanned> items;  // in the order in which they will stand in the profile
  std::vector<Left> asked;            // by evidence
};

// Whether filters may be written with the profile's own functions.
enum class Wording : std::uint8_t { kHelpers, kPlain };

struct GeneralPlanRequest {
  const sbpl::Profile& profile;
  const sbpl::PolicyOptions& options;
  const Contexts& contexts;
  const catalog::Catalog& catalog;
  const catalog::Places& places;
  const OperationSets& mergeable;
  const ReferenceTree* tree = nullptr;
  double budget = 1000;
  std::span<const std::string> own_paths;  // the profile's files: never written
  Wording wording = Wording::kHelpers;
};

[[nodiscard]] base::Result<GeneralPlan> MakeGeneralPlan(const GeneralPlanRequest& request);

// The additions with the values of one context.
[[nodiscard]] sbpl::Addition AdditionIn(const GeneralPlanned& item, const Context& context,
                                        const catalog::Places& places);

// How an operation reaches a path.
[[nodiscard]] catalog::Reach ReachOf(const catalog::Operation& operation, const catalog::Catalog& catalog);

}  // namespace sbtune::tune
