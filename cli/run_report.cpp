#include "cli/run_report.h"

#include <string.h>

#include <algorithm>

#include <fmt/format.h>

#include "cli/json_bytes.h"
#include "core/base/text.h"
#include "profiles/sbpl/query.h"

namespace sbtune::cli {
namespace {

constexpr std::size_t kShown = 40;          // kinds of denials
constexpr std::size_t kShownCommand = 200;  // bytes

std::string FirstLine(std::string_view text) {
  const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
  return std::string(text.substr(0, end)) + (end < text.size() ? " …" : "");
}

struct Place {
  std::string where;
  std::string text;
};

// A form of the profile that ran, as the user knows it.
Place PlaceOf(base::SourceRange range, const RanUnder& under) {
  const base::SourceMap& sources = under.profile.sources;
  const std::string text = FirstLine(sources.Text(range));
  const auto fragment = std::find(under.profile.fragments.begin(), under.profile.fragments.end(), range.source);
  const auto index = static_cast<std::size_t>(fragment - under.profile.fragments.begin());
  std::uint32_t line = sources.Locate(range.source, range.offset).line;
  if (fragment != under.profile.fragments.end() && index < under.edits.size()) {
    const auto offset = OriginalOffset(under.edits[index], range.offset);
    if (!offset) return {"the patch so far", text};
    line = under.original.sources.Locate(under.original.fragments[index], *offset).line;
  }
  return {fmt::format("{}:{}", sources.Name(range.source), line), text};
}

class Judge {
 public:
  explicit Judge(const RanUnder& under) : under_(under) {}

  RuledDenial operator()(const access::DenialGroup& group) const {
    RuledDenial ruled{.group = group, .where = "", .rule = "", .note = ""};
    if (group.platform_policy) {
      ruled.where = "the system's own policy, which no profile can change";
      return ruled;
    }
    const sbpl::Verdict verdict = under_.policy.Decide(sbpl::QueryFromAccess(group.operation, group.target));
    const tagging::TaggedForm* form = group.tag ? under_.tagged.Find(*group.tag) : nullptr;
    if (form == nullptr) {
      FromReading(verdict, ruled);
      return ruled;
    }
    ruled.witness = Witness::kKernel;
    FromForm(*form, ruled);
    if (!Agrees(verdict, *form)) {
      RuledDenial reading;
      FromReading(verdict, reading);
      ruled.note = "sbtune itself reads the profile differently: " + reading.where + "; please report this";
    }
    return ruled;
  }

 private:
  void FromForm(const tagging::TaggedForm& form, RuledDenial& ruled) const {
    if (form.range.source == base::kNoSource) {
      ruled.where = "no rule allows it, and what is not allowed is denied";
      return;
    }
    Place place = PlaceOf(form.range, under_);
    ruled.where = std::move(place.where);
    ruled.rule = std::move(place.text);
  }

  void FromReading(const sbpl::Verdict& verdict, RuledDenial& ruled) const {
    if (verdict.decision == sbpl::Decision::kAllow) {
      ruled.where = "not this profile, by sbtune's reading";
      ruled.note = "an inherited or imported rule, or another layer of the system, denied it";
    } else if (verdict.rule != nullptr && verdict.rule->range.source != base::kNoSource) {
      Place place = PlaceOf(verdict.rule->range, under_);
      ruled.where = std::move(place.where);
      ruled.rule = std::move(place.text);
      if (verdict.decision == sbpl::Decision::kUnknown) ruled.note = "if " + verdict.unknown_reason;
    } else if (verdict.decision == sbpl::Decision::kUnknown) {
      ruled.where = "unknown: " + verdict.unknown_reason;
    } else {
      ruled.where = "no rule allows it, and what is not allowed is denied";
    }
  }

  // Unknown agrees with everything.
  bool Agrees(const sbpl::Verdict& verdict, const tagging::TaggedForm& form) const {
    if (verdict.decision == sbpl::Decision::kUnknown) return true;
    if (verdict.decision == sbpl::Decision::kAllow) return false;
    if (verdict.rule == nullptr) return form.range.source == base::kNoSource;
    return verdict.rule->range == form.range;
  }

