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
        AskAgain({}, operation, *path);
        if (filter.name != "path") AskAgain({}, operation, *path + "/x");
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
    if (want.query.path) {
      for (const std::string& path : NearPaths(*want.query.path)) AskAgain(want.query, *want.operation, path);
      Relatives(want);
      return;
    }
    for (const auto& [name, values] : want.query.facts) {
      for (const std::string& value : NearNames(values.front())) {
        sbpl::Query query = want.query;
        query.facts[name] = {value};
        query.raw_target = value;
        probes_.push_back({std::move(query)});
      }
    }
    Relatives(want);
  }

  // The same target under the operation's parent and siblings, where those take targets of the kind.
  void Relatives(const Want& want) {
    const catalog::Operation* parent = catalog_.Parent(*want.operation);
    if (parent == nullptr || !want.query.raw_target) return;
    for (const catalog::Operation& other : catalog_.operations()) {
      const bool sibling = &other != want.operation && catalog_.Parent(other) == parent && parent->name != "default";
      const bool same_kind = want.query.path ? TakesPaths(other) : other.filters == want.operation->filters;
      if ((!sibling && &other != parent) || !same_kind) continue;
      sbpl::Query query = want.query;
      query.operation = other.name;
      probes_.push_back({std::move(query)});
    }
  }

  void AskAgain(sbpl::Query query, const catalog::Operation& operation, const std::string& path) {
    query.operation = operation.name;
    query.path = path;
    query.raw_target = path;
    probes_.push_back({std::move(query)});
  }

  static std::vector<std::string> NearNames(const std::string& name) {
    if (name.empty()) return {};
    return {name + "x", name.substr(0, name.size() - 1), SwapCase(name)};
  }

  static std::vector<std::string> NearPaths(const std::string& path) {
    std::vector<std::string> near = NearNames(path);
    near.push_back(path + "/x");
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos) return near;
    near.push_back(slash == 0 ? "/" : path.substr(0, slash));
    near.push_back(path.substr(0, slash + 1) + "x");
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
