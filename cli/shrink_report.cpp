#include "cli/shrink_report.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/json_bytes.h"
#include "cli/times.h"
#include "core/base/text.h"

namespace sbtune::cli {

const char* const kShrinkJsonShape =
    "--json prints one object:\n"
    "  format, version  \"sbtune-shrink\", 1\n"
    "  usage            accesses = allowed + denied + unknown; by_no_rule, not_decided, out_of_window; of what is\n"
    "                   allowed runs, full_runs (where more than rules that report spoke), first_seen, last_seen\n"
    "                   (UTC, or null); rules: for each where, action, text, origin (own-form, inside, imported),\n"
    "                   accesses, occurrences, runs, first_seen, last_seen, example, filters (the same, of rules with\n"
    "                   several)\n"
    "and, without --used:\n"
    "  removals         rule (index), why (never-used, redundant), filters (indices; none: the whole rule)\n"
    "  kept             rules without use that stay: rule, why (deny, default, inside, imported, parameter,\n"
    "                   filter-inside, unreported), filters\n"
    "  not_compared     rules that may be redundant, left when there were too many to compare\n"
    "  certificate      holds, recorded, probes, closed (recorded outside the window, denied from now on)\n"
    "  diff             unified diff; empty when nothing is taken out\n";

namespace {

constexpr std::size_t kShown = 40;  // entries of a list; --json has all

constexpr const char* kNotProven =
    "Not proven: that nobody needs what was never used. What was not recorded cannot speak: rare options, errors,\n"
    "first starts, updates, other users and machines, and records that the system lost. Review, run, record again.\n";

std::string Plural(std::size_t count, std::string_view noun) {
  const std::string_view ending = count == 1 ? "" : noun.ends_with("s") ? "es" : "s";
  return fmt::format("{} {}{}", base::GroupDigits(count), noun, ending);
}

double Days(const coverage::Usage& usage) {
  return usage.first_seen_ns ? static_cast<double>(*usage.last_seen_ns - *usage.first_seen_ns) / 86'400e9 : 0;
}

class TextReport {
 public:
  TextReport(const coverage::Shrunk& shrunk, const coverage::Limits& limits)
      : shrunk_(shrunk), usage_(shrunk.usage), limits_(limits) {}

  std::string Make() {
    Summary();
    Part(coverage::Why::kNeverUsed, "\nNever used, taken out:\n");
    Part(coverage::Why::kRedundant, "\nRedundant, taken out; the profile means the same without:\n");
    if (shrunk_.not_compared > 0) {
      out_ += fmt::format("\n{} may be redundant and were not looked at: ask again with this diff applied.\n",
                          Plural(shrunk_.not_compared, "further rule"));
    }
    if (!shrunk_.removals.empty()) Proof();
    KeptRules();
    return std::move(out_);
  }

 private:
  void Summary() {
    std::size_t rules = 0, filters = 0;
    for (const coverage::Removal& removal : shrunk_.removals) {
      filters += removal.filters.size();
      if (removal.filters.empty()) ++rules;
    }
    out_ += fmt::format("{} in {} over {:.1f} days: {} allowed, {} denied, {} unknown.\n",
                        Plural(usage_.accesses, "distinct access"), Plural(usage_.runs.size(), "run"), Days(usage_),
                        base::GroupDigits(usage_.allowed), base::GroupDigits(usage_.denied),
                        base::GroupDigits(usage_.unknown));
    if (usage_.out_of_window > 0) {
      out_ += fmt::format("{} older than --window {:g} days: not counted as use.\n",
                          Plural(usage_.out_of_window, "access"), *limits_.window_days);
    }
    if (usage_.not_decided > 0) {
      out_ += fmt::format("{} more say nothing of this profile (System Policy, untrusted or ambiguous).\n",
                          base::GroupDigits(usage_.not_decided));
    }
    out_ += fmt::format("Of {}, {} and {} are taken out.\n", Plural(usage_.rules.size(), "rule"), Plural(rules, "rule"),
                        Plural(filters, "filter") + " of other rules");
  }

