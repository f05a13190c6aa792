#include "profiles/coverage/shrink.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "profiles/coverage/removal.h"
#include "profiles/sbpl/edit/profile_map.h"
#include "profiles/sbpl/print.h"
#include "profiles/sbpl/query.h"
#include "profiles/tune/edited_files.h"

namespace sbtune::coverage {
namespace {

constexpr double kDayNs = 86'400e9;
constexpr std::size_t kMostCompared = 60'000;  // rules of profiles compared whole, in search of redundant ones

bool NamesDefault(const sbpl::Rule& rule) {
  return std::ranges::any_of(rule.operations, [](const sbpl::RuleOperation& one) { return one.name == "default"; });
}

bool Reports(const sbpl::Rule& rule) {
  return std::ranges::any_of(rule.modifiers, [](const sbpl::Modifier& one) { return one.name == "report"; });
}

class Shrinker {
 public:
  Shrinker(const ShrinkRequest& request, sbpl::ProfileFiles& files) : request_(request), files_(files) {
    if (request.limits.window_days) window_ns_ = static_cast<std::int64_t>(*request.limits.window_days * kDayNs);
  }

  base::Result<Shrunk> Run() {
    auto usage = MeasureUsage({request_.load, request_.options, request_.samples, window_ns_}, files_);
    if (!usage) return std::unexpected(usage.error());
    answer_.usage = std::move(*usage);
    if (auto enough = CheckEvidence(); !enough) return std::unexpected(enough.error());
    for (std::size_t i = 0; i < answer_.usage.rules.size(); ++i) Judge(i);
    if (request_.same_meaning) {
      if (auto done = FindRedundant(); !done) return std::unexpected(done.error());
    }
    std::ranges::sort(answer_.removals, {}, &Removal::rule);
    answer_.fragments = Edit(answer_.removals);
    if (auto proven = Certify(); !proven) return std::unexpected(proven.error());
    answer_.closed = answer_.proof.closed;
    return std::move(answer_);
  }

 private:
  [[nodiscard]] const sbpl::Profile& profile() const { return answer_.usage.first.profile; }

  base::Status CheckEvidence() const {
    const Usage& usage = answer_.usage;
    if (usage.accesses == 0) return base::Fail("nothing that was recorded speaks of this profile; nothing is proposed");
    if (usage.allowed == 0) {
      return base::Fail(
          "the records hold only what this profile denies, so they say nothing of what it is needed for: record a run "
          "under the copy that sbtune instrument makes, or under a stricter profile");
    }
    if (usage.runs.size() < request_.limits.min_runs) {
      return base::Fail(fmt::format("too little was recorded: {} of the {} runs that --min-runs asks for; runs of denials alone do not count",
                                    usage.runs.size(), request_.limits.min_runs));
    }
    const double days = usage.first_seen_ns ? static_cast<double>(*usage.last_seen_ns - *usage.first_seen_ns) / kDayNs : 0;
    if (days < request_.limits.min_days) {
      return base::Fail(fmt::format("too little was recorded: {:.1f} of the {:g} days that --min-days asks for", days,
                                    request_.limits.min_days));
    }
    return {};
  }

  void Keep(Kept why, std::size_t rule, std::vector<std::uint32_t> filters = {}) {
    answer_.kept.push_back({why, rule, std::move(filters)});
  }

  // Whether a use of the rule would have been recorded in enough runs. Allows are logged only of rules that report;
  // a run under a stricter profile records everything.
  bool Observed(const sbpl::Rule& rule) const {
    return Reports(rule) || answer_.usage.full_runs.size() >= request_.limits.min_runs;
  }

  void Judge(std::size_t index) {
    const RuleUse& entry = answer_.usage.rules[index];
    if (entry.use.accesses > 0) return JudgeFilters(index);
    if (entry.rule == nullptr) return Keep(Kept::kParameter, index);
    if (NamesDefault(*entry.rule)) return Keep(Kept::kDefault, index);
    if (entry.action == access::Action::kDeny) return Keep(Kept::kDeny, index);
    switch (entry.origin) {
      case sbpl::Origin::kOwnForm:
        if (!Observed(*entry.rule)) return Keep(Kept::kUnreported, index);
        return answer_.removals.push_back({Why::kNeverUsed, index, {}});
      case sbpl::Origin::kInside: return Keep(Kept::kInside, index);
      case sbpl::Origin::kImported: return Keep(Kept::kImported, index);
    }
  }

