#include "profiles/tune/certificate.h"

#include <set>
#include <utility>

#include "profiles/tune/filter_key.h"
#include "profiles/tune/necessity.h"
#include "profiles/tune/rule_difference.h"

namespace sbtune::tune {
namespace {

class Certifier {
 public:
  Certifier(const Claim& claim, const sbpl::Policy& after) : claim_(claim), after_(after) {}

  base::Result<Certificate> Run(std::vector<std::size_t> unnecessary) {
    for (std::size_t i = 0; i < claim_.wants.size(); ++i) {
      if (after_.Decide(claim_.wants[i].query).decision != sbpl::Decision::kAllow) result_.not_allowed.push_back(i);
    }
    result_.not_necessary = std::move(unnecessary);
    result_.difference = RuleDifference(claim_.before, claim_.after, claim_.plan, claim_.insertion);
    result_.rules_as_intended = result_.difference.empty();
    if (auto done = Compare(); !done) return std::unexpected(done.error());
    return std::move(result_);
  }

  base::Status CompareInto(Certificate& certificate) {
    auto done = Compare();
    certificate.checked = result_.checked;
    certificate.opened = std::move(result_.opened);
    certificate.unexplained = std::move(result_.unexplained);
    return done;
  }

 private:
  base::Status Compare() {
    std::vector<const Probe*> changed;
    for (const Probe& probe : claim_.probes) {
      ++result_.checked;
      const auto was = claim_.policy_before.Decide(probe.query).decision;
      const auto is = after_.Decide(probe.query).decision;
      // From denied to unknown is no change: a probe that knows less of its target than the evidence did.
      if (was != is && (was == sbpl::Decision::kAllow || is == sbpl::Decision::kAllow)) changed.push_back(&probe);
    }
    if (changed.empty()) return {};
    return Explain(changed);
  }

  // A changed decision is the evidence itself in another spelling, or the known width of a wide addition.
  base::Status Explain(const std::vector<const Probe*>& changed) {
    std::vector<const sbpl::Addition*> wide;
    for (const Planned& planned : claim_.plan) {
      if (planned.width == Width::kWide || !planned.addition.filter) wide.push_back(&planned.addition);
    }
    const sbpl::Profile variant = WithAdditions(claim_.before, wide, Grouping::kByOperations);
    const auto policy = sbpl::Policy::Compile(variant, claim_.options);
    if (!policy) return std::unexpected(policy.error());
    const std::set<Spelling> wanted = WantedSpellings();
    std::set<std::pair<std::string, std::optional<std::string>>> told;
    for (const Probe* probe : changed) {
      if (wanted.contains(SpellingOf(probe->query))) {
        --result_.checked;  // the evidence itself
        continue;
      }
      if (!told.emplace(probe->query.operation, probe->query.raw_target).second) continue;
      const bool explained = policy->Decide(probe->query).decision == after_.Decide(probe->query).decision;
      (explained ? result_.opened : result_.unexplained).push_back({probe->query.operation, probe->query.raw_target});
    }
    return {};
  }

  using Spelling = std::pair<std::string, std::string>;  // operation, what an exact filter for it matches

  Spelling SpellingOf(const sbpl::Query& query) const {
    const catalog::Catalog& catalog = after_.catalog();
    const catalog::Operation* operation = catalog.FindLoggedOperation(query.operation);
    if (operation == nullptr) return {};
    const std::string name(operation->name);  // an operation may have several
    const auto exact = MakeExactFilter(query, *operation, catalog);
    if (!exact || !exact->filter) return {name, ""};
    return {name, MatchKey(*exact->filter, catalog, claim_.options.case_rule)};
  }

  std::set<Spelling> WantedSpellings() const {
    std::set<Spelling> spellings;
    for (const Want& want : claim_.wants) {
      if (want.exact.filter) spellings.insert(SpellingOf(want.query));
    }
    return spellings;
  }

  const Claim& claim_;
  const sbpl::Policy& after_;
  Certificate result_;
};

}  // namespace

base::Result<Certificate> Certify(const Claim& claim) {
  // First, while the edited profile's policy is not yet in memory beside those that this compiles.
  auto unnecessary = FindUnnecessary(claim.before, claim.wants, claim.plan, claim.options);
  if (!unnecessary) return std::unexpected(unnecessary.error());
  const auto after = sbpl::Policy::Compile(claim.after, claim.options);
  if (!after) return std::unexpected(after.error());
  return Certifier(claim, *after).Run(std::move(*unnecessary));
}

base::Status CompareOthers(const Claim& claim, const sbpl::Policy& after, Certificate& certificate) {
  return Certifier(claim, after).CompareInto(certificate);
}

}  // namespace sbtune::tune