  const coverage::RuleUse& RuleOf(std::size_t index) const { return usage_.rules[index]; }

  void Line(std::size_t rule, const std::vector<std::uint32_t>& filters) {
    const coverage::RuleUse& use = RuleOf(rule);
    out_ += "  " + base::EscapeForTerminal(use.where) + ": ";
    if (filters.empty()) {
      out_ += base::EscapeForTerminal(use.text) + "\n";
      return;
    }
    std::vector<std::string> texts;
    for (const std::uint32_t filter : filters) texts.push_back(base::EscapeForTerminal(use.filters[filter].text));
    out_ += fmt::format("{} of its {} filters: {}\n", filters.size(), use.filters.size(), fmt::join(texts, " "));
  }

  void More(std::size_t count) {
    if (count > kShown) out_ += fmt::format("  ... and {} more; --json lists all\n", base::GroupDigits(count - kShown));
  }

  void Part(coverage::Why why, std::string_view title) {
    std::size_t count = 0;
    for (const coverage::Removal& removal : shrunk_.removals) {
      if (removal.why != why) continue;
      if (count == 0) out_ += title;
      if (++count <= kShown) Line(removal.rule, removal.filters);
    }
    More(count);
  }

  void Proof() {
    const coverage::Proof& proof = shrunk_.proof;
    out_ += fmt::format(
        "\nProven on the edited text, loaded and decided again:\n"
        "  nothing that counts and was allowed is denied: {} decided as before\n"
        "  nothing is allowed that was denied, {} near the profile's denies included\n"
        "  the rules that are left are the old ones without these, and nothing else\n",
        Plural(proof.recorded - shrunk_.closed.size(), "recorded access"), Plural(proof.probes, "question"));
    if (!shrunk_.closed.empty()) {
      out_ += fmt::format("But {} older than the window become denied:\n", Plural(shrunk_.closed.size(), "access"));
      for (std::size_t i = 0; i < std::min(kShown, shrunk_.closed.size()); ++i) {
        out_ += "  " + base::EscapeForTerminal(shrunk_.closed[i]) + "\n";
      }
      More(shrunk_.closed.size());
    }
    out_ += kNotProven;
  }

  void KeptRules() {
    std::map<coverage::Kept, std::vector<const coverage::KeptRule*>> parts;
    for (const coverage::KeptRule& kept : shrunk_.kept) parts[kept.why].push_back(&kept);
    if (parts.empty()) return;
    out_ += "\nNever used, but left:\n";
    for (const auto& [why, rules] : parts) {
      out_ += fmt::format(" {} ({}):\n", Name(why), Sentence(why));
      for (std::size_t i = 0; i < std::min(kShown, rules.size()); ++i) Line(rules[i]->rule, rules[i]->filters);
      More(rules.size());
    }
  }

