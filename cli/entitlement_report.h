// Advice on entitlements for people and for programs.
#pragma once

#include <span>
#include <string>

#include "profiles/entitlements/advise.h"
#include "profiles/tune/evidence.h"

namespace sbtune::cli {

struct EntitlementReport {
  std::string file;
  std::span<const tune::Evidence> evidence;
  const entitlements::Advice& advice;
  std::string diff;
};

// Fit for a terminal; long lists are cut, and say so.
[[nodiscard]] std::string ReportText(const EntitlementReport& report);

// One JSON object; kEntitlementsFooter tells its shape.
[[nodiscard]] std::string ReportJson(const EntitlementReport& report);

}  // namespace sbtune::cli
