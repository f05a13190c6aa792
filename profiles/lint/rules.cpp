// Findings about rules among each other: see entries.h for how they are found.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "profiles/lint/context.h"
#include "profiles/lint/entries.h"
#include "profiles/regions/spellings.h"

namespace sbtune::lint {
namespace {

using regions::RuleTable;

class RuleCheck {
 public:
  RuleCheck(Context& context, const RuleTable& table, const EntryReport& report)
      : context_(context), table_(table), report_(report) {
    spellings_.Add(context.profile);
  }

  void Run() {
    for (regions::RuleId id = 0; id < table_.size(); ++id) {
      if (!table_.rule(id).implicit && context_.Judged(table_.rule(id).range)) Judge(id);
    }
    Surprises();
  }

 private:
  std::vector<Entry> EntriesOf(regions::RuleId id) const {
    std::vector<Entry> entries;
    for (const sbpl::RuleOperation& named : table_.rule(id).operations) {
      const catalog::Operation* operation = table_.catalog().FindLoggedOperation(named.name);
      if (operation == nullptr || operation->only_newer || operation->only_older) continue;
      entries.push_back({id, operation});
    }
    return entries;
  }

  // The word that names the entry's operation in the rule.
  base::SourceRange WordOf(const Entry& entry) const {
    for (const sbpl::RuleOperation& named : table_.rule(entry.rule).operations) {
      if (table_.catalog().FindLoggedOperation(named.name) == entry.operation && named.range.source != base::kNoSource) {
        return named.range;
      }
    }
    return table_.rule(entry.rule).range;
  }

  void Judge(regions::RuleId id) {
    const std::vector<Entry> entries = EntriesOf(id);
    if (entries.empty()) return;
    const auto all = [&](const std::set<Entry>& set) {
      return std::ranges::all_of(entries, [&](const Entry& entry) { return set.contains(entry); });
    };
    if (all(report_.match_nothing)) return MatchesNothing(id);
    const bool whole_dead = std::ranges::none_of(entries, [&](const Entry& entry) { return report_.decide.contains(entry); });
    const bool whole_idle = std::ranges::none_of(entries, [&](const Entry& entry) { return report_.matter.contains(entry); });
    if (whole_dead) return NeverDecides(entries.front(), table_.rule(id).range, "this rule");
    for (const Entry& entry : entries) {
      const std::string what = entries.size() == 1 ? "this rule" : fmt::format("this rule on {}", entry.operation->name);
      if (report_.match_nothing.contains(entry)) continue;
      if (!report_.decide.contains(entry)) NeverDecides(entry, WordOf(entry), what);
      else if (!whole_idle && !report_.matter.contains(entry)) Idle(entry, WordOf(entry), what);
    }
    if (whole_idle) Idle(entries.front(), table_.rule(id).range, "this rule");
  }

  // A path that is dead for a reason has its own finding.
  void MatchesNothing(regions::RuleId id) {
    const sbpl::Rule& rule = table_.rule(id);
    bool told = false;
    ForEachLeaf(rule, [&](const sbpl::Filter& filter) {
      for (const sbpl::Argument& argument : filter.arguments) {
        told |= std::ranges::any_of(context_.findings, [&](const Finding& finding) { return finding.diagnostic.range == argument.range; });
      }
    });
    if (told) return;
    context_.Add({"never-matches", "no access can match this rule: its filters contradict each other, or match no target",
                  rule.range, rule.frames, "in (require-all …) every filter must match the same target"});
  }

  std::vector<base::Frame> WithPlace(const Entry& entry, std::string what, const Decider& decider) const {
    std::vector<base::Frame> frames = table_.rule(entry.rule).frames;
    if (decider && !table_.rule(decider->rule).implicit) {
      frames.insert(frames.begin(), {table_.rule(decider->rule).range, std::move(what)});
    }
    return frames;
  }

  bool SameWords(regions::RuleId a, regions::RuleId b) const {
    const sbpl::Rule &x = table_.rule(a), &y = table_.rule(b);
    const auto text = [&](const sbpl::Rule& rule) { return context_.profile.sources.Text(rule.range); };
    return x.action == y.action && text(x) == text(y);
  }