  // A filter of an allow is a rule of its own, so to say. Of a deny it is a guard.
  void JudgeFilters(std::size_t index) {
    const RuleUse& entry = answer_.usage.rules[index];
    if (entry.rule == nullptr || entry.action == access::Action::kDeny || entry.origin != sbpl::Origin::kOwnForm) return;
    std::vector<std::uint32_t> unused;
    for (const FilterUse& filter : entry.filters) {
      if (filter.use.accesses == 0) unused.push_back(filter.index);
    }
    if (unused.empty()) return;
    if (!Observed(*entry.rule)) return Keep(Kept::kUnreported, index, std::move(unused));
    const std::vector<std::uint32_t> removable = RemovableFilters(profile(), *entry.rule, unused);
    if (!removable.empty()) answer_.removals.push_back({Why::kNeverUsed, index, removable});
    std::vector<std::uint32_t> rest;
    std::ranges::set_difference(unused, removable, std::back_inserter(rest));
    if (!rest.empty()) Keep(Kept::kFilterInside, index, std::move(rest));
  }

  // From the last rule to the first: of two equal ones the first stays. A deny stays in any case: it also stands
  // against what will be allowed later.
  base::Status FindRedundant() {
    const std::vector<LeftRule> left = LeftRules();
    sbpl::Profile rest;  // for deciding only: it has no texts
    rest.macos = profile().macos;
    rest.version = profile().version;
    for (const LeftRule& one : left) rest.rules.push_back(one.rule);
    const auto policy = sbpl::Policy::Compile(rest, request_.options);
    if (!policy) return std::unexpected(policy.error());
    std::vector<std::size_t> candidates;
    for (std::size_t i = left.size(); i-- > 0;) {
      const RuleUse& entry = answer_.usage.rules[left[i].entry];
      if (entry.origin != sbpl::Origin::kOwnForm || NamesDefault(rest.rules[i])) continue;
      if (entry.action == access::Action::kDeny || left[i].narrowed || Decisive(rest.rules[i], *policy)) continue;
      candidates.push_back(left[i].entry);
    }
    TakeRedundant(candidates);
    return {};
  }

  // Whole groups at once, halves where a group is needed: most profiles have few redundant rules or whole families.
  void TakeRedundant(std::span<const std::size_t> candidates) {
    if (candidates.empty()) return;
    if (compared_ + profile().rules.size() > kMostCompared) {
      answer_.not_compared += candidates.size();
      return;
    }
    compared_ += profile().rules.size();
    if (SameWithout(candidates)) {
      for (const std::size_t rule : candidates) answer_.removals.push_back({Why::kRedundant, rule, {}});
      return;
    }
    if (candidates.size() == 1) return;
    const std::size_t half = candidates.size() / 2;
    TakeRedundant(candidates.first(half));
    TakeRedundant(candidates.subspan(half));
  }

  // A cheap look before the exact one, at the rule's own names as targets: does it decide there, and would the next
  // one decide otherwise?
  bool Decisive(const sbpl::Rule& rule, const sbpl::Policy& policy) const {
    for (const sbpl::RuleOperation& operation : rule.operations) {
      const auto known = policy.catalog().FindOperation(operation.name);
      if (!known || known->operation == nullptr || known->operation->default_allowed) continue;
      for (const std::string& target : TargetsOf(rule)) {
        const sbpl::Query query = sbpl::QueryFromAccess(operation.name, target);
        if (policy.Decide(query).rule != &rule) continue;
        const std::vector<sbpl::Step> hidden = policy.HiddenMatches(query);
        if (hidden.empty()) return true;
        if (hidden.front().kind != sbpl::Step::Kind::kRuleUnknown && hidden.front().rule->action != rule.action) return true;
      }
    }
    return false;
  }

  static std::vector<std::string> TargetsOf(const sbpl::Rule& rule) {
    std::vector<std::string> targets = {"/"};
    for (const sbpl::Filter& filter : rule.filters) {
      for (const sbpl::Argument& argument : filter.arguments) {
        if (const auto* text = std::get_if<std::string>(&argument.value)) targets.push_back(*text);
      }
    }
    return targets;
  }

  bool SameWithout(std::span<const std::size_t> rules) {
    std::vector<Removal> more = answer_.removals;
    const auto with = Edited(more);
    for (const std::size_t rule : rules) more.push_back({Why::kRedundant, rule, {}});
    const auto without = Edited(more);
    for (const Sample& sample : request_.samples) {
      tune::EditedFiles old_files(with, files_);
      tune::EditedFiles new_files(without, files_);
      const auto before = LoadFor(request_.load, sample, old_files);
      const auto after = LoadFor(request_.load, sample, new_files);
      if (!before || !after) return false;  // what does not load without it needs it
      if (!request_.same_meaning(before->profile, after->profile)) return false;
    }
    return true;
  }

  // The user's files by name, with the removals.
  std::map<std::string, std::string> Edited(std::span<const Removal> removals) const {
    std::map<std::string, std::string> texts;
    for (const base::SourceId id : profile().fragments) {
      texts[std::string(profile().sources.Name(id))] = profile().sources.Text(id);
    }
    for (const ShrunkFragment& fragment : Edit(removals)) {
      texts[std::string(profile().sources.Name(profile().fragments[fragment.fragment]))] = fragment.text;
    }
    return texts;
  }

