#include "profiles/tune/generalize/placement.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace sbtune::tune {
namespace {

bool IsCanonicalFolder(std::string_view path) {
  if (!path.starts_with('/') || path.size() < 2 || path.ends_with('/')) return false;
  if (path.find("//") != std::string_view::npos || path.find("/./") != std::string_view::npos ||
      path.find("/../") != std::string_view::npos || path.ends_with("/.") || path.ends_with("/..")) {
    return false;
  }
  // Links at the top of every Mac: a filter that names them matches nothing.
  for (const std::string_view link : {"/tmp", "/var", "/etc"}) {
    if (path == link || (path.starts_with(link) && path[link.size()] == '/')) return false;
  }
  return path.find('/', 1) != std::string_view::npos;
}

}  // namespace

Placement::Placement(std::span<const RunFacts> runs, std::span<const std::string> names,
                     const catalog::Places& places) {
  roots_.push_back({"", {"/"}, false});
  by_run_.resize(runs.size());
  const std::set<std::string> sorted(names.begin(), names.end());
  for (const std::string& name : sorted) {
    std::set<std::string> values;
    for (const RunFacts& run : runs) {
      const auto found = run.parameters.find(name);
      if (found != run.parameters.end() && IsCanonicalFolder(found->second)) values.insert(found->second);
    }
    if (values.empty()) continue;
    const auto root = static_cast<std::uint32_t>(roots_.size());
    roots_.push_back({name, {values.begin(), values.end()}, places.IsOwnParameter(name)});
    for (std::size_t run = 0; run < runs.size(); ++run) {
      const auto found = runs[run].parameters.find(name);
      if (found != runs[run].parameters.end() && values.contains(found->second)) {
        by_run_[run].push_back({found->second, root});
      }
    }
    // A folder that holds what must stay closed (a home, say) is not the program's own, whatever its name.
    for (const std::string& value : values) {
      const catalog::Survey survey = places.Ask(catalog::StepsOf(value), catalog::Places::Extent::kTree,
                                                catalog::Reach::kWrite, catalog::Places::Owner::kProgram);
      if (survey.treatment.width != catalog::Width::kTree) roots_.back().own = false;
    }
  }
  for (std::vector<Prefix>& prefixes : by_run_) {
    std::sort(prefixes.begin(), prefixes.end(), [this](const Prefix& a, const Prefix& b) {
      const auto key = [this](const Prefix& prefix) {
        const std::string& name = roots_[prefix.root].parameter;
        return std::tuple(-static_cast<std::int64_t>(prefix.value.size()), name != "HOME", name);
      };
      return key(a) < key(b);
    });
  }
}

Placed Placement::Place(std::string_view path, std::uint32_t run) const {
  for (const Prefix& prefix : by_run_[run]) {
    if (path == prefix.value) return {prefix.root, ""};
    if (path.size() > prefix.value.size() && path.starts_with(prefix.value) &&
        path[prefix.value.size()] == '/') {
      return {prefix.root, path.substr(prefix.value.size() + 1)};
    }
  }
  return {0, path.starts_with('/') ? path.substr(1) : path};
}

}  // namespace sbtune::tune