  void NeverDecides(const Entry& entry, const base::SourceRange& range, const std::string& what) {
    const auto found = report_.instead.find(entry);
    const Decider decider = found == report_.instead.end() ? std::nullopt : found->second;
    if (!decider) return;
    const sbpl::Rule& rule = table_.rule(entry.rule);
    const sbpl::Rule& other = table_.rule(decider->rule);
    const bool same = rule.action == other.action;
    Report report{same ? "redundant-rule" : "unreachable-rule", "", range, WithPlace(entry, "decided by", decider)};
    if (other.implicit) {
      report.code = "implicit-rule";
      report.message = fmt::format("{} has no effect: the system puts (allow {} (target self)) in front of every profile", what, entry.operation->name);
      report.hint = "a process can always do this to itself: remove the rule";
      if (same) report.severity = base::Severity::kNote;  // many say it for the reader
    } else if (SameWords(entry.rule, decider->rule) && what == "this rule") {
      report.code = "duplicate-rule";
      report.message = "the same rule stands here twice";
      report.hint = "remove this one: the later one decides";
    } else if (rule.filters.empty() && other.filters.empty()) {
      report.code = same ? "redundant-rule" : "replaced-rule";
      report.message = fmt::format("{} has no effect: a later rule without a filter on {} replaces it", what, entry.operation->name);
    } else {
      report.message = fmt::format("{} never decides: later rules match everything that it matches", what);
      if (!same) report.hint = "of the rules on one operation the last one that matches decides: move this one behind, or remove it";
    }
    const bool removable = same && rule.range == range;
    if (const auto edit = removable ? RemovalOf(entry.rule) : std::nullopt) report.fix = Fix{"remove it", {*edit}};
    context_.Add(std::move(report));
  }

  // Only a form that makes this one rule can go.
  std::optional<SourceEdit> RemovalOf(regions::RuleId id) const {
    const base::SourceRange& range = table_.rule(id).range;
    for (regions::RuleId other = 0; other < table_.size(); ++other) {
      const base::SourceRange& place = table_.rule(other).range;
      const bool inside = place.source == range.source && place.offset >= range.offset &&
                          place.offset < range.offset + range.length;
      if (other != id && inside) return std::nullopt;
    }
    return context_.RemoveForm(range);
  }

  void Idle(const Entry& entry, const base::SourceRange& range, const std::string& what) {
    if (entry.operation->name == "default") return;  // saying the default is good style
    const auto found = report_.otherwise.find(entry);
    const Decider decider = found == report_.otherwise.end() ? std::nullopt : found->second;
    if (decider && decider->rule == entry.rule) return;  // names an operation and its parent: clear, and harmless
    const char* result = table_.rule(entry.rule).action == access::Action::kAllow ? "allowed" : "denied";
    Report report{"redundant-rule", "", range, WithPlace(entry, "decides the same", decider)};
    if (decider && decider->operation->name != "default") {
      report.message = fmt::format("{} changes nothing: without it the same is {}", what, result);
    } else if (!decider && table_.rule(entry.rule).action == access::Action::kAllow) {
      return;  // what the system allows by itself differs between its versions: saying it is right
    } else {
      report.code = "default-rule";
      report.message = fmt::format("{} changes nothing: it is {} by default", what, result);
    }
    context_.Add(std::move(report));
  }

  std::string Example(const Surprise& surprise) const {
    if (surprise.target.empty()) return surprise.operation;
    return fmt::format("{} '{}'", surprise.operation,
                       surprise.target.starts_with('/') ? spellings_.Of(surprise.target) : surprise.target);
  }

  void Surprises() {
    std::set<std::pair<regions::RuleId, regions::RuleId>> told;
    for (const Surprise& surprise : report_.surprises) {
      const sbpl::Rule& real = table_.rule(surprise.real.rule);
      if (!told.insert({surprise.expected.rule, surprise.real.rule}).second) continue;
      if (real.implicit) continue;
      const char* result = real.action == access::Action::kAllow ? "allowed" : "denied";
      Report report{"defeated-rule", "", WordOf(surprise.expected), WithPlace(surprise.expected, "decided by", surprise.real)};
      if (surprise.expected.operation == surprise.real.operation) {
        report.code = "plain-rule-first";
        report.message = fmt::format("{} stays {}: a rule without a filter never beats one with a filter, wherever it stands",
                                     Example(surprise), result);
        report.hint = "right if the earlier rule is meant as the exception; else give this one a filter, or remove that one";
      } else {
        report.message = fmt::format("{} stays {} in spite of this rule: the earlier rule names {}, which is asked before {}",
                                     Example(surprise), result, surprise.real.operation->name, surprise.expected.operation->name);
        report.hint = fmt::format("to decide it here, name {} as well", surprise.real.operation->name);
        // A narrow deny in front of a wide allow is mostly meant as its exception.
        if (real.action == access::Action::kDeny) report.severity = base::Severity::kNote;
      }
      context_.Add(std::move(report));
    }
  }

  Context& context_;
  const RuleTable& table_;
  const EntryReport& report_;
  regions::Spellings spellings_;
};

}  // namespace

void CheckRules(Context& context) {
  const auto table = RuleTable::Compile(context.profile, context.options.policy);
  if (!table) return;  // a bad regex: told by its own check
  const EntryReport report = FindEntries(*table, context.options.policy);
  RuleCheck(context, *table, report).Run();
}

}  // namespace sbtune::lint
