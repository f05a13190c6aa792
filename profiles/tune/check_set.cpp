#include "profiles/tune/check_set.h"

#include <algorithm>

namespace sbtune::tune {
namespace {

bool IsBelow(const catalog::Operation& operation, const catalog::Operation& ancestor, const catalog::Catalog& catalog) {
  for (const catalog::Operation* at = &operation; at != nullptr; at = catalog.Parent(*at)) {
    if (at == &ancestor) return true;
  }
  return false;
}

bool TakesPaths(const catalog::Operation& operation) {
  return std::find(operation.filters.begin(), operation.filters.end(), "path") != operation.filters.end();
}

class Collector {
 public:
  explicit Collector(const catalog::Catalog& catalog) : catalog_(catalog) {}

  void Denies(const sbpl::Profile& profile) {
    for (const sbpl::Rule& rule : profile.rules) {
      if (rule.action != access::Action::kDeny || probes_.size() >= kMaxDenyProbes) continue;
      for (const sbpl::Filter& filter : rule.filters) DenyFilter(rule, filter);
    }
  }

  void Recorded(std::span<const Evidence> evidence, std::span<const Want> wants) {
    std::vector<bool> wanted(evidence.size());
    for (const Want& want : wants) wanted[want.evidence] = true;
    for (std::size_t i = 0; i < evidence.size(); ++i) {
      if (!wanted[i]) Ask(evidence[i].operation, evidence[i].target);
    }
  }

  void Neighbours(std::span<const Want> wants) {
    const std::size_t step = std::max<std::size_t>(1, wants.size() / kMaxNeighbourSeeds);
    for (std::size_t i = 0; i < wants.size(); i += step) NeighboursOf(wants[i]);
  }

  std::vector<Probe> Take() { return std::move(probes_); }

 private:
  void Ask(std::string_view operation, const std::optional<std::string>& target) {
    const catalog::Operation* known = catalog_.FindLoggedOperation(operation);
    if (known != nullptr) probes_.push_back({sbpl::QueryFromAccess(known->name, target)});
  }

  // A path that the filter matches, and one below it; for each operation that the rule decides.
  void DenyFilter(const sbpl::Rule& rule, const sbpl::Filter& filter) {
    for (const sbpl::Filter& inner : filter.subfilters) DenyFilter(rule, inner);
    if (filter.name != "path" && filter.name != "subpath" && filter.name != "path-prefix") return;
    for (const sbpl::Argument& argument : filter.arguments) {
      const auto* path = std::get_if<std::string>(&argument.value);
      if (path == nullptr) continue;
      for (const catalog::Operation& operation : catalog_.operations()) {
        if (!TakesPaths(operation) || !DecidedBy(rule, operation) || probes_.size() >= kMaxDenyProbes) continue;
        Ask(operation.name, *path);
        if (filter.name != "path") Ask(operation.name, *path + "/x");
      }
    }
  }

  bool DecidedBy(const sbpl::Rule& rule, const catalog::Operation& operation) const {
    return std::any_of(rule.operations.begin(), rule.operations.end(), [&](const sbpl::RuleOperation& named) {
      const auto found = catalog_.FindOperation(named.name);
      return found && found->operation != nullptr && IsBelow(operation, *found->operation, catalog_);
    });
  }

  void NeighboursOf(const Want& want) {
    for (const std::string& target : NearTargets(want)) Ask(want.operation->name, target);
    if (!want.query.raw_target) return;
    const std::string& same = want.query.path ? *want.query.path : *want.query.raw_target;
    const catalog::Operation* parent = catalog_.Parent(*want.operation);
    for (const catalog::Operation& other : catalog_.operations()) {
      if (other.filters.empty()) continue;  // it has no target
      const bool sibling = &other != want.operation && catalog_.Parent(other) == parent && parent != nullptr;
      if ((sibling && parent->name != "default") || &other == parent) Ask(other.name, same);
    }
  }

  static std::vector<std::string> NearTargets(const Want& want) {
    if (!want.query.raw_target || want.query.raw_target->empty()) return {};
    const std::string& target = want.query.path ? *want.query.path : *want.query.raw_target;
    std::vector<std::string> near = {target + "x", target.substr(0, target.size() - 1), SwapCase(target)};
    if (want.query.path) {
      near.push_back(target + "/x");
      const std::size_t slash = target.rfind('/');
      near.push_back(slash == 0 || slash == std::string::npos ? "/" : target.substr(0, slash));
      if (slash != std::string::npos) near.push_back(target.substr(0, slash + 1) + "x");
    }
    return near;
  }

  static std::string SwapCase(std::string text) {
    for (char& c : text) {
      if (c >= 'a' && c <= 'z') {
        c = static_cast<char>(c - 32);
      } else if (c >= 'A' && c <= 'Z') {
        c = static_cast<char>(c + 32);
      }
    }
    return text;
  }

  const catalog::Catalog& catalog_;
  std::vector<Probe> probes_;
};

}  // namespace

std::vector<Probe> MakeCheckSet(std::span<const Evidence> evidence, std::span<const Want> wants,
                                const sbpl::Profile& profile, const catalog::Catalog& catalog) {
  Collector collector(catalog);
  collector.Denies(profile);
  collector.Recorded(evidence, wants);
  collector.Neighbours(wants);
  return collector.Take();
}

}  // namespace sbtune::tune
