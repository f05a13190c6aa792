#include "profiles/sbpl/edit/kinship.h"

#include <algorithm>
#include <set>

namespace sbtune::sbpl {
namespace {

// The operation and its ancestors without `default`, nearest first.
std::vector<const catalog::Operation*> Lineage(const catalog::Catalog& catalog, const catalog::Operation& operation) {
  std::vector<const catalog::Operation*> lineage;
  for (const catalog::Operation* at = &operation; at != nullptr && at->name != "default"; at = catalog.Parent(*at)) {
    lineage.push_back(at);
  }
  return lineage;
}

}  // namespace

Kinship::Kinship(const Profile& profile, const ProfileMap& map, const catalog::Catalog& catalog)
    : catalog_(catalog),
      exact_(catalog.operations().size(), Counts(profile.fragments.size())),
      families_(exact_) {
  std::vector<std::set<std::string_view>> kinds(profile.fragments.size());
  for (const Rule& rule : profile.rules) {
    const RuleHome home = map.HomeOf(rule);
    if (rule.action != access::Action::kAllow || home.origin == Origin::kImported || !home.place) continue;
    for (const RuleOperation& named : rule.operations) {
      const auto found = catalog.FindOperation(named.name);
      if (!found || found->operation == nullptr) continue;
      Note(exact_[catalog.Id(*found->operation)], *home.place);
      const auto lineage = Lineage(catalog, *found->operation);
      for (const catalog::Operation* relative : lineage) Note(families_[catalog.Id(*relative)], *home.place);
      if (!lineage.empty()) kinds[home.place->fragment].insert(lineage.back()->name);
    }
  }
  for (std::uint32_t i = 0; i < kinds.size(); ++i) {
    if (kinds[i].size() >= kinds[general_].size()) general_ = i;
  }
}

void Kinship::Note(Counts& counts, FormPlace place) {
  Count& count = counts[place.fragment];
  ++count.rules;
  count.last_form = std::max(count.last_form, place.form);
}

// The fragment with most of them, the later one at a tie.
std::optional<Kinship::Spot> Kinship::Best(const std::vector<const Counts*>& relatives) const {
  std::optional<Spot> best;
  std::uint32_t most = 0;
  for (std::uint32_t fragment = 0; fragment < exact_[0].size(); ++fragment) {
    std::uint32_t rules = 0;
    std::uint32_t last_form = 0;
    for (const Counts* counts : relatives) {
      rules += (*counts)[fragment].rules;
      last_form = std::max(last_form, (*counts)[fragment].last_form);
    }
    if (rules == 0 || rules < most) continue;
    most = rules;
    best = Spot{fragment, last_form};
  }
  return best;
}

Kinship::Spot Kinship::SpotFor(const std::vector<std::string>& operations) const {
  std::vector<std::vector<const catalog::Operation*>> lineages;
  std::size_t levels = 0;
  std::vector<const Counts*> relatives;
  for (const std::string& name : operations) {
    const auto found = catalog_.FindOperation(name);
    if (!found || found->operation == nullptr) continue;
    lineages.push_back(Lineage(catalog_, *found->operation));
    levels = std::max(levels, lineages.back().size());
    relatives.push_back(&exact_[catalog_.Id(*found->operation)]);
  }
  if (const auto spot = Best(relatives)) return *spot;
  for (std::size_t level = 0; level < levels; ++level) {
    relatives.clear();
    for (const auto& lineage : lineages) {
      if (level < lineage.size()) relatives.push_back(&families_[catalog_.Id(*lineage[level])]);
    }
    if (const auto spot = Best(relatives)) return *spot;
  }
  return {general_, std::nullopt};
}

}  // namespace sbtune::sbpl
