#include "profiles/tune/plan.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include "profiles/tune/filter_key.h"

namespace sbtune::tune {
namespace {

// One operation with one filter, and all that it is for.
struct Proposal {
  const catalog::Operation* operation = nullptr;
  std::optional<sbpl::Filter> filter;
  std::string match_key;
  const sbpl::Rule* after = nullptr;
  Width width = Width::kExact;
  std::vector<std::string> opens;
  std::vector<std::size_t> wants;
};

std::size_t Depth(const catalog::Operation& operation, const catalog::Catalog& catalog) {
  std::size_t depth = 0;
  for (const catalog::Operation* at = catalog.Parent(operation); at != nullptr; at = catalog.Parent(*at)) ++depth;
  return depth;
}

std::vector<std::string> Children(const catalog::Operation& operation, const catalog::Catalog& catalog) {
  std::vector<std::string> names;
  for (const catalog::Operation& other : catalog.operations()) {
    for (const catalog::Operation* at = catalog.Parent(other); at != nullptr; at = catalog.Parent(*at)) {
      if (at != &operation) continue;
      names.emplace_back(other.name);
      break;
    }
  }
  return names;
}

// Later rules come behind this one; null comes first.
const sbpl::Rule* Later(const sbpl::Rule* a, const sbpl::Rule* b) {
  if (a == nullptr || b == nullptr) return a == nullptr ? b : a;
  return a < b ? b : a;  // both in Profile::rules
}

class Planner {
 public:
  explicit Planner(const PlanRequest& request)
      : request_(request), wants_(request.wants), profile_(request.profile), catalog_(request.catalog),
        options_(request.options) {}

  base::Result<Plan> Run() {
    Collect();
    if (auto done = DropCovered(); !done) return std::unexpected(done.error());
    Plan plan = Pack(request_.mergeable);
    if (auto done = Attribute(plan); !done) return std::unexpected(done.error());
    return plan;
  }

 private:
  void Collect() {
    std::unordered_map<std::string, std::size_t> known;  // by operation and filter
    for (std::size_t i = 0; i < wants_.size(); ++i) {
      if (request_.passed_over[i]) continue;
      const Want& want = wants_[i];
      std::string key = want.exact.filter ? MatchKey(*want.exact.filter, catalog_, options_.case_rule) : std::string();
      const auto [entry, fresh] =
          known.try_emplace(fmt::format("{} {}", want.operation->name, key), proposals_.size());
      if (fresh) proposals_.push_back(Begin(want, std::move(key)));
      Proposal& proposal = proposals_[entry->second];
      proposal.after = Later(proposal.after, want.after);
      proposal.wants.push_back(i);
    }
  }

  Proposal Begin(const Want& want, std::string key) {
    Proposal proposal{want.operation, want.exact.filter, std::move(key), nullptr, want.exact.width, want.exact.opens, {}};
    const auto [known, fresh] = children_.try_emplace(want.operation);
    if (fresh) known->second = Children(*want.operation, catalog_);
    const std::vector<std::string>& children = known->second;
    if (!children.empty()) {
      proposal.width = Width::kWide;
      proposal.opens.push_back(fmt::format("where no rule names them, on the same target also {}",
                                           fmt::join(children, ", ")));
    }
    return proposal;
  }

  // Wide proposals may allow what narrower ones are for. So they go first: without filter, of a higher operation,
  // with fewer conditions; and what follows is asked whether it is still needed. Proposals of one rank cannot
  // cover each other, so this compiles a policy for each rank at most, and none when everything is exact.
  static auto Rank(const Proposal& proposal, std::size_t depth) {
    std::size_t conditions = 0;
    if (proposal.filter) {
      conditions = std::max<std::size_t>(1, proposal.filter->subfilters.size()) + Protocol(*proposal.filter);
      if (proposal.width == Width::kExact) ++conditions;
    }
    return std::pair(proposal.filter ? depth + 1 : 0, conditions);
  }

  // "ip" is any protocol, "tcp" and "ip4" fix one thing, "tcp4" two.
  static std::size_t Protocol(const sbpl::Filter& filter) {
    if (filter.name != "local" && filter.name != "remote") return 0;
    const std::string& word = filter.arguments.front().alias;
    return (word.starts_with("ip") ? 0 : 1) + (word.ends_with('4') || word.ends_with('6') ? 1 : 0);
  }

  base::Status DropCovered() {
    std::map<std::pair<std::size_t, std::size_t>, std::vector<Proposal>> ranks;
    for (Proposal& proposal : proposals_) {
      ranks[Rank(proposal, Depth(*proposal.operation, catalog_))].push_back(std::move(proposal));
    }
    proposals_.clear();
    std::vector<std::size_t> wide;  // of proposals_: what may cover others
    for (auto& [rank, members] : ranks) {
      if (wide.empty()) {
        for (Proposal& proposal : members) proposals_.push_back(std::move(proposal));
      } else if (auto done = KeepUncovered(members, wide); !done) {
        return done;
      }
      wide.clear();
      for (std::size_t i = 0; i < proposals_.size(); ++i) {
        if (!proposals_[i].filter || proposals_[i].width == Width::kWide) wide.push_back(i);
      }
    }
    return {};
  }

