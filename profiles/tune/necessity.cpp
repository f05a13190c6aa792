#include "profiles/tune/necessity.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace sbtune::tune {
namespace {

struct Code {
  std::uint32_t rounds = 1;
  std::uint32_t absences = 1;  // of each addition
};

// The fewest rounds in which `count` additions can get different sets of half of them.
Code CodeFor(std::size_t count) {
  for (std::uint32_t rounds = 1;; ++rounds) {
    const std::uint32_t half = (rounds + 1) / 2;
    std::uint64_t sets = 1;
    for (std::uint32_t i = 1; i <= half; ++i) sets = sets * (rounds - half + i) / i;
    if (sets >= count) return {rounds, half};
  }
}

// The next larger number with as many bits set.
std::uint64_t NextSet(std::uint64_t set) {
  const std::uint64_t lowest = set & (~set + 1);
  const std::uint64_t carried = set + lowest;
  return carried | (((set ^ carried) >> 2) / lowest);
}

struct Witness {
  std::size_t addition = 0;
  const sbpl::Query* query = nullptr;
};

std::vector<Witness> WitnessesOf(std::span<const Want> wants, const Plan& plan) {
  std::vector<Witness> witnesses;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    for (const std::vector<std::size_t>& covered : plan[i].wants) witnesses.push_back({i, &wants[covered.front()].query});
  }
  return witnesses;
}

// Whether an access can meet at most one of the operations that the plan names, and meets filters there.
bool OnOneLevel(const Plan& plan, const catalog::Catalog& catalog) {
  std::set<const catalog::Operation*> named;
  for (const Planned& planned : plan) {
    if (!planned.addition.filter) return false;
    for (const std::string& name : planned.addition.operations) {
      const catalog::Operation* operation = catalog.FindLoggedOperation(name);
      if (operation == nullptr) return false;
      named.insert(operation);
    }
  }
  return std::none_of(named.begin(), named.end(), [&](const catalog::Operation* operation) {
    while ((operation = catalog.Parent(*operation)) != nullptr) {
      if (named.contains(operation)) return true;
    }
    return false;
  });
}

// One operation, the additions that name it and their witnesses, each with the place of its addition.
struct Level {
  std::vector<const sbpl::Addition*> additions;
  std::vector<Witness> witnesses;
};

std::map<std::string, Level> LevelsOf(std::span<const Want> wants, const Plan& plan) {
  std::map<std::string, Level> levels;
  for (const Planned& planned : plan) {
    for (std::size_t i = 0; i < planned.wants.size(); ++i) {
      Level& level = levels[planned.addition.operations[i]];
      level.witnesses.push_back({level.additions.size(), &wants[planned.wants[i].front()].query});
      level.additions.push_back(&planned.addition);
    }
  }
  return levels;
}

// Whether each witness is allowed by its own addition. With these behind one another the last that matches decides.
base::Result<bool> EachDecides(const sbpl::Profile& before, const Level& level, const sbpl::PolicyOptions& options) {
  const sbpl::Profile variant = WithAdditions(before, level.additions, Grouping::kOneRuleEach);
  const auto policy = sbpl::Policy::Compile(variant, options);
  if (!policy) return std::unexpected(policy.error());
  const sbpl::Rule* added = variant.rules.data() + before.rules.size();
  return std::all_of(level.witnesses.begin(), level.witnesses.end(), [&](const Witness& witness) {
    const sbpl::Verdict verdict = policy->Decide(*witness.query);
    return verdict.decision == sbpl::Decision::kAllow && verdict.rule == added + witness.addition;
  });
}

// The quick proof for what is usual, exact additions: nothing is allowed without them, and each witness is matched by
// its own addition alone, for that one decides it both as the last and as the first of those that match. False says
// only that this proves nothing. One operation after the other: memory for all of them at once is not needed.
base::Result<bool> EachAloneAllows(const sbpl::Profile& before, std::span<const Want> wants, const Plan& plan,
                                   const sbpl::PolicyOptions& options) {
  const auto bare = sbpl::Policy::Compile(before, options);
  if (!bare) return std::unexpected(bare.error());
  if (!OnOneLevel(plan, bare->catalog())) return false;
  for (auto& [operation, level] : LevelsOf(wants, plan)) {
    const bool needed = std::none_of(level.witnesses.begin(), level.witnesses.end(), [&](const Witness& witness) {
      return bare->Decide(*witness.query).decision == sbpl::Decision::kAllow;
    });
    if (!needed) return false;
    auto decides = EachDecides(before, level, options);
    if (!decides || !*decides) return decides;
    std::reverse(level.additions.begin(), level.additions.end());
    for (Witness& witness : level.witnesses) witness.addition = level.additions.size() - 1 - witness.addition;
    decides = EachDecides(before, level, options);
    if (!decides || !*decides) return decides;
  }
  return true;
}

}  // namespace

Absences PlanAbsences(std::size_t count) {
  const Code code = CodeFor(count);
  Absences absences{code.rounds, std::vector<std::uint64_t>(count)};
  std::uint64_t set = (std::uint64_t{1} << code.absences) - 1;
  for (std::uint64_t& rounds : absences.of) {
    rounds = set;
    set = NextSet(set);
  }
  return absences;
}

base::Result<std::vector<std::size_t>> FindUnnecessary(const sbpl::Profile& before, std::span<const Want> wants,
                                                       const Plan& plan, const sbpl::PolicyOptions& options) {
  const auto alone = EachAloneAllows(before, wants, plan, options);
  if (!alone) return std::unexpected(alone.error());
  if (*alone) return std::vector<std::size_t>();
  const std::vector<Witness> witnesses = WitnessesOf(wants, plan);
  const Absences absences = PlanAbsences(plan.size());
  const std::vector<std::uint64_t>& absent = absences.of;
  std::vector<bool> unnecessary(plan.size());
  for (std::uint32_t round = 0; round < absences.rounds && !plan.empty(); ++round) {
    std::vector<const sbpl::Addition*> chosen;
    for (std::size_t i = 0; i < plan.size(); ++i) {
      if (((absent[i] >> round) & 1) == 0) chosen.push_back(&plan[i].addition);
    }
    const sbpl::Profile variant = WithAdditions(before, chosen, Grouping::kByOperations);
    const auto policy = sbpl::Policy::Compile(variant, options);
    if (!policy) return std::unexpected(policy.error());
    for (const Witness& witness : witnesses) {
      if (((absent[witness.addition] >> round) & 1) == 0) continue;
      if (policy->Decide(*witness.query).decision == sbpl::Decision::kAllow) unnecessary[witness.addition] = true;
    }
  }
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (unnecessary[i]) found.push_back(i);
  }
  return found;
}

}  // namespace sbtune::tune
