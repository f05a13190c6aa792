// What shrink found, and which rules are used, for people and for programs.
#pragma once

#include <string>

#include "cli/render/table.h"
#include "profiles/coverage/shrink.h"

namespace sbtune::cli {

// What is taken out and why, what is proven, what is not, what stays. Fit for a terminal; long lists are cut.
[[nodiscard]] std::string ShrinkText(const coverage::Shrunk& shrunk, const coverage::Limits& limits);
[[nodiscard]] std::string ShrinkJson(const coverage::Shrunk& shrunk, const std::string& diff);

// A row for each rule, and below one with several filters a row for each filter.
[[nodiscard]] render::Table UsageTable(const coverage::Usage& usage);
[[nodiscard]] std::string UsageJson(const coverage::Usage& usage);

extern const char* const kShrinkJsonShape;

}  // namespace sbtune::cli
