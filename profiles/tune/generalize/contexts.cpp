#include "profiles/tune/generalize/contexts.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "profiles/tune/describe.h"
#include "profiles/tune/edited_files.h"

namespace sbtune::tune {

class Contexts::Maker {
 public:
  Maker(const ContextRequest& request, sbpl::ProfileFiles& files, const catalog::Catalog& catalog)
      : request_(request), files_(EditedTexts(request.profile, {}), files), catalog_(catalog) {}

  base::Result<Contexts> Make() {
    NameParameters();
    NameRuns();
    if (auto done = Load(); !done) return std::unexpected(done.error());
    for (std::uint32_t i = 0; i < result_.contexts_.size(); ++i) {
      if (auto done = SiftIn(i); !done) return std::unexpected(done.error());
    }
    Merge();
    return std::move(result_);
  }

 private:
  void NameParameters() {
    std::set<std::string> names;
    for (const auto& [name, value] : request_.load.parameters) names.insert(name);
    result_.names_.assign(names.begin(), names.end());
  }

  static const std::vector<std::string>& RunsOf(const Evidence& evidence) {
    static const std::vector<std::string> nameless = {""};
    return evidence.runs.empty() ? nameless : evidence.runs;
  }

  void NameRuns() {
    std::map<std::string, std::map<std::string, std::string>> known;
    for (const RunFacts& run : request_.runs) known[run.name] = run.parameters;
    std::set<std::string> names;
    for (const Evidence& evidence : request_.evidence) {
      if (evidence.action != access::Action::kDeny) continue;
      names.insert(RunsOf(evidence).begin(), RunsOf(evidence).end());
    }
    for (const std::string& name : names) {
      RunFacts run{name, {}};
      for (const std::string& parameter : result_.names_) {
        const auto values = known.find(name);
        const auto own = values == known.end() ? std::map<std::string, std::string>::const_iterator()
                                               : values->second.find(parameter);
        const bool has_own = values != known.end() && own != values->second.end();
        run.parameters[parameter] = has_own ? own->second : request_.load.parameters.at(parameter);
      }
      run_index_[name] = static_cast<std::uint32_t>(result_.runs_.size());
      result_.runs_.push_back(std::move(run));
    }
  }

  base::Status Load() {
    std::map<std::map<std::string, std::string>, std::uint32_t> known;
    result_.contexts_.push_back({request_.load.parameters, {}, nullptr, &request_.profile, nullptr});
    known[request_.load.parameters] = 0;
    for (std::uint32_t run = 0; run < result_.runs_.size(); ++run) {
      const auto& parameters = result_.runs_[run].parameters;
      const auto [found, fresh] = known.try_emplace(parameters, static_cast<std::uint32_t>(result_.contexts_.size()));
      if (fresh) {
        sbpl::LoadOptions load = request_.load;
        load.parameters = parameters;
        sbpl::LoadResult loaded = sbpl::LoadProfile(load, files_);
        if (!loaded.ok()) {
          return base::Fail(fmt::format("with the parameters of the run {} the profile does not load ({}); mend the run's "
                                        "parameters or leave it out",
                                        result_.runs_[run].name, FirstError(loaded)));
        }
        Context context{parameters, {}, std::make_unique<sbpl::Profile>(std::move(loaded.profile)), nullptr, nullptr};
        context.profile = context.loaded.get();
        result_.contexts_.push_back(std::move(context));
      }
      result_.contexts_[found->second].runs.push_back(run);
      context_of_.push_back(found->second);
    }
    for (Context& context : result_.contexts_) {
      auto policy = sbpl::Policy::Compile(*context.profile, request_.options);
      if (!policy) return std::unexpected(policy.error());
      context.policy = std::make_unique<sbpl::Policy>(std::move(*policy));
    }
    return {};
  }

  bool IsMetIn(std::uint32_t context, const Evidence& evidence) {
    if (evidence.action != access::Action::kDeny) return false;
    return std::any_of(RunsOf(evidence).begin(), RunsOf(evidence).end(),
                       [&](const std::string& run) { return context_of_[run_index_[run]] == context; });
  }

