#include "profiles/coverage/usage.h"

#include <algorithm>

#include <fmt/format.h>

#include "profiles/sbpl/print.h"
#include "profiles/sbpl/query.h"

namespace sbtune::coverage {
namespace {

// Rules of two loads are the same when they were made at the same places in the same way.
std::string KeyOf(const sbpl::Rule& rule, const base::SourceMap& sources) {
  std::string key;
  const auto add = [&](const base::SourceRange& range) {
    const std::string_view name = range.source == base::kNoSource ? std::string_view() : sources.Name(range.source);
    key += fmt::format("{}:{}:{}:{};", name.size(), name, range.offset, range.length);
  };
  add(rule.range);
  for (const base::Frame& frame : rule.frames) add(frame.range);
  return key;
}

void Count(Use& use, const tune::Evidence& evidence) {
  if (use.accesses == 0) use.example = tune::Describe(evidence);
  ++use.accesses;
  use.occurrences += evidence.count;
  use.runs.insert(evidence.runs.begin(), evidence.runs.end());
  if (evidence.first_seen_ns) {
    use.first_seen_ns = std::min(use.first_seen_ns.value_or(*evidence.first_seen_ns), *evidence.first_seen_ns);
  }
  if (evidence.last_seen_ns) {
    use.last_seen_ns = std::max(use.last_seen_ns.value_or(*evidence.last_seen_ns), *evidence.last_seen_ns);
  }
}

class Meter {
 public:
  Meter(const UsageRequest& request, sbpl::ProfileFiles& files)
      : request_(request), files_(files), newest_(NewestOf(request.samples)) {}

  base::Result<Usage> Run() {
    for (const Sample& sample : request_.samples) {
      auto loaded = LoadFor(request_.load, sample, files_);
      if (!loaded) return std::unexpected(loaded.error());
      const bool first = usage_.first.profile.fragments.empty();
      if (first) usage_.first = std::move(*loaded);
      const sbpl::Profile& profile = first ? usage_.first.profile : loaded->profile;
      List(profile, first);
      if (auto done = Decide(sample, profile); !done) return std::unexpected(done.error());
    }
    return std::move(usage_);
  }

 private:
  // Makes an entry for every rule that has none yet.
  void List(const sbpl::Profile& profile, bool first) {
    const sbpl::ProfileMap map(profile);
    entry_of_.clear();
    std::map<std::string, int> met;  // a loop makes several rules at one place
    for (const sbpl::Rule& rule : profile.rules) {
      std::string key = KeyOf(rule, profile.sources);
      key += std::to_string(met[key]++);
      const auto [known, fresh] = index_.try_emplace(key, usage_.rules.size());
      if (fresh) usage_.rules.push_back(Entry(key, rule, profile, map, first));
      entry_of_[&rule] = known->second;
    }
  }

  static RuleUse Entry(const std::string& key, const sbpl::Rule& rule, const sbpl::Profile& profile,
                       const sbpl::ProfileMap& map, bool first) {
    RuleUse entry{key, profile.sources.Where(rule.range), sbpl::Print(rule), rule.action, map.HomeOf(rule).origin,
                  first ? &rule : nullptr, {}, {}};
    if (rule.filters.size() < 2) return entry;
    for (std::uint32_t i = 0; i < rule.filters.size(); ++i) {
      entry.filters.push_back({i, sbpl::Print(rule.filters[i]), {}});
    }
    return entry;
  }

  base::Status Decide(const Sample& sample, const sbpl::Profile& profile) {
    const auto policy = sbpl::Policy::Compile(profile, request_.options);
    if (!policy) return std::unexpected(policy.error());
    for (const tune::Evidence& evidence : sample.evidence) {
      if (!Speaks(evidence)) {
        ++usage_.not_decided;
      } else if (!InWindow(evidence, request_.window_ns, newest_)) {
        ++usage_.out_of_window;
      } else {
        One(evidence, *policy);
      }
    }
    return {};
  }

  void One(const tune::Evidence& evidence, const sbpl::Policy& policy) {
    const sbpl::Query query = sbpl::QueryFromAccess(evidence.operation, evidence.target);
    const sbpl::Verdict verdict = policy.Decide(query);
    ++usage_.accesses;
    switch (verdict.decision) {
      case sbpl::Decision::kAllow: ++usage_.allowed; NoteRuns(evidence); break;
      case sbpl::Decision::kDeny: ++usage_.denied; break;
      case sbpl::Decision::kUnknown: ++usage_.unknown; return Unknown(evidence, query, policy);
    }
    const auto entry = verdict.rule == nullptr ? entry_of_.end() : entry_of_.find(verdict.rule);
    if (entry == entry_of_.end()) {
      ++usage_.by_no_rule;
      return;
    }
    RuleUse& rule = usage_.rules[entry->second];
    Count(rule.use, evidence);
    if (!rule.filters.empty() && rule.filters.size() == verdict.rule->filters.size()) {
      return Filters(rule, *verdict.rule, evidence, query, policy);
    }
    for (FilterUse& filter : rule.filters) Count(filter.use, evidence);
  }