  const coverage::Shrunk& shrunk_;
  const coverage::Usage& usage_;
  const coverage::Limits& limits_;
  std::string out_;
};

Json TimeOrNull(const std::optional<std::int64_t>& ns) { return ns ? Json(FormatTime(*ns)) : Json(nullptr); }

void PutUse(Json& json, const coverage::Use& use) {
  json["accesses"] = use.accesses;
  json["occurrences"] = use.occurrences;
  json["runs"] = JsonTexts({use.runs.begin(), use.runs.end()});
  json["first_seen"] = TimeOrNull(use.first_seen_ns);
  json["last_seen"] = TimeOrNull(use.last_seen_ns);
  json["example"] = use.example.empty() ? Json(nullptr) : Json(base::ToValidUtf8(use.example));
}

std::string_view OriginName(sbpl::Origin origin) {
  switch (origin) {
    case sbpl::Origin::kOwnForm: return "own-form";
    case sbpl::Origin::kInside: return "inside";
    case sbpl::Origin::kImported: return "imported";
  }
  return "own-form";
}

Json ToJson(const coverage::RuleUse& rule) {
  Json json;
  json["where"] = base::ToValidUtf8(rule.where);
  json["action"] = access::Name(rule.action);
  json["text"] = base::ToValidUtf8(rule.text);
  json["origin"] = OriginName(rule.origin);
  PutUse(json, rule.use);
  json["filters"] = Json::array();
  for (const coverage::FilterUse& filter : rule.filters) {
    Json one;
    one["text"] = base::ToValidUtf8(filter.text);
    PutUse(one, filter.use);
    json["filters"].push_back(std::move(one));
  }
  return json;
}

Json ToJson(const coverage::Usage& usage) {
  Json json;
  json["accesses"] = usage.accesses;
  json["allowed"] = usage.allowed;
  json["denied"] = usage.denied;
  json["unknown"] = usage.unknown;
  json["by_no_rule"] = usage.by_no_rule;
  json["not_decided"] = usage.not_decided;
  json["out_of_window"] = usage.out_of_window;
  json["runs"] = JsonTexts({usage.runs.begin(), usage.runs.end()});
  json["full_runs"] = JsonTexts({usage.full_runs.begin(), usage.full_runs.end()});
  json["first_seen"] = TimeOrNull(usage.first_seen_ns);
  json["last_seen"] = TimeOrNull(usage.last_seen_ns);
  json["rules"] = Json::array();
  for (const coverage::RuleUse& rule : usage.rules) json["rules"].push_back(ToJson(rule));
  return json;
}

Json Document(const coverage::Usage& usage) {
  Json json;
  json["format"] = "sbtune-shrink";
  json["version"] = 1;
  json["usage"] = ToJson(usage);
  return json;
}

}  // namespace

std::string ShrinkText(const coverage::Shrunk& shrunk, const coverage::Limits& limits) {
  return TextReport(shrunk, limits).Make();
}

std::string ShrinkJson(const coverage::Shrunk& shrunk, const std::string& diff) {
  Json json = Document(shrunk.usage);
  json["removals"] = Json::array();
  for (const coverage::Removal& removal : shrunk.removals) {
    json["removals"].push_back({{"rule", removal.rule}, {"why", Name(removal.why)}, {"filters", removal.filters}});
  }
  json["kept"] = Json::array();
  for (const coverage::KeptRule& kept : shrunk.kept) {
    json["kept"].push_back({{"rule", kept.rule}, {"why", Name(kept.why)}, {"filters", kept.filters}});
  }
  json["not_compared"] = shrunk.not_compared;
  json["certificate"] = {{"holds", shrunk.proof.holds()},
                         {"recorded", shrunk.proof.recorded},
                         {"probes", shrunk.proof.probes},
                         {"closed", JsonTexts(shrunk.closed)}};
  PutBytes(json, "diff", diff);
  return json.dump(2) + "\n";
}

render::Table UsageTable(const coverage::Usage& usage) {
  using render::Align;
  render::Table table({{"ACCESSES", Align::kRight}, {"TIMES", Align::kRight}, {"RUNS", Align::kRight},
                       {"LAST SEEN (UTC)"}, {"WHERE"}, {"RULE"}});
  const auto add = [&](const coverage::Use& use, const std::string& where, const std::string& text) {
    table.Add({base::GroupDigits(use.accesses), base::GroupDigits(use.occurrences), base::GroupDigits(use.runs.size()),
               FormatSeconds(use.last_seen_ns), where, text});
  };
  for (const coverage::RuleUse& rule : usage.rules) {
    add(rule.use, rule.where, rule.text);
    for (const coverage::FilterUse& filter : rule.filters) add(filter.use, "", "  " + filter.text);
  }
  return table;
}

std::string UsageJson(const coverage::Usage& usage) { return Document(usage).dump(2) + "\n"; }

}  // namespace sbtune::cli
