#include "profiles/tune/generalize/general_proof.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "profiles/tune/check_set.h"
#include "profiles/tune/necessity.h"
#include "profiles/tune/rule_difference.h"

namespace sbtune::tune {
namespace {

using sbpl::Decision;

// A want that may show that a part is needed: denied without it, in a context.
struct Witness {
  Part part;
  std::size_t want = 0;
  std::uint32_t context = 0;
};

class Prover {
 public:
  Prover(const GeneralClaim& claim, sbpl::ProfileFiles& files) : claim_(claim), files_(files) {}

  base::Result<GeneralProof> Run() {
    if (auto done = LoadAfter(); !done) return std::unexpected(done.error());
    AskWants();
    if (auto done = LeaveOutEach(); !done) return std::unexpected(done.error());
    if (auto done = CompareRules(); !done) return std::unexpected(done.error());
    AskForbidden();
    return std::move(proof_);
  }

 private:
  std::span<const Want> Wants() const { return claim_.contexts.wants(); }
  const std::vector<std::uint32_t>& ContextsOf(std::size_t want) const { return claim_.contexts.met()[want].contexts; }

  base::Status LoadAfter() {
    for (const Context& context : claim_.contexts.list()) {
      sbpl::LoadOptions load = claim_.load;
      load.parameters = context.parameters;
      sbpl::LoadResult loaded = sbpl::LoadProfile(load, files_);
      if (!loaded.ok()) {
        return base::Fail(fmt::format("nothing is proposed: the edited profile would not load ({}); please report this",
                                      FirstError(loaded)));
      }
      profiles_.push_back(std::make_unique<sbpl::Profile>(std::move(loaded.profile)));
      auto policy = sbpl::Policy::Compile(*profiles_.back(), claim_.options);
      if (!policy) return std::unexpected(policy.error());
      after_.push_back(std::move(*policy));
    }
    return {};
  }

  void AskWants() {
    // Whatever is not asked about counts as covered, also where no item names it any more (see FindDroppable).
    std::set<std::size_t> asked;
    for (const Left& left : claim_.plan.asked) asked.insert(left.evidence);
    for (std::size_t index = 0; index < Wants().size(); ++index) {
      const Want& want = Wants()[index];
      if (asked.contains(want.evidence)) continue;
      const std::vector<std::uint32_t>& contexts = ContextsOf(index);
      const bool allowed = std::all_of(contexts.begin(), contexts.end(), [&](std::uint32_t context) {
        return after_[context].Decide(want.query).decision == Decision::kAllow;
      });
      if (!allowed) proof_.certificate.not_allowed.push_back(index);
    }
  }

  template <typename IsAbsent>
  sbpl::Profile Without(std::uint32_t context, const IsAbsent& is_absent) const {
    const Context& where = claim_.contexts.list()[context];
    std::vector<sbpl::Addition> additions;
    for (std::size_t item = 0; item < claim_.plan.items.size(); ++item) {
      const std::vector<std::string>& operations = claim_.plan.items[item].planned.addition.operations;
      std::vector<std::string> present;
      for (std::size_t operation = 0; operation < operations.size(); ++operation) {
        if (!is_absent(Part{item, operation})) present.push_back(operations[operation]);
      }
      if (present.empty()) continue;
      additions.push_back(AdditionIn(claim_.plan.items[item], where, claim_.places));
      additions.back().operations = std::move(present);
    }
    std::vector<const sbpl::Addition*> chosen;
    for (const sbpl::Addition& addition : additions) chosen.push_back(&addition);
    return WithAdditions(*where.profile, chosen, Grouping::kByOperations);
  }

  // See necessity.h; here each witness has a context of its own. The first want of a part may be covered twice where
  // another is not: for the parts that it does not show to be needed, all of their wants are asked.
  base::Status LeaveOutEach() {
    std::vector<Witness> firsts;
    for (std::size_t item = 0; item < claim_.plan.items.size(); ++item) {
      const Planned& planned = claim_.plan.items[item].planned;
      proof_.returns.emplace_back(planned.wants.size(), 0);
      for (std::size_t operation = 0; operation < planned.wants.size(); ++operation) {
        const std::size_t want = planned.wants[operation].front();
        proof_.returns[item][operation] = want;
        firsts.push_back({{item, operation}, want, ContextsOf(want).front()});
      }
    }
    auto doubtful = Unshown(firsts);
    if (!doubtful) return std::unexpected(doubtful.error());
    auto needless = Unshown(WitnessesOf(*doubtful));
    if (!needless) return std::unexpected(needless.error());
    std::set<std::size_t> items;
    for (const Part& part : *needless) items.insert(part.item);
    proof_.certificate.not_necessary.assign(items.begin(), items.end());
    return FindDroppable(*needless);
  }

  std::vector<Witness> WitnessesOf(const std::set<Part>& parts) const {
    std::vector<Witness> witnesses;
    for (const Part& part : parts) {
      for (const std::size_t want : claim_.plan.items[part.item].planned.wants[part.operation]) {
        for (const std::uint32_t context : ContextsOf(want)) witnesses.push_back({part, want, context});
      }
    }
    return witnesses;
  }

  // The parts of which no witness is denied without them.
  base::Result<std::set<Part>> Unshown(const std::vector<Witness>& witnesses) {
    std::map<std::uint32_t, std::vector<const Witness*>> by_context;
    std::set<Part> unshown;
    for (const Witness& witness : witnesses) {
      by_context[witness.context].push_back(&witness);
      unshown.insert(witness.part);
    }
    for (const auto& [context, mine] : by_context) {
      const auto allowed = AllowedWithout(context, mine);
      if (!allowed) return std::unexpected(allowed.error());
      for (std::size_t i = 0; i < mine.size(); ++i) {
        const Part& part = mine[i]->part;
        if ((*allowed)[i] || unshown.erase(part) == 0) continue;
        proof_.returns[part.item][part.operation] = mine[i]->want;
      }
    }
    return unshown;
  }

