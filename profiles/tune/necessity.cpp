#include "profiles/tune/necessity.h"

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
  const Absences absences = PlanAbsences(plan.size());
  const std::vector<std::uint64_t>& absent = absences.of;
  struct Witness {
    std::size_t addition = 0;
    const sbpl::Query* query = nullptr;
  };
  std::vector<Witness> witnesses;
  for (std::size_t i = 0; i < plan.size(); ++i) {
    for (const std::vector<std::size_t>& covered : plan[i].wants) witnesses.push_back({i, &wants[covered.front()].query});
  }
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
