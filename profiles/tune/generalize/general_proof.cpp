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

// One operation of one addition, which has to be needed in some context for some want.
struct Part {
  std::size_t item = 0;
  std::size_t operation = 0;
  std::size_t want = 0;      // the witness
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
    for (std::size_t index = 0; index < claim_.wants.size(); ++index) {
      const GeneralWant& want = claim_.wants[index];
      if (asked.contains(want.want.evidence)) continue;
      const bool allowed = std::all_of(want.contexts.begin(), want.contexts.end(), [&](std::uint32_t context) {
        return after_[context].Decide(want.want.query).decision == Decision::kAllow;
      });
      if (!allowed) proof_.certificate.not_allowed.push_back(index);
    }
  }

  sbpl::Profile Without(std::uint32_t context, const std::vector<bool>& absent) const {
    const Context& where = claim_.contexts.list()[context];
    std::vector<sbpl::Addition> additions;
    for (std::size_t i = 0; i < claim_.plan.items.size(); ++i) {
      if (!absent[i]) additions.push_back(AdditionIn(claim_.plan.items[i], where, claim_.places));
    }
    std::vector<const sbpl::Addition*> chosen;
    for (const sbpl::Addition& addition : additions) chosen.push_back(&addition);
    return WithAdditions(*where.profile, chosen, Grouping::kByOperations);
  }

  // See necessity.h; here each witness has a context of its own.
  base::Status LeaveOutEach() {
    std::map<std::uint32_t, std::vector<Part>> parts;
    for (std::size_t item = 0; item < claim_.plan.items.size(); ++item) {
      const Planned& planned = claim_.plan.items[item].planned;
      proof_.returns.emplace_back(planned.wants.size(), 0);
      for (std::size_t operation = 0; operation < planned.wants.size(); ++operation) {
        const std::size_t want = planned.wants[operation].front();
        const std::uint32_t context = claim_.wants[want].contexts.front();
        proof_.returns[item][operation] = want;
        parts[context].push_back({item, operation, want, context});
      }
    }
    std::vector<Part> doubtful;
    for (const auto& [context, mine] : parts) {
      if (auto done = InContext(context, mine, doubtful); !done) return done;
    }
    std::set<std::size_t> unnecessary;
    for (const Part& part : doubtful) {
      const auto needed = FindWitness(part);
      if (!needed) return std::unexpected(needed.error());
      if (!*needed) unnecessary.insert(part.item);
    }
    proof_.certificate.not_necessary.assign(unnecessary.begin(), unnecessary.end());
    return FindDroppable();
  }

  // Many rules may be needless at once (hostile names that differ from a shape's by case alone), and one a round would
  // take as many proofs. All are left out together; those whose denials the others allow even then can go. One always can.
  base::Status FindDroppable() {
    const std::vector<std::size_t>& candidates = proof_.certificate.not_necessary;
    proof_.droppable.assign(candidates.begin(), candidates.begin() + (candidates.empty() ? 0 : 1));
    if (candidates.size() < 2) return {};
    std::vector<bool> absent(claim_.plan.items.size());
    for (const std::size_t item : candidates) absent[item] = true;
    std::map<std::uint32_t, std::vector<std::pair<std::size_t, std::size_t>>> asked;  // by context: item, want
    for (const std::size_t item : candidates) {
      for (const std::vector<std::size_t>& wants : claim_.plan.items[item].planned.wants) {
        for (const std::size_t want : wants) {
          for (const std::uint32_t context : claim_.wants[want].contexts) asked[context].emplace_back(item, want);
        }
      }
    }
    std::set<std::size_t> needed;
    for (const auto& [context, pairs] : asked) {
      const sbpl::Profile variant = Without(context, absent);
      const auto policy = sbpl::Policy::Compile(variant, claim_.options);
      if (!policy) return std::unexpected(policy.error());
      for (const auto& [item, want] : pairs) {
        if (policy->Decide(claim_.wants[want].want.query).decision != Decision::kAllow) needed.insert(item);
      }
    }
    if (needed.size() == candidates.size()) return {};
    proof_.droppable.clear();
    for (const std::size_t item : candidates) {
      if (!needed.contains(item)) proof_.droppable.push_back(item);
    }
    return {};
  }

  base::Status InContext(std::uint32_t context, const std::vector<Part>& parts, std::vector<Part>& doubtful) const {
    const std::size_t count = claim_.plan.items.size();
    const Absences absences = PlanAbsences(count);
    std::vector<bool> allowed(parts.size(), false);
    for (std::uint32_t round = 0; round < absences.rounds; ++round) {
      std::vector<bool> absent(count);
      for (std::size_t i = 0; i < count; ++i) absent[i] = ((absences.of[i] >> round) & 1) != 0;
      const sbpl::Profile variant = Without(context, absent);
      const auto policy = sbpl::Policy::Compile(variant, claim_.options);
      if (!policy) return std::unexpected(policy.error());
      for (std::size_t i = 0; i < parts.size(); ++i) {
        if (!absent[parts[i].item] || allowed[i]) continue;
        allowed[i] = policy->Decide(claim_.wants[parts[i].want].want.query).decision == Decision::kAllow;
      }
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (allowed[i]) doubtful.push_back(parts[i]);
    }
    return {};
  }

  // The first want of a part may be covered twice, where another is not: asks about each in each context.
  base::Result<bool> FindWitness(const Part& part) {
    std::vector<bool> absent(claim_.plan.items.size());
    absent[part.item] = true;
    std::map<std::uint32_t, std::vector<std::size_t>> wants;
    for (const std::size_t want : claim_.plan.items[part.item].planned.wants[part.operation]) {
      for (const std::uint32_t context : claim_.wants[want].contexts) wants[context].push_back(want);
    }
    for (const auto& [context, mine] : wants) {
      const sbpl::Profile variant = Without(context, absent);
      const auto policy = sbpl::Policy::Compile(variant, claim_.options);
      if (!policy) return std::unexpected(policy.error());
      for (const std::size_t want : mine) {
        if (policy->Decide(claim_.wants[want].want.query).decision == Decision::kAllow) continue;
        proof_.returns[part.item][part.operation] = want;
        return true;
      }
    }
    return false;
  }

  base::Status CompareRules() {
    Plan plan;
    std::vector<Want> wants;
    for (const GeneralPlanned& item : claim_.plan.items) {
      plan.push_back(item.planned);
      // With the values of the profile as it was given a literal may be a path that no run had.
      if (!item.root.empty()) plan.back().width = Width::kWide;
    }
    for (const GeneralWant& want : claim_.wants) wants.push_back(want.want);
    Certificate& certificate = proof_.certificate;
    certificate.difference = RuleDifference(claim_.profile, *profiles_.front(), plan, claim_.insertion);
    certificate.rules_as_intended = certificate.difference.empty();
    const std::vector<Probe> probes = MakeCheckSet(claim_.evidence, wants, claim_.profile, claim_.catalog);
    const sbpl::Policy& before = *claim_.contexts.list().front().policy;
    return CompareOthers({claim_.profile, before, *profiles_.front(), claim_.options, wants, plan, claim_.insertion, probes},
                         after_.front(), certificate);
  }

  // Homes that the evidence and the parameters name; and one that nobody has.
  std::set<std::string> Homes(const Context& context) const {
    std::set<std::string> homes = {"/Users/x"};
    if (const auto home = context.parameters.find("HOME"); home != context.parameters.end()) homes.insert(home->second);
    for (const GeneralWant& want : claim_.wants) {
      const std::string path = want.want.query.path.value_or("");
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