  const RanUnder& under_;
};

std::string ShowCount(const access::DenialGroup& group) {
  return base::GroupDigits(group.count + group.duplicates);
}

void AppendDenial(std::string& out, const RuledDenial& denial) {
  const auto show = [](const std::string& text) { return base::EscapeForTerminal(text); };
  out += fmt::format("{:>6}  {}  {}{}\n", ShowCount(denial.group), show(denial.group.process.empty() ? "?" : denial.group.process),
                     show(denial.group.operation), denial.group.target ? " " + show(*denial.group.target) : "");
  out += fmt::format("        by {}{}{}\n", show(denial.where), denial.rule.empty() ? "" : ": " + show(denial.rule),
                     denial.witness == Witness::kKernel ? "" : "  (sbtune's reading; the record names no rule)");
  if (!denial.note.empty()) out += "        " + show(denial.note) + "\n";
  if (denial.group.ambiguous) out += "        the record can be read in more than one way; no rule is proposed from it\n";
}

}  // namespace

std::optional<std::uint32_t> OriginalOffset(std::span<const sbpl::TextEdit> edits, std::uint32_t offset) {
  std::int64_t shift = 0;  // of what stands behind the edits so far
  for (const sbpl::TextEdit& edit : edits) {
    const std::int64_t begin = std::int64_t{edit.offset} + shift;
    if (offset < begin) break;
    if (offset < begin + static_cast<std::int64_t>(edit.replacement.size())) return std::nullopt;
    shift += static_cast<std::int64_t>(edit.replacement.size()) - edit.length;
  }
  return static_cast<std::uint32_t>(offset - shift);
}

std::vector<RuledDenial> Rule(std::span<const access::DenialGroup> groups, const RanUnder& under) {
  std::vector<RuledDenial> ruled;
  const Judge judge(under);
  for (const access::DenialGroup& group : groups) ruled.push_back(judge(group));
  return ruled;
}

std::string ShowStatus(base::ExitStatus status) {
  if (status.signal == 0) return fmt::format("exit {}", status.code);
  return fmt::format("signal {} ({})", status.signal, ::strsignal(status.signal));
}

std::string RunText(const RunSummary& summary) {
  std::uint64_t count = 0;
  for (const RuledDenial& denial : summary.denials) count += denial.group.count + denial.group.duplicates;
  const bool long_command = summary.command.size() > kShownCommand;
  std::string out = fmt::format("\nsbtune: {}{}: {}", base::EscapeForTerminal(summary.command.substr(0, kShownCommand)),
                                long_command ? " …" : "", ShowStatus(summary.status));
  if (summary.executions > 1) out += fmt::format(" in the last of {} executions", summary.executions);
  out += summary.denials.empty() ? std::string(", no denial recorded\n")
                                 : fmt::format(", {} denial{} of {} kind{}\n", base::GroupDigits(count), count == 1 ? "" : "s",
                                               base::GroupDigits(summary.denials.size()), summary.denials.size() == 1 ? "" : "s");
  for (std::size_t i = 0; i < std::min(summary.denials.size(), kShown); ++i) AppendDenial(out, summary.denials[i]);
  if (summary.denials.size() > kShown) {
    out += fmt::format("        … and {} kinds more; --json FILE has all\n", base::GroupDigits(summary.denials.size() - kShown));
  }
  if (summary.untagged > 0) {
    out += fmt::format("{} deny rule{} of imported or generated text could not be marked; sbtune's own reading stands for them\n",
                       base::GroupDigits(summary.untagged), summary.untagged == 1 ? "" : "s");
  }
  if (!summary.doubts.empty()) {
    out += "This record may be incomplete:\n";
    for (const std::string& doubt : summary.doubts) out += "  " + base::EscapeForTerminal(doubt) + "\n";
  }
  if (!summary.hints.empty()) {
    out += "It failed, and no denial explains that. What else to look at:\n";
    for (const std::string& hint : summary.hints) out += "  " + hint + "\n";
  }
  return out;
}

std::string RunJson(const RunJsonParts& parts) {
  const RunSummary& summary = parts.summary;
  const bool exited = summary.status.signal == 0;
  const auto texts = [](std::span<const std::string> list) { return JsonTexts({list.begin(), list.end()}); };
  Json json = {{"schema", "sbtune.run/1"}};
  json["command"] = texts(parts.command);
  json["exit"] = exited ? Json(summary.status.code) : Json(nullptr);
  json["signal"] = exited ? Json(nullptr) : Json(summary.status.signal);
  json["executions"] = summary.executions;
  json["complete"] = summary.doubts.empty();
  json["doubts"] = texts(summary.doubts);
  json["hints"] = texts(summary.hints);
  json["denials"] = Json::array();
  for (const RuledDenial& denial : summary.denials) {
    Json one;
    PutBytes(one, "process", denial.group.process);
    PutBytes(one, "operation", denial.group.operation);
    PutBytes(one, "target", denial.group.target);
    one["count"] = denial.group.count + denial.group.duplicates;
    PutBytes(one, "rule", denial.where);
    PutBytes(one, "rule_text", denial.rule);
    one["witness"] = denial.witness == Witness::kKernel ? "kernel" : "reading";
    one["note"] = denial.note.empty() ? Json(nullptr) : Json(base::ToValidUtf8(denial.note));
    json["denials"].push_back(std::move(one));
  }
  PutBytes(json, "diff", parts.diff);
  return json.dump(2) + "\n";
}

}  // namespace sbtune::cli
