// What is wrong with a profile, beyond what stops it from loading: filters that can never match, rules that decide
// nothing, rules that another one defeats although it stands earlier, expressions that say more than was meant.
//
//   const sbpl::LoadResult loaded = sbpl::LoadProfile(options, files);
//   for (const lint::Finding& finding : lint::Lint(loaded, {})) … Render(finding.diagnostic, loaded.profile.sources)
//
// Pure. The loader's own diagnostics are findings too, so a profile that does not load has at least one.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "profiles/lint/finding.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/profile.h"

namespace sbtune::lint {

enum class Scope : std::uint8_t { kOwnFiles, kImportsToo };  // whose rules are judged; imports always count as rules

struct LintOptions {
  Scope scope = Scope::kOwnFiles;
  sbpl::PolicyOptions policy;
};

// By place: file in load order, then offset. The same mistake met on several ways is one finding.
[[nodiscard]] std::vector<Finding> Lint(const sbpl::LoadResult& loaded, const LintOptions& options);

}  // namespace sbtune::lint