  std::vector<ShrunkFragment> Edit(std::span<const Removal> removals) const {
    std::map<base::SourceId, std::vector<sbpl::TextEdit>> edits;
    for (const Removal& removal : removals) {
      const sbpl::Rule& rule = *answer_.usage.rules[removal.rule].rule;
      std::vector<sbpl::TextEdit>& all = edits[rule.range.source];
      if (removal.filters.empty()) {
        all.push_back(RemoveForm(profile().sources.Text(rule.range.source), rule.range));
        continue;
      }
      const auto made = RemoveFilters(profile(), rule, removal.filters);
      SBTUNE_ASSERT(made.has_value());
      all.insert(all.end(), made->begin(), made->end());
    }
    std::vector<ShrunkFragment> fragments;
    for (std::uint32_t i = 0; i < profile().fragments.size(); ++i) {
      const auto found = edits.find(profile().fragments[i]);
      if (found == edits.end()) continue;
      sbpl::SortEdits(found->second);
      std::string text = sbpl::ApplyEdits(profile().sources.Text(found->first), found->second);
      fragments.push_back({i, std::move(found->second), std::move(text)});
    }
    return fragments;
  }

  // The rules with the removals made.
  struct LeftRule {
    std::size_t entry = 0;  // in Usage::rules
    sbpl::Rule rule;
    bool narrowed = false;  // filters were taken out
  };
  std::vector<LeftRule> LeftRules() const {
    std::map<std::size_t, const Removal*> removals;
    for (const Removal& removal : answer_.removals) removals[removal.rule] = &removal;
    std::vector<LeftRule> left;
    for (std::size_t i = 0; i < answer_.usage.rules.size(); ++i) {
      const sbpl::Rule* const rule = answer_.usage.rules[i].rule;
      const auto found = removals.find(i);
      if (rule == nullptr || (found != removals.end() && found->second->filters.empty())) continue;
      left.push_back({i, *rule, found != removals.end()});
      if (!left.back().narrowed) continue;
      std::vector<sbpl::Filter>& filters = left.back().rule.filters;
      const std::vector<std::uint32_t>& gone = found->second->filters;
      for (auto at = gone.rbegin(); at != gone.rend(); ++at) filters.erase(filters.begin() + *at);
    }
    return left;
  }

  std::vector<std::string> Intended() const {
    std::vector<std::string> intended;
    for (const LeftRule& one : LeftRules()) intended.push_back(sbpl::Print(one.rule));
    return intended;
  }

  base::Status Certify() {
    tune::EditedFiles before(Edited({}), files_);
    tune::EditedFiles after(Edited(answer_.removals), files_);
    auto proof =
        Prove({request_.load, request_.options, request_.samples, window_ns_, Intended()}, before, after);
    if (!proof) return std::unexpected(proof.error());
    answer_.proof = std::move(*proof);
    if (answer_.proof.holds()) return {};
    const std::string what = !answer_.proof.changed.empty()  ? "it would deny " + answer_.proof.changed.front()
                             : !answer_.proof.opened.empty() ? "it would allow " + answer_.proof.opened.front()
                                                             : "the edited rules are not those that were meant";
    return base::Fail("nothing is proposed: the removal could not be proven (" + what + ")");
  }

  const ShrinkRequest& request_;
  sbpl::ProfileFiles& files_;
  std::optional<std::int64_t> window_ns_;
  std::size_t compared_ = 0;
  Shrunk answer_;
};

}  // namespace

std::string_view Name(Why why) { return why == Why::kNeverUsed ? "never-used" : "redundant"; }

std::string_view Name(Kept kept) {
  switch (kept) {
    case Kept::kDeny: return "deny";
    case Kept::kDefault: return "default";
    case Kept::kInside: return "inside";
    case Kept::kImported: return "imported";
    case Kept::kParameter: return "parameter";
    case Kept::kFilterInside: return "filter-inside";
    case Kept::kUnreported: return "unreported";
  }
  return "deny";
}

std::string_view Sentence(Kept kept) {
  switch (kept) {
    case Kept::kDeny: return "a deny is there for what should not happen";
    case Kept::kDefault: return "it decides what no rule names";
    case Kept::kInside: return "a function, a loop or a condition made it, whose text serves other rules too";
    case Kept::kImported: return "it stands in an imported file";
    case Kept::kParameter: return "only other parameters make it";
    case Kept::kFilterInside: return "a function or a variable stands for the filter";
    case Kept::kUnreported: return "without (with report) its use is not logged, and too few runs were recorded otherwise";
  }
  return "";
}

base::Result<Shrunk> Shrink(const ShrinkRequest& request, sbpl::ProfileFiles& files) {
  return Shrinker(request, files).Run();
}

}  // namespace sbtune::coverage
