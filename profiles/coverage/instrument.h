// A copy of a profile that reports its allows: every allow rule of the user's files gets (with report), so that the
// system logs each use of it, and shrink can tell used rules from unused ones. Nothing else changes, which is proven
// on the edited text: the same rules, but for the report.
//
//   auto copy = Instrument({load}, files);
//   copy->texts[0]     // of the first fragment
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "profiles/sbpl/profile.h"

namespace sbtune::coverage {

struct Instrumented {
  std::vector<std::string> names;   // of the fragments
  std::vector<std::string> texts;
  std::size_t reporting = 0;        // allow rules that report now
  std::vector<std::string> silent;  // allow rules that do not, "FILE:LINE:COLUMN": imported, or made by other words
};

// Fails when the profile cannot be loaded, or the copy does not say the same.
[[nodiscard]] base::Result<Instrumented> Instrument(const sbpl::LoadOptions& load, sbpl::ProfileFiles& files);

}  // namespace sbtune::coverage
