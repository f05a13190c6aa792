// The JSON form of an answer; see kSuggestJsonShape.
#include "cli/json_bytes.h"
#include "cli/suggest_report.h"
#include "cli/times.h"
#include "core/base/text.h"

namespace sbtune::cli {

const char* const kSuggestJsonShape =
    "--json prints one object:\n"
    "  format, version    \"sbtune-suggestion\", 1\n"
    "  macos, profile     tables used; the fragments in load order\n"
    "  denials            distinct denials asked about = covered + already_allowed + remaining\n"
    "  diff               unified diff; empty when nothing is to be added\n"
    "  suggestions        for each addition: file, line (in the edited text), merged (into a rule that was there),\n"
    "                     operations, text, width (exact, wide), opens (what it allows beside its denials, in words),\n"
    "                     overrides (FILE:LINE of denies given up), evidence and returns (ids: what it covers; what\n"
    "                     is denied again without it), risk, risk_reason (a line of places.txt); of --generalize\n"
    "                     also step (exact, shape, prefix, folder), opened (by operation: paths of the tree)\n"
    "  left               for each denial without addition: evidence (id), reason, text, rule (FILE:LINE or null)\n"
    "  certificate        holds, allowed, necessary, rules_as_intended, checked (other accesses decided before and\n"
    "                     after), opened (of these, what a wide addition allows: operation, target)\n"
    "  evidence           by id, from 0: operation, target, action, processes, runs, hosts, count, text_only (all of\n"
    "                     it from text logs, which prove no origin), first_seen, last_seen (UTC, or null)\n"
    "Reasons: already-allowed, platform-policy, untrusted, ambiguous, not-in-profiles, no-target,\n"
    "incomplete-target, unwritable, no-exact-filter, filtered-deny, plain-deny, implicit-deny, unknown-fact,\n"
    "not-effective, ask-first, never-suggested. Bytes that are not UTF-8 are shown as U+FFFD; then KEY_hex holds all bytes of KEY.\n";

namespace {

Json TimeOrNull(const std::optional<std::int64_t>& ns) { return ns ? Json(FormatTime(*ns)) : Json(nullptr); }

Json ToJson(const tune::Suggestion& made, const SuggestReport& report) {
  const sbpl::Profile& profile = report.profile;
  Json json;
  PutBytes(json, "file", std::string(profile.sources.Name(profile.fragments[made.fragment])));
  json["line"] = made.line;
  json["merged"] = made.merged;
  json["operations"] = made.operations;
  PutBytes(json, "text", made.text);
  json["width"] = made.width == tune::Width::kWide ? "wide" : "exact";
  json["opens"] = JsonTexts(made.opens);
  json["overrides"] = JsonTexts(made.overrides);
  if (made.breadth) {
    json["step"] = made.breadth->step;
    json["risk"] = made.breadth->risk;
    json["risk_reason"] = made.breadth->risk_reason;
    json["opened"] = made.breadth->opened;
  } else {
    const tune::RuleRisk risk = RiskOf(made, report);
    json["risk"] = catalog::Name(risk.risk);
    json["risk_reason"] = risk.reason;
  }
  json["evidence"] = made.evidence;
  json["returns"] = made.returns;
  return json;
}

Json ToJson(const tune::Left& left, const sbpl::Profile& profile) {
  Json json;
  json["evidence"] = left.evidence;
  json["reason"] = tune::Name(left.refusal.reason);
  json["text"] = base::ToValidUtf8(left.refusal.text);
  json["rule"] = left.rule == nullptr ? Json(nullptr) : Json(base::ToValidUtf8(tune::WhereIs(*left.rule, profile)));
  return json;
}

Json ToJson(const tune::Evidence& evidence) {
  Json json;
  PutBytes(json, "operation", evidence.operation);
  PutBytes(json, "target", evidence.target);
  json["action"] = access::Name(evidence.action);
  json["processes"] = JsonTexts(evidence.processes);
  json["runs"] = JsonTexts(evidence.runs);
  json["hosts"] = JsonTexts(evidence.hosts);
  json["count"] = evidence.count;
  json["text_only"] = evidence.text_only;
  json["first_seen"] = TimeOrNull(evidence.first_seen_ns);
  json["last_seen"] = TimeOrNull(evidence.last_seen_ns);
  return json;
}

Json ToJson(const tune::Answer& answer) {
  const tune::Certificate& proof = answer.certificate;
  Json json;
  json["holds"] = proof.holds();
  json["allowed"] = answer.covered() - proof.not_allowed.size();
  json["necessary"] = answer.suggestions.size() - proof.not_necessary.size();
  json["rules_as_intended"] = proof.rules_as_intended;
  json["checked"] = proof.checked;
  json["opened"] = Json::array();
  for (const tune::Opened& opened : proof.opened) {
    Json entry;
    entry["operation"] = opened.operation;
    PutBytes(entry, "target", opened.target);
    json["opened"].push_back(std::move(entry));
  }
  return json;
}

}  // namespace

std::string ReportJson(const SuggestReport& report) {
  const tune::Answer& answer = report.answer;
  Json json;
  json["format"] = "sbtune-suggestion";
  json["version"] = 1;
  json["macos"] = report.profile.macos;
  json["profile"] = Json::array();
  for (const base::SourceId id : report.profile.fragments) {
    json["profile"].push_back(base::ToValidUtf8(report.profile.sources.Name(id)));
  }
  json["denials"] = answer.denials;
  json["covered"] = answer.covered();
  json["already_allowed"] = answer.left.size() - CountRemaining(answer);
  json["remaining"] = CountRemaining(answer);
  PutBytes(json, "diff", report.diff);
  json["suggestions"] = Json::array();
  for (const tune::Suggestion& made : answer.suggestions) json["suggestions"].push_back(ToJson(made, report));
  json["left"] = Json::array();
  for (const tune::Left& left : answer.left) json["left"].push_back(ToJson(left, report.profile));
  json["certificate"] = ToJson(answer);
  json["evidence"] = Json::array();
  for (const tune::Evidence& evidence : report.evidence) json["evidence"].push_back(ToJson(evidence));
  return json.dump(2) + "\n";
}

}  // namespace sbtune::cli
