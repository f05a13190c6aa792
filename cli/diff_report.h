// What two profiles allow differently, for people and for programs.
#pragma once

#include <string>

#include "profiles/compare/compare.h"

namespace sbtune::cli {

// The two sides as the user named them.
struct ComparedSides {
  std::string first_name, second_name;
  const sbpl::Profile& first;
  const sbpl::Profile& second;
};

// Like a unified diff: "+" is what only the second profile allows, "-" what only the first does.
[[nodiscard]] std::string DiffText(const ComparedSides& sides, const compare::Comparison& comparison);

// One object; diff's --help describes it.
[[nodiscard]] std::string DiffJson(const ComparedSides& sides, const compare::Comparison& comparison);

}  // namespace sbtune::cli
