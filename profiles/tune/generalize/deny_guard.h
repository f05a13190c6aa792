// Whether a wide filter would let through something that a deny of the profile is meant to stop. An explicit deny
// is never overridden without being asked for by name; where it cannot be told, the answer is yes.
//
//   DenyGuard guard(profile, catalog);
//   if (guard.Meets("file-read-data", filter, "/")) … stay with literals …
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/profile.h"
#include "profiles/tune/generalize/general_rule.h"

namespace sbtune::tune {

class DenyGuard {
 public:
  // The profile must outlive the guard. Only denies with filters count: an unconditional one gives way to every
  // rule with a filter.
  DenyGuard(const sbpl::Profile& profile, const catalog::Catalog& catalog, const catalog::Places& places);

  // `value`: of the filter's root, where the profile was loaded.
  [[nodiscard]] bool Meets(std::string_view operation, const PathFilter& filter, std::string_view value);
  // The same of a filter on names: (global-name-prefix "com.example."), (sysctl-name-regex #"^kern\.x[0-9]+$").
  [[nodiscard]] bool MeetsName(std::string_view operation, const sbpl::Filter& wide);
  // Whether any deny with a filter concerns the operation.
  [[nodiscard]] bool HasDenies(std::string_view operation);

 private:
  const std::vector<const sbpl::Filter*>& DeniesFor(std::string_view operation);

  const sbpl::Profile* profile_;
  const catalog::Catalog* catalog_;
  const catalog::Places* places_;
  std::map<std::string, std::vector<const sbpl::Filter*>, std::less<>> denies_;
};

}  // namespace sbtune::tune
