#include "profiles/lint/lint.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "profiles/lint/context.h"

namespace sbtune::lint {
namespace {

auto PlaceOf(const Finding& finding) {
  const base::SourceRange& range = finding.diagnostic.range;
  return std::tuple(range.source, range.offset, range.length);
}

// A rule in a function that is called ten times is one mistake, told with the first call.
void SortAndMerge(std::vector<Finding>& findings) {
  std::ranges::stable_sort(findings, {}, [](const Finding& finding) {
    return std::tuple_cat(PlaceOf(finding), std::tuple(finding.diagnostic.code, finding.diagnostic.message));
  });
  const auto same = [](const Finding& a, const Finding& b) {
    return PlaceOf(a) == PlaceOf(b) && a.diagnostic.code == b.diagnostic.code &&
           a.diagnostic.message == b.diagnostic.message;
  };
  const auto rest = std::ranges::unique(findings, same);
  findings.erase(rest.begin(), rest.end());
}

// What a check here finds as well, with a mend.
bool SaidBetter(const base::Diagnostic& diagnostic) {
  return diagnostic.code == "missing-version" || diagnostic.code == "network-host" ||
         diagnostic.code == "network-port" || diagnostic.code == "operation-newer" ||
         diagnostic.code == "operation-older" ||
         (diagnostic.code == "subpath-slash" && diagnostic.severity == base::Severity::kWarning);
}

// A fragment leans on names that the profile it is joined to defines: each is told once, as a note.
void AddLoaderFindings(const sbpl::LoadResult& loaded, std::vector<Finding>& findings) {
  const bool is_fragment = !loaded.profile.version;
  std::set<std::string> told;
  for (const base::Diagnostic& diagnostic : loaded.diagnostics.items()) {
    if (SaidBetter(diagnostic)) continue;
    Finding finding{diagnostic, {}};
    const bool unknown = diagnostic.code.starts_with("unknown-") || diagnostic.code == "unbound-variable";
    if (is_fragment && unknown) {
      if (!told.insert(diagnostic.message).second) continue;
      finding.diagnostic.severity = base::Severity::kNote;
      if (finding.diagnostic.hint.empty()) {
        finding.diagnostic.hint = "if another fragment defines it, give that one first with --profile";
      }
    }
    findings.push_back(std::move(finding));
  }
}

// One mistake is told once: a wrong version is no missing one, and a rule whose filter does not apply never matches for
// that reason.
void DropConsequences(std::vector<Finding>& findings) {
  const auto stands_in = [&](std::string_view code, const base::SourceRange& range) {
    return std::ranges::any_of(findings, [&](const Finding& finding) {
      const base::SourceRange& at = finding.diagnostic.range;
      return finding.diagnostic.code == code && at.source == range.source && at.offset >= range.offset &&
             at.offset + at.length <= range.offset + range.length;
    });
  };
  const bool bad_version = std::ranges::any_of(findings, [](const Finding& one) { return one.diagnostic.code == "bad-version"; });
  std::vector<Finding> kept;
  for (const Finding& finding : findings) {
    const std::string& code = finding.diagnostic.code;
    const bool follows = (code == "missing-version" && bad_version) ||
                         (code == "never-matches" && stands_in("filter-does-not-apply", finding.diagnostic.range));
    if (!follows) kept.push_back(finding);
  }
  findings = std::move(kept);
}

}  // namespace

std::vector<Finding> Lint(const sbpl::LoadResult& loaded, const LintOptions& options) {
  const auto catalog = catalog::Catalog::ForVersion(loaded.profile.macos);
  std::vector<Finding> findings;
  AddLoaderFindings(loaded, findings);
  if (catalog) {
    Context context{loaded.profile, **catalog, options};
    CheckPaths(context);
    CheckRegexes(context);
    CheckNetwork(context);
    CheckOperations(context);
    CheckStructure(context);
    CheckRules(context);
    std::ranges::move(context.findings, std::back_inserter(findings));
  }
  SortAndMerge(findings);
  DropConsequences(findings);
  return findings;
}

}  // namespace sbtune::lint