  // Which of the rule's filters matched; all of them where that cannot be told.
  void Filters(RuleUse& entry, const sbpl::Rule& rule, const tune::Evidence& evidence, const sbpl::Query& query,
               const sbpl::Policy& policy) {
    std::vector<sbpl::Step> steps;
    (void)policy.Explain(query, steps);
    for (const sbpl::Step& step : steps) {
      if (step.rule != &rule || step.kind != sbpl::Step::Kind::kRuleMatched || step.filter == nullptr) continue;
      const auto place = step.filter - rule.filters.data();
      if (place < 0 || static_cast<std::size_t>(place) >= entry.filters.size()) break;
      return Count(entry.filters[static_cast<std::size_t>(place)].use, evidence);
    }
    for (FilterUse& filter : entry.filters) Count(filter.use, evidence);
  }

  // Nobody knows which rule decides: all that may do so count as used.
  void Unknown(const tune::Evidence& evidence, const sbpl::Query& query, const sbpl::Policy& policy) {
    std::vector<sbpl::Step> steps;
    (void)policy.Explain(query, steps);
    std::set<std::size_t> entries;
    for (const sbpl::Step& step : steps) {
      const auto entry = step.rule == nullptr ? entry_of_.end() : entry_of_.find(step.rule);
      if (entry != entry_of_.end() && step.kind != sbpl::Step::Kind::kRuleDidNotMatch) entries.insert(entry->second);
    }
    for (const std::size_t entry : entries) {
      Count(usage_.rules[entry].use, evidence);
      for (FilterUse& filter : usage_.rules[entry].filters) Count(filter.use, evidence);
    }
  }

  void NoteRuns(const tune::Evidence& evidence) {
    usage_.runs.insert(evidence.runs.begin(), evidence.runs.end());
    if (evidence.action == access::Action::kDeny) usage_.full_runs.insert(evidence.runs.begin(), evidence.runs.end());
    if (!evidence.first_seen_ns || !evidence.last_seen_ns) return;
    usage_.first_seen_ns = std::min(usage_.first_seen_ns.value_or(*evidence.first_seen_ns), *evidence.first_seen_ns);
    usage_.last_seen_ns = std::max(usage_.last_seen_ns.value_or(*evidence.last_seen_ns), *evidence.last_seen_ns);
  }

  const UsageRequest& request_;
  sbpl::ProfileFiles& files_;
  std::optional<std::int64_t> newest_;
  Usage usage_;
  std::map<std::string, std::size_t> index_;                // by key
  std::map<const sbpl::Rule*, std::size_t> entry_of_;       // of the profile that is being asked
};

}  // namespace

sbpl::LoadOptions OptionsFor(const sbpl::LoadOptions& load, const Sample& sample) {
  sbpl::LoadOptions options = load;
  for (const auto& [name, value] : sample.parameters) options.parameters.insert_or_assign(name, value);
  return options;
}

namespace {

std::string WhatItLacks(const sbpl::LoadOptions& options, sbpl::ProfileFiles& files) {
  const std::vector<std::string> missing = sbpl::RequiredParameters(options, files);
  if (missing.empty()) return "the parameters of its runs";
  std::string lacking = "what was given; add";
  for (const std::string& name : missing) lacking += " -D " + name + "=VALUE";
  return lacking;
}

}  // namespace

base::Result<sbpl::LoadResult> LoadFor(const sbpl::LoadOptions& load, const Sample& sample, sbpl::ProfileFiles& files) {
  sbpl::LoadResult loaded = sbpl::LoadProfile(OptionsFor(load, sample), files);
  for (const base::Diagnostic& item : loaded.diagnostics.items()) {
    if (item.severity != base::Severity::kError) continue;
    return base::Fail(fmt::format("{}: {}; the profile cannot be loaded with {}", loaded.profile.sources.Where(item.range),
                                  item.message, WhatItLacks(OptionsFor(load, sample), files)));
  }
  return loaded;
}

std::optional<std::int64_t> NewestOf(std::span<const Sample> samples) {
  std::optional<std::int64_t> newest;
  for (const Sample& sample : samples) {
    for (const tune::Evidence& evidence : sample.evidence) newest = std::max(newest, evidence.last_seen_ns);
  }
  return newest;
}

bool Speaks(const tune::Evidence& evidence) { return evidence.standing == tune::Standing::kUsable; }

bool InWindow(const tune::Evidence& evidence, std::optional<std::int64_t> window_ns,
              std::optional<std::int64_t> newest_ns) {
  if (!window_ns || !newest_ns || !evidence.last_seen_ns) return true;
  return *newest_ns - *evidence.last_seen_ns <= *window_ns;
}

base::Result<Usage> MeasureUsage(const UsageRequest& request, sbpl::ProfileFiles& files) {
  SBTUNE_ASSERT(!request.samples.empty());
  return Meter(request, files).Run();
}

}  // namespace sbtune::coverage
