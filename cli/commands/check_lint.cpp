#include "cli/commands/check_lint.h"

#include <algorithm>
#include <map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/lint_report.h"
#include "cli/output.h"
#include "core/base/text.h"
#include "profiles/lint/codes.h"
#include "profiles/lint/lint.h"
#include "profiles/sbpl/edit/unified_diff.h"

namespace sbtune::cli {
namespace {

using lint::Finding;

// Loads as the kernel would, and after a mistake once more past it, so that one run shows all of them.
sbpl::LoadResult LoadForLint(const sbpl::LoadOptions& options) {
  sbpl::DiskFiles files;
  sbpl::LoadResult strict = sbpl::LoadProfile(options, files);
  if (strict.ok() || options.strictness == sbpl::Strictness::kLenient) return strict;
  sbpl::LoadOptions lenient = options;
  lenient.strictness = sbpl::Strictness::kLenient;
  sbpl::LoadResult all = sbpl::LoadProfile(lenient, files);
  sbpl::LoadResult merged{std::move(all.profile), {}};
  const auto& errors = strict.diagnostics.items();
  for (base::Diagnostic diagnostic : all.diagnostics.items()) {
    const auto same = std::ranges::find_if(errors, [&](const base::Diagnostic& error) {
      return error.code == diagnostic.code && error.range == diagnostic.range;
    });
    if (same != errors.end()) diagnostic.severity = same->severity;
    merged.diagnostics.Add(std::move(diagnostic));
  }
  if (!merged.diagnostics.HasErrors()) merged.diagnostics = std::move(strict.diagnostics);
  return merged;
}

std::vector<Finding> Wanted(std::vector<Finding> findings, const std::vector<std::string>& ignore) {
  std::erase_if(findings, [&](const Finding& finding) {
    return std::ranges::find(ignore, finding.diagnostic.code) != ignore.end();
  });
  return findings;
}

// Edits that overlap cannot both be made: the first one wins, the next run offers the other.
std::string Fixes(const std::vector<Finding>& findings, const base::SourceMap& sources) {
  std::string diffs;
  std::map<base::SourceId, std::vector<sbpl::TextEdit>> edits;
  for (const Finding& finding : findings) {
    if (!finding.fix) continue;
    for (const lint::SourceEdit& edit : finding.fix->edits) edits[edit.source].push_back(edit.edit);
  }
  for (auto& [source, of_source] : edits) {
    sbpl::SortEdits(of_source);
    std::vector<sbpl::TextEdit> kept;
    for (const sbpl::TextEdit& edit : of_source) {
      if (kept.empty() || edit.offset >= kept.back().offset + kept.back().length) kept.push_back(edit);
    }
    diffs += sbpl::UnifiedDiff(sources.Name(source), sources.Text(source), kept);
  }
  return diffs;
}

std::string Count(std::size_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

void Summarise(const std::vector<Finding>& findings, const Invocation& invocation) {
  const auto count = [&](base::Severity severity) {
    return std::ranges::count(findings, severity, [](const Finding& f) { return f.diagnostic.severity; });
  };
  std::size_t fixable = 0;
  for (const Finding& finding : findings) fixable += finding.fix ? 1 : 0;
  Tell(invocation, fmt::format("sbtune: {}, {}, {}", Count(count(base::Severity::kError), "error"),
             Count(count(base::Severity::kWarning), "warning"), Count(count(base::Severity::kNote), "note")));
  if (fixable > 0) Tell(invocation, fmt::format("; --fix prints the mend of {}", fixable));
  Tell(invocation, "\n");
}

std::string FindingsText(const std::vector<Finding>& findings, const base::SourceMap& sources) {
  std::string text;
  for (const Finding& finding : findings) {
    base::Diagnostic shown = finding.diagnostic;
    shown.message += " [" + shown.code + "]";
    text += base::Render(shown, sources);
  }
  return text;
}

Exit Status(const std::vector<Finding>& findings, const std::string& fail_on) {
  const base::Severity least = fail_on == "error"     ? base::Severity::kError
                               : fail_on == "warning" ? base::Severity::kWarning
                                                      : base::Severity::kNote;
  const bool found = std::ranges::any_of(findings, [&](const Finding& f) { return f.diagnostic.severity <= least; });
  return found ? Exit::kFound : Exit::kDone;
}

}  // namespace

void AddLintOptions(CLI::App& command, LintCommandOptions& options) {
  auto* json = command.add_flag("--json", options.json, "As one JSON object");
  auto* sarif = command.add_flag("--sarif", options.sarif, "As SARIF 2.1.0, which code hosts show beside the lines");
  auto* fix = command.add_flag("--fix", options.fix, "Print the certain mends as a unified diff, for patch or git apply");
  json->excludes(sarif)->excludes(fix);
  sarif->excludes(fix);
  command.add_flag("--imports", options.imports, "Judge imported files too");
  command.add_option("--ignore", options.ignore, "Code not to report; repeat for more")
      ->type_name("CODE")
      ->allow_extra_args(false);
  command.add_option("--fail-on", options.fail_on, "Least severity that makes the exit status 3 (default: warning)")
      ->check(CLI::IsMember({"error", "warning", "note"}))
      ->type_name("SEVERITY");
  command.add_option("--explain", options.explain, "Print what a code means, with an example")->type_name("CODE");
}

Exit ExplainCode(const std::string& code, const Invocation& invocation) {
  if (const auto text = lint::Explanation(code)) {
    return Print(invocation, fmt::format("{}\n", text->substr(0, text->find_last_not_of('\n') + 1)));
  }
  std::vector<std::string_view> known;
  for (const lint::CodeInfo& info : lint::Codes()) known.push_back(info.code);
  const auto near = base::NearestName(code, known);
  return UsageError(invocation, {fmt::format("no section tells of '{}': it is no code, or its message says it all{}", code,
                                             near ? fmt::format("; did you mean '{}'?", *near) : "")});
}

Exit RunLint(const ProfileOptions& profile, const LintCommandOptions& options, const Invocation& invocation) {
  const auto load = ToLoadOptions(profile);
  if (!load) return Refuse(invocation, load.error());
  const auto policy = ToPolicyOptions(profile);
  if (!policy) return Refuse(invocation, policy.error());
  const sbpl::LoadResult loaded = LoadForLint(*load);
  for (const base::Diagnostic& diagnostic : loaded.diagnostics.items()) {
    if (diagnostic.code == "unreadable" && diagnostic.range.source == base::kNoSource) {
      return Fail(invocation, {diagnostic.message});
    }
  }
  const lint::Scope scope = options.imports ? lint::Scope::kImportsToo : lint::Scope::kOwnFiles;
  const auto findings = Wanted(lint::Lint(loaded, {scope, *policy}), options.ignore);
  const std::string report = options.json    ? LintJson(loaded, findings) + "\n"
                             : options.sarif ? LintSarif(loaded, findings) + "\n"
                             : options.fix   ? Fixes(findings, loaded.profile.sources)
                                             : FindingsText(findings, loaded.profile.sources);
  if (Print(invocation, report) != Exit::kDone) return Exit::kFailed;
  if (!options.json && !options.sarif) Summarise(findings, invocation);
  return Status(findings, options.fail_on);
}

}  // namespace sbtune::cli