  base::Status KeepUncovered(std::vector<Proposal>& members, const std::vector<std::size_t>& wide) {
    std::vector<sbpl::Addition> additions;
    for (const std::size_t i : wide) {
      additions.push_back({{std::string(proposals_[i].operation->name)}, proposals_[i].filter, nullptr});
    }
    std::vector<const sbpl::Addition*> chosen;
    for (const sbpl::Addition& addition : additions) chosen.push_back(&addition);
    const sbpl::Profile variant = WithAdditions(profile_, chosen, Grouping::kOneRuleEach);
    const auto policy = sbpl::Policy::Compile(variant, options_);
    if (!policy) return std::unexpected(policy.error());
    for (Proposal& proposal : members) {
      const auto index = AddedRule(policy->Decide(wants_[proposal.wants.front()].query), variant);
      if (!index) {
        proposals_.push_back(std::move(proposal));
        continue;
      }
      std::vector<std::size_t>& covering = proposals_[wide[*index]].wants;
      covering.insert(covering.end(), proposal.wants.begin(), proposal.wants.end());
    }
    return {};
  }

  // The operations that want one filter, in few rules: those that the profile has a rule for go there, the rest into
  // new rules, siblings (file-read-data, file-read-metadata) together.
  std::vector<std::vector<std::string>> Cover(std::vector<std::string> operations,
                                              const OperationSets& mergeable) const {
    std::vector<const std::vector<std::string>*> candidates;
    for (const std::vector<std::string>& set : mergeable) {
      if (std::includes(operations.begin(), operations.end(), set.begin(), set.end())) candidates.push_back(&set);
    }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const auto* a, const auto* b) { return a->size() > b->size(); });
    std::vector<std::vector<std::string>> sets;
    for (const std::vector<std::string>* set : candidates) {
      if (!std::includes(operations.begin(), operations.end(), set->begin(), set->end())) continue;
      std::vector<std::string> rest;
      std::set_difference(operations.begin(), operations.end(), set->begin(), set->end(), std::back_inserter(rest));
      operations = std::move(rest);
      sets.push_back(*set);
    }
    std::map<std::string_view, std::vector<std::string>> siblings;  // by parent
    for (std::string& operation : operations) siblings[FamilyOf(operation)].push_back(std::move(operation));
    for (auto& [parent, members] : siblings) sets.push_back(std::move(members));
    return sets;
  }

  // The parent, or the operation itself where that is nearly everything's.
  std::string_view FamilyOf(const std::string& name) const {
    const auto found = catalog_.FindOperation(name);
    const bool known = found && found->operation != nullptr;
    const catalog::Operation* parent = known ? catalog_.Parent(*found->operation) : nullptr;
    return parent == nullptr || parent->name == "default" || parent->name == "file*" ? name : parent->name;
  }

  // Wants that were passed over count as covered by the addition that allows them.
  base::Status Attribute(Plan& plan) const {
    if (std::find(request_.passed_over.begin(), request_.passed_over.end(), true) == request_.passed_over.end()) {
      return {};
    }
    std::vector<const sbpl::Addition*> chosen;
    for (const Planned& planned : plan) chosen.push_back(&planned.addition);
    const sbpl::Profile variant = WithAdditions(profile_, chosen, Grouping::kOneRuleEach);
    const auto policy = sbpl::Policy::Compile(variant, options_);
    if (!policy) return std::unexpected(policy.error());
    for (std::size_t i = 0; i < wants_.size(); ++i) {
      if (!request_.passed_over[i]) continue;
      if (const auto index = AddedRule(policy->Decide(wants_[i].query), variant)) {
        plan[*index].wants.front().push_back(i);
      }
    }
    return {};
  }

  // Which of the added rules allows.
  std::optional<std::size_t> AddedRule(const sbpl::Verdict& verdict, const sbpl::Profile& variant) const {
    const std::ptrdiff_t added =
        verdict.rule == nullptr ? -1 : verdict.rule - (variant.rules.data() + profile_.rules.size());
    if (verdict.decision != sbpl::Decision::kAllow || added < 0) return std::nullopt;
    return static_cast<std::size_t>(added);
  }

  struct Bundle {  // proposals for one target
    const sbpl::Rule* after = nullptr;
    std::optional<sbpl::Filter> filter;
    std::map<std::string, const Proposal*> operations;
  };

