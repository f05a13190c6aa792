// The conditions of #if and #elif: integers, names, NAME(ARGUMENT), defined(NAME), ! && || and comparisons.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace sbtune::sbpl {

struct ConditionNames {
  std::map<std::string, std::int64_t, std::less<>> defined;
  std::set<std::string, std::less<>> missed;  // names that were asked for and are not defined
};

// Whether the condition holds. An Error says what cannot be read in it.
[[nodiscard]] base::Result<bool> EvaluateCondition(std::string_view text, ConditionNames& names);

}  // namespace sbtune::sbpl