  base::Status SiftIn(std::uint32_t index) {
    const Context& context = result_.contexts_[index];
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < request_.evidence.size(); ++i) {
      if (IsMetIn(index, request_.evidence[i])) numbers.push_back(i);
    }
    std::vector<Evidence> mine;  // a copy, but where everything was met here
    if (numbers.size() < request_.evidence.size()) {
      for (const std::size_t number : numbers) mine.push_back(request_.evidence[number]);
    }
    const bool whole = numbers.size() == request_.evidence.size();
    auto sifted = Sift(whole ? request_.evidence : std::span<const Evidence>(mine), *context.profile, *context.policy,
                       catalog_, request_.overrides);
    if (!sifted) return std::unexpected(sifted.error());
    for (Want& want : sifted->wants) {
      want.evidence = numbers[want.evidence];
      want.after = Given(want.after, context);
      want.overridden = Given(want.overridden, context);
      if (lost_rule_) return base::Fail("an overridden rule depends on a run's parameters; suggest for that run alone");
      const std::size_t number = want.evidence;
      auto& [kept, met] = wanted_[number];
      if (met.contexts.empty()) kept = std::move(want);
      met.contexts.push_back(index);
      for (const std::string& run : RunsOf(request_.evidence[number])) {
        if (context_of_[run_index_[run]] == index) met.runs.push_back(run_index_[run]);
      }
    }
    for (Left& left : sifted->left) {
      left.evidence = numbers[left.evidence];
      left.rule = Given(left.rule, context);
      lost_rule_ = false;  // only for telling where it stands
      Keep(std::move(left));
    }
    return {};
  }

  // Of several runs' reasons the one that stands against a rule counts.
  void Keep(Left left) {
    const std::size_t number = left.evidence;
    const auto [found, fresh] = left_.try_emplace(number, left);
    if (!fresh && found->second.refusal.reason == Reason::kAlreadyAllowed) found->second = std::move(left);
  }

  // The same rule of the profile as it was given.
  const sbpl::Rule* Given(const sbpl::Rule* rule, const Context& context) {
    if (rule == nullptr || rule->implicit) return nullptr;  // an implicit one ends with its policy
    if (context.loaded == nullptr) return rule;
    const auto index = static_cast<std::size_t>(rule - context.profile->rules.data());
    const bool same = index < context.profile->rules.size() && index < request_.profile.rules.size() &&
                      context.profile->rules.size() == request_.profile.rules.size() &&
                      request_.profile.rules[index].range.offset == rule->range.offset;
    if (same) return &request_.profile.rules[index];
    lost_rule_ = true;
    return nullptr;
  }

  void Merge() {
    for (const auto& [number, left] : left_) {
      const bool allowed_there = left.refusal.reason == Reason::kAlreadyAllowed;
      if (allowed_there && wanted_.contains(number)) continue;
      wanted_.erase(number);  // what one run must not have, no rule gives
      result_.left_.push_back(left);
    }
    result_.wants_.reserve(wanted_.size());
    result_.met_.reserve(wanted_.size());
    while (!wanted_.empty()) {  // handed over one by one, so that they are never in memory twice
      auto& [want, met] = wanted_.begin()->second;
      std::sort(met.runs.begin(), met.runs.end());
      result_.wants_.push_back(std::move(want));
      result_.met_.push_back(std::move(met));
      wanted_.erase(wanted_.begin());
    }
    result_.denials_ = result_.left_.size() + result_.wants_.size();
  }

  const ContextRequest& request_;
  EditedFiles files_;
  const catalog::Catalog& catalog_;
  std::map<std::string, std::uint32_t> run_index_;
  std::vector<std::uint32_t> context_of_;  // per run
  std::map<std::size_t, std::pair<Want, Met>> wanted_;  // by evidence
  std::map<std::size_t, Left> left_;
  bool lost_rule_ = false;
  Contexts result_;
};

base::Result<Contexts> Contexts::Make(const ContextRequest& request, sbpl::ProfileFiles& files) {
  const auto catalog = catalog::Catalog::ForVersion(request.profile.macos);
  if (!catalog) return std::unexpected(catalog.error());
  return Maker(request, files, **catalog).Make();
}

std::string FirstError(const sbpl::LoadResult& loaded) {
  for (const base::Diagnostic& item : loaded.diagnostics.items()) {
    if (item.severity != base::Severity::kError) continue;
    return fmt::format("{}: {}", loaded.profile.sources.Where(item.range), item.message);
  }
  return "no reason given";
}

}  // namespace sbtune::tune
