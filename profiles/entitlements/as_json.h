// An entitlements file as the JSON object that the evaluator takes for a process's entitlements.
//
//   load.entitlements_json = *EntitlementsAsJson(text);   // a property list, or JSON as it is
#pragma once

#include <string>

#include "core/base/result.h"

namespace sbtune::entitlements {

// XML property lists are converted: true and false, numbers, strings, lists and dictionaries; data becomes a
// string, a date an empty one. Anything else is taken for JSON and given back as it is, for the reader of JSON to judge.
[[nodiscard]] base::Result<std::string> EntitlementsAsJson(std::string text);

}  // namespace sbtune::entitlements
