#include "cli/commands/suggest_entitlements.h"

#include <filesystem>

#include <fmt/format.h>

#include "cli/diff_paths.h"
#include "cli/entitlement_report.h"
#include "cli/output.h"
#include "cli/suggest_report.h"
#include "cli/terminal.h"
#include "core/base/file.h"
#include "profiles/catalog/catalog.h"
#include "profiles/entitlements/advise.h"
#include "profiles/sbpl/edit/unified_diff.h"

namespace sbtune::cli {
namespace {

base::Result<entitlements::PropertyList> ReadList(const std::string& file) {
  auto text = base::ReadFile(file);
  if (!text) return std::unexpected(text.error());
  auto list = entitlements::PropertyList::Parse(std::move(*text));
  if (!list) return std::unexpected(list.error().Within(file));
  return list;
}

Exit Report(const EntitlementReport& report, const DiffPath& path, const EntitlementCommandOptions& options,
            const Invocation& invocation) {
  if (!options.json) {
    Tell(invocation, ReportText(report));
    if (path.from_root && !report.diff.empty()) {
      Tell(invocation, "\nThe diff names the file from the root: apply it with patch -p0 -d /\n");
    }
  }
  const std::string out = options.json ? ReportJson(report) : report.diff;
  const Exit printed = Print(invocation, IsTerminal(invocation.out) ? ShowText(out) : out);
  if (printed != Exit::kDone) return printed;
  return report.advice.left.empty() ? Exit::kDone : Exit::kFound;
}

}  // namespace

const char* const kEntitlementsFooter =
    "An app in the App Sandbox: with --entitlements and without --profile, the entitlements that grant what was\n"
    "denied, as a diff of the app's .entitlements file. What each means, what it takes beside the key, and which\n"
    "denials no key changes goes to stderr. Temporary exceptions, which the App Store commonly refuses, are proposed\n"
    "only with --exceptions. Exit status: 0 every denial has its key; 3 some have none; 1 failed; 2 usage.\n"
    "  sbtune suggest --entitlements App.entitlements --process App --from denials.ndjson > app.patch\n"
    "Its --json: format \"sbtune-entitlements\", version 1, file, sandboxed, denials, covered, diff, suggestions (key,\n"
    "strings, instead_of, standing: open, chosen, exception; meaning, same: keys that grant the same, needs, sources,\n"
    "evidence), left (evidence, reason, text, key), evidence (as below). Reasons: no-entitlement, other-process,\n"
    "exception, already-granted, platform-policy, not-usable, no-target, unwritable.\n\n";

Exit RunEntitlements(const EntitlementCommandOptions& options, const EvidenceOptions& evidence_options,
                     const Invocation& invocation) {
  const auto catalog = catalog::Catalog::ForVersion(options.macos);
  if (!catalog) return UsageError(invocation, catalog.error());
  if (options.file == "-") return UsageError(invocation, {"--entitlements needs a file, of which a diff can be made"});
  const auto list = ReadList(options.file);
  if (!list) return Fail(invocation, list.error());
  const auto groups = LoadEvidence(evidence_options, invocation);
  if (!groups) return Fail(invocation, groups.error());
  const std::vector<tune::Evidence> evidence = tune::MergeEvidence(*groups);
  const auto exceptions = options.exceptions ? entitlements::Exceptions::kPropose : entitlements::Exceptions::kLeave;
  const auto advice = entitlements::Advise({*list, evidence, **catalog, exceptions});
  if (!advice) return Fail(invocation, advice.error().Within(options.file));
  std::error_code failed;
  const DiffPath path = DiffPathOf(options.file, std::filesystem::current_path(failed).string());
  const std::string diff = sbpl::UnifiedDiff(path.name, list->text(), advice->edit.edits);
  return Report({options.file, evidence, *advice, diff}, path, options, invocation);
}

}  // namespace sbtune::cli