  // For each witness whether it stays allowed when the item of its part alone is left out.
  base::Result<std::vector<bool>> AllowedWithout(std::uint32_t context, const std::vector<const Witness*>& witnesses) const {
    const std::size_t count = claim_.plan.items.size();
    const Absences absences = PlanAbsences(count);
    std::vector<bool> allowed(witnesses.size(), false);
    for (std::uint32_t round = 0; round < absences.rounds; ++round) {
      const auto absent = [&](std::size_t item) { return ((absences.of[item] >> round) & 1) != 0; };
      const sbpl::Profile variant = Without(context, [&](const Part& part) { return absent(part.item); });
      const auto policy = sbpl::Policy::Compile(variant, claim_.options);
      if (!policy) return std::unexpected(policy.error());
      for (std::size_t i = 0; i < witnesses.size(); ++i) {
        if (!absent(witnesses[i]->part.item) || allowed[i]) continue;
        allowed[i] = policy->Decide(Wants()[witnesses[i]->want].query).decision == Decision::kAllow;
      }
    }
    return allowed;
  }

  // Many may be needless at once (hostile names that differ from a shape's by case alone), and one a round would take as
  // many proofs. All are left out together; those whose denials the rest allows even then can go, else the first can.
  base::Status FindDroppable(const std::set<Part>& needless) {
    if (needless.empty()) return {};
    std::map<std::uint32_t, std::vector<Witness>> by_context;
    for (const Witness& witness : WitnessesOf(needless)) by_context[witness.context].push_back(witness);
    std::set<Part> free = needless;
    for (const auto& [context, mine] : by_context) {
      const sbpl::Profile variant = Without(context, [&](const Part& part) { return needless.contains(part); });
      const auto policy = sbpl::Policy::Compile(variant, claim_.options);
      if (!policy) return std::unexpected(policy.error());
      for (const Witness& witness : mine) {
        if (policy->Decide(Wants()[witness.want].query).decision != Decision::kAllow) free.erase(witness.part);
      }
    }
    if (free.empty()) free.insert(*needless.begin());
    proof_.droppable.assign(free.begin(), free.end());
    return {};
  }

  base::Status CompareRules() {
    Plan plan;
    for (const GeneralPlanned& item : claim_.plan.items) {
      plan.push_back(item.planned);
      // With the values of the profile as it was given a literal may be a path that no run had.
      if (!item.root.empty()) plan.back().width = Width::kWide;
    }
    Certificate& certificate = proof_.certificate;
    certificate.difference = RuleDifference(claim_.profile, *profiles_.front(), plan, claim_.insertion);
    certificate.rules_as_intended = certificate.difference.empty();
    const std::vector<Probe> probes = MakeCheckSet(claim_.evidence, Wants(), claim_.profile, claim_.catalog);
    const sbpl::Policy& before = *claim_.contexts.list().front().policy;
    return CompareOthers({claim_.profile, before, *profiles_.front(), claim_.options, Wants(), plan, claim_.insertion, probes},
                         after_.front(), certificate);
  }

  // Homes that the evidence and the parameters name; and one that nobody has.
  std::set<std::string> Homes(const Context& context) const {
    std::set<std::string> homes = {"/Users/x"};
    if (const auto home = context.parameters.find("HOME"); home != context.parameters.end()) homes.insert(home->second);
    for (const Want& want : Wants()) {
      const std::string path = want.query.path.value_or("");
      const std::size_t end = path.find('/', 7);
      if (path.starts_with("/Users/") && end != std::string::npos) homes.insert(path.substr(0, end));
    }
    return homes;
  }

  std::set<std::string> OwnFolders(const Context& context) const {
    std::set<std::string> folders = {"/private/tmp/x"};
    for (const auto& [parameter, value] : context.parameters) {
      if (claim_.places.IsOwnParameter(parameter)) folders.insert(value);
    }
    return folders;
  }

  void AskForbidden() {
    constexpr std::pair<catalog::Reach, std::string_view> kWays[] = {{catalog::Reach::kRead, "file-read-data"},
                                                                     {catalog::Reach::kWrite, "file-write-data"},
                                                                     {catalog::Reach::kWrite, "file-write-create"},
                                                                     {catalog::Reach::kRun, "process-exec*"}};
    std::set<std::string> forbidden;
    for (std::size_t i = 0; i < after_.size(); ++i) {
      const Context& context = claim_.contexts.list()[i];
      for (const auto& [reach, operation] : kWays) {
        for (const std::string& path : claim_.places.Examples(reach, Homes(context), OwnFolders(context))) {
          ++proof_.certificate.checked;
          const sbpl::Query query = sbpl::QueryFromAccess(operation, path);
          if (after_[i].Decide(query).decision != Decision::kAllow) continue;
          if (context.policy->Decide(query).decision == Decision::kAllow) continue;
          forbidden.insert(fmt::format("{} {}", operation, path));
        }
      }
    }
    proof_.forbidden.assign(forbidden.begin(), forbidden.end());
  }

  const GeneralClaim& claim_;
  sbpl::ProfileFiles& files_;
  std::vector<std::unique_ptr<sbpl::Profile>> profiles_;  // edited, per context
  std::vector<sbpl::Policy> after_;                       // of these
  GeneralProof proof_;
};

}  // namespace

base::Result<GeneralProof> ProveGeneral(const GeneralClaim& claim, sbpl::ProfileFiles& files) {
  return Prover(claim, files).Run();
}

}  // namespace sbtune::tune
