// NAME=VALUE, as several options take it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "core/base/result.h"

namespace sbtune::cli {

// "NAME=VALUE" in its parts; the value may be empty and may hold further "=". `option` is for the error.
[[nodiscard]] base::Result<std::pair<std::string, std::string>> SplitAssignment(const std::string& text,
                                                                                std::string_view option);

}  // namespace sbtune::cli