  Plan Pack(const OperationSets& mergeable) {
    std::vector<Bundle> bundles;
    std::unordered_map<std::string, std::size_t> known;
    for (const Proposal& proposal : proposals_) {
      const std::string operation(proposal.operation->name);
      // Rules without filter stay apart: each is a decision of its own.
      const std::string_view apart = proposal.filter ? std::string_view() : std::string_view(operation);
      const auto [entry, fresh] =
          known.try_emplace(fmt::format("{} {} {}", apart, fmt::ptr(proposal.after), proposal.match_key), bundles.size());
      if (fresh) bundles.push_back({proposal.after, std::nullopt, {}});
      Bundle& bundle = bundles[entry->second];
      bundle.operations.emplace(operation, &proposal);
      if (!proposal.filter) continue;
      if (!bundle.filter || ExactKey(*proposal.filter) < ExactKey(*bundle.filter)) bundle.filter = proposal.filter;
    }
    std::map<std::vector<std::string>, std::vector<std::vector<std::string>>> covers;
    Plan plan;
    for (const Bundle& bundle : bundles) {
      std::vector<std::string> operations;
      for (const auto& [name, proposal] : bundle.operations) operations.push_back(name);
      const auto [cover, fresh] = covers.try_emplace(operations);
      if (fresh) cover->second = Cover(operations, bundle.filter ? mergeable : OperationSets());
      for (const std::vector<std::string>& set : cover->second) plan.push_back(Make(bundle, set));
    }
    SortPlan(plan);
    return plan;
  }

  static Planned Make(const Bundle& bundle, const std::vector<std::string>& operations) {
    Planned planned{{operations, bundle.filter, bundle.after}, {}, Width::kExact, {}};
    for (const std::string& operation : operations) {
      const Proposal& proposal = *bundle.operations.at(operation);
      planned.wants.push_back(proposal.wants);
      if (proposal.width == Width::kWide) planned.width = Width::kWide;
      planned.opens.insert(planned.opens.end(), proposal.opens.begin(), proposal.opens.end());
    }
    std::sort(planned.opens.begin(), planned.opens.end());
    planned.opens.erase(std::unique(planned.opens.begin(), planned.opens.end()), planned.opens.end());
    return planned;
  }

  // By operations, then by filter as text: the order in which they will stand in the profile.
  static void SortPlan(Plan& plan) {
    std::vector<std::pair<std::string, std::size_t>> keys;
    for (std::size_t i = 0; i < plan.size(); ++i) {
      const auto& filter = plan[i].addition.filter;
      keys.emplace_back(filter ? SortText(*filter) : "", i);
    }
    std::sort(keys.begin(), keys.end(), [&](const auto& a, const auto& b) {
      const sbpl::Addition& left = plan[a.second].addition;
      const sbpl::Addition& right = plan[b.second].addition;
      return std::tie(left.operations, left.after, a.first) < std::tie(right.operations, right.after, b.first);
    });
    Plan sorted;
    sorted.reserve(plan.size());
    for (const auto& [key, index] : keys) sorted.push_back(std::move(plan[index]));
    plan = std::move(sorted);
  }

  // Arguments first, so that paths stand in their own order whatever their length.
  static std::string SortText(const sbpl::Filter& filter) {
    std::string text = filter.name;
    for (const sbpl::Argument& argument : filter.arguments) {
      const auto* string = std::get_if<std::string>(&argument.value);
      text += '\0' + (string != nullptr ? *string : argument.alias);
      if (const auto* number = std::get_if<std::int64_t>(&argument.value)) text += std::to_string(*number);
    }
    for (const sbpl::Filter& inner : filter.subfilters) text += '\0' + SortText(inner);
    return text;
  }

  const PlanRequest& request_;
  std::span<const Want> wants_;
  const sbpl::Profile& profile_;
  const catalog::Catalog& catalog_;
  const sbpl::PolicyOptions& options_;
  std::map<const catalog::Operation*, std::vector<std::string>> children_;  // descendants
  std::vector<Proposal> proposals_;
};

}  // namespace

base::Result<Plan> MakePlan(const PlanRequest& request) { return Planner(request).Run(); }

sbpl::Profile WithAdditions(const sbpl::Profile& profile, std::span<const sbpl::Addition* const> chosen,
                            Grouping grouping) {
  sbpl::Profile variant;
  variant.macos = profile.macos;
  variant.version = profile.version;
  variant.rules = profile.rules;
  const auto joins = [&](std::size_t i) {
    return i > 0 && grouping == Grouping::kByOperations && chosen[i]->filter && chosen[i - 1]->filter &&
           chosen[i]->operations == chosen[i - 1]->operations;
  };
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const sbpl::Addition* addition = chosen[i];
    if (!joins(i)) {
      sbpl::Rule rule;
      rule.action = access::Action::kAllow;
      for (const std::string& operation : addition->operations) rule.operations.push_back({operation, operation, {}});
      std::size_t end = i + 1;
      while (end < chosen.size() && joins(end)) ++end;
      rule.filters.reserve(end - i);
      variant.rules.push_back(std::move(rule));
    }
    if (addition->filter) variant.rules.back().filters.push_back(*addition->filter);
  }
  return variant;
}

}  // namespace sbtune::tune
