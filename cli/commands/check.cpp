// `sbtune check`: what is wrong with a profile (check_lint.cpp), or, given recorded denials, what it would answer to them.
#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/commands/check_lint.h"
#include "cli/evidence_source.h"
#include "cli/json_bytes.h"
#include "cli/output.h"
#include "cli/profile_options.h"
#include "cli/suggest_report.h"
#include "core/base/text.h"
#include "profiles/tune/replay.h"
#include "profiles/tune/sift.h"

namespace sbtune::cli {
namespace {

using sbpl::Decision;

struct Options {
  ProfileOptions profile;
  EvidenceOptions evidence;
  LintCommandOptions lint;
};

constexpr std::size_t kShown = 20;  // denials of the text form; --json lists all

constexpr const char* kFooter =
    "Without recorded denials: finds mistakes in the profile. Exit status: 0 nothing, or only notes; 3 errors or\n"
    "warnings (--fail-on); 1 failed; 2 usage. --json prints one object:\n"
    "  format, version    \"sbtune-lint\", 1\n"
    "  macos, loaded      the version whose tables were used; whether the profile loads\n"
    "  findings           for each: code, severity, message, hint, place {file, line, column, end_line, end_column},\n"
    "                     frames [{what, place}], fix {what, edits [{file, offset, length, replacement}]}\n"
    "  counts             findings per code\n"
    "Lines and columns count from 1, columns, offsets and lengths in bytes; ends are exclusive.\n\n"
    "With --against, --run or --db: decides every recorded denial again. Records that say nothing of this profile\n"
    "(System Policy, an untrusted writer, an ambiguous line) are counted apart and not decided.\n"
    "Exit status: 0 all are allowed; 3 some are denied or unknown; 1 failed; 2 usage.\n\n"
    "--json prints one object:\n"
    "  format, version    \"sbtune-check\", 1\n"
    "  denials            distinct denials = allowed + denied + unknown; counted apart: not_decided\n"
    "  results            for each of them: operation, target, decision (allow, deny, unknown), basis, rule\n"
    "                     (FILE:LINE or null), reason (of unknown, or null), processes, runs, count\n"
    "Bytes that are not UTF-8 are shown as U+FFFD; then target_hex holds all bytes of the target.\n";

struct Counts {
  std::size_t allowed = 0;
  std::size_t denied = 0;
  std::size_t unknown = 0;
  std::size_t not_decided = 0;
};

struct Outcome {
  const sbpl::Profile& profile;
  const std::vector<tune::Evidence>& evidence;
  const std::vector<tune::Replayed>& answers;
  Counts counts;
};

Counts Count(const std::vector<tune::Evidence>& evidence, const std::vector<tune::Replayed>& answers) {
  Counts counts;
  for (const tune::Replayed& answer : answers) {
    switch (answer.verdict.decision) {
      case Decision::kAllow: ++counts.allowed; break;
      case Decision::kDeny: ++counts.denied; break;
      case Decision::kUnknown: ++counts.unknown; break;
    }
  }
  const auto denials = std::count_if(evidence.begin(), evidence.end(), [](const tune::Evidence& item) {
    return item.action == access::Action::kDeny;
  });
  counts.not_decided = static_cast<std::size_t>(denials) - answers.size();
  return counts;
}

std::string Reason(const sbpl::Verdict& verdict, const sbpl::Profile& profile) {
  if (verdict.decision == Decision::kUnknown) return verdict.unknown_reason;
  if (verdict.rule != nullptr) return "by " + tune::WhereIs(*verdict.rule, profile);
  if (verdict.basis == sbpl::Basis::kBesideProfile) return "the system checks it beside the profile";
  return "no rule allows it";
}

std::string ToText(const Outcome& outcome) {
  const Counts& counts = outcome.counts;
  std::string out = fmt::format("{} denials decided again: {} allowed, {} denied, {} unknown.\n",
                                base::GroupDigits(outcome.answers.size()), base::GroupDigits(counts.allowed),
                                base::GroupDigits(counts.denied), base::GroupDigits(counts.unknown));
  if (counts.not_decided > 0) {
    out += fmt::format("{} more say nothing of this profile (System Policy, untrusted or ambiguous).\n",
                       base::GroupDigits(counts.not_decided));
  }
  std::size_t shown = 0;
  for (const tune::Replayed& answer : outcome.answers) {
    if (answer.verdict.decision == Decision::kAllow || ++shown > kShown) continue;
    out += fmt::format("  {:<7} {} ({})\n", sbpl::Name(answer.verdict.decision),
                       ShowEvidence(outcome.evidence[answer.evidence]),
                       base::EscapeForTerminal(Reason(answer.verdict, outcome.profile)));
  }
  if (shown > kShown) out += fmt::format("  ... and {} more; --json lists all\n", base::GroupDigits(shown - kShown));
  return out;
}

Json ResultJson(const tune::Evidence& evidence, const sbpl::Verdict& verdict, const sbpl::Profile& profile) {
  Json json;
  json["operation"] = base::ToValidUtf8(evidence.operation);
  PutBytes(json, "target", evidence.target);
  json["decision"] = sbpl::Name(verdict.decision);
  json["basis"] = sbpl::Name(verdict.basis);
  json["rule"] = verdict.rule == nullptr ? Json(nullptr) : Json(base::ToValidUtf8(tune::WhereIs(*verdict.rule, profile)));
  json["reason"] = verdict.unknown_reason.empty() ? Json(nullptr) : Json(base::ToValidUtf8(verdict.unknown_reason));
  json["processes"] = JsonTexts(evidence.processes);
  json["runs"] = JsonTexts(evidence.runs);
  json["count"] = evidence.count;
  return json;
}

std::string ToJson(const Outcome& outcome) {
  Json json;
  json["format"] = "sbtune-check";
  json["version"] = 1;
  json["denials"] = outcome.answers.size();
  json["allowed"] = outcome.counts.allowed;
  json["denied"] = outcome.counts.denied;
  json["unknown"] = outcome.counts.unknown;
  json["not_decided"] = outcome.counts.not_decided;
  json["results"] = Json::array();
  for (const tune::Replayed& answer : outcome.answers) {
    json["results"].push_back(ResultJson(outcome.evidence[answer.evidence], answer.verdict, outcome.profile));
  }
  return json.dump(2) + "\n";
}

Exit Replay(const Options& options, const Invocation& invocation) {
  const auto policy_options = ToPolicyOptions(options.profile);
  if (!policy_options) return Refuse(invocation, policy_options.error());
  const auto groups = LoadEvidence(options.evidence, invocation);
  if (!groups) return Fail(invocation, groups.error());
  const auto loaded = LoadProfileOrReport(options.profile, invocation);
  if (!loaded) return loaded.error();
  const auto policy = sbpl::Policy::Compile(loaded->profile, *policy_options);
  if (!policy) return Fail(invocation, policy.error());
  const std::vector<tune::Evidence> evidence = tune::MergeEvidence(*groups);
  const std::vector<tune::Replayed> answers = tune::Replay(evidence, *policy);
  const Outcome outcome{loaded->profile, evidence, answers, Count(evidence, answers)};
  const Exit printed = Print(invocation, options.lint.json ? ToJson(outcome) : ToText(outcome));
  if (printed != Exit::kDone) return printed;
  return outcome.counts.allowed == answers.size() ? Exit::kDone : Exit::kFound;
}

Exit Run(const Options& options, const Invocation& invocation) {
  if (!options.lint.explain.empty()) return ExplainCode(options.lint.explain, invocation);
  if (options.profile.profiles.empty()) {
    return UsageError(invocation, {"check needs a profile: give --profile FILE"});
  }
  const EvidenceOptions& evidence = options.evidence;
  const bool replays = !evidence.logs.empty() || !evidence.runs.empty() || !evidence.except_runs.empty() || !evidence.database.path.empty();
  if (!replays) return RunLint(options.profile, options.lint, invocation);
  if (options.lint.sarif || options.lint.fix) {
    return UsageError(invocation, {"--sarif and --fix are about the profile's text: leave --against, --run and --db out"});
  }
  return Replay(options, invocation);
}

}  // namespace

void AddCheck(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("check", "Finds mistakes in a profile, or decides recorded denials by it again");
  const auto options = std::make_shared<Options>();
  AddProfileOptions(*command, options->profile, ProfileNames::kAlsoPlain);
  AddEvidenceOptions(*command, options->evidence, "--against");
  command->get_option("--profile")->required(false);  // not for --explain
  AddLintOptions(*command, options->lint);
  command->footer(std::string(kFooter) + "\n" + kGlobHelp);
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return Run(*options, invocation); };
  });
}

}  // namespace sbtune::cli
