// Leaves that ask what the process was granted: extensions and entitlements.
#include <algorithm>

#include "profiles/sbpl/decide/leaves.h"

namespace sbtune::sbpl {
namespace {

using catalog::MatchKind;

// Collects NAME and NAME:VALUE of one entitlement for the value tests that follow.
void CollectEntitlement(std::string_view name, const std::vector<std::string>& from, std::vector<std::string>& into) {
  for (const std::string& held : from) {
    if (!held.starts_with(name)) continue;
    if (held.size() == name.size()) into.emplace_back("true");
    if (held.size() > name.size() && held[name.size()] == ':') into.push_back(held.substr(name.size() + 1));
  }
}

}  // namespace

// CLASS or CLASS:PATH. What is given of a class is all of it.
Truth ExtensionLeaf(const Leaf& leaf, const Subject& subject) {
  const Known known = Lookup(leaf, subject);
  Truth truth = Truth::kFalse;
  for (const std::string& name : leaf.names) {
    Truth one = known.closed ? Truth::kFalse : Truth::kUnknown;
    if (known.set != nullptr && Contains(known.set->does_not_hold, name)) one = Truth::kFalse;
    static const std::vector<std::string> kNone;
    for (const std::string& held : known.values == nullptr ? kNone : *known.values) {
      if (!held.starts_with(name)) continue;
      if (held.size() == name.size()) return Truth::kTrue;
      if (held[name.size()] != ':') continue;
      one = Truth::kFalse;
      StringTest below{MatchKind::kSubpath, held.substr(name.size() + 1), {}};
      if (subject.fold) AssignLowered(below.text, held.substr(name.size() + 1));
      if (subject.has_path && MatchesString(below, subject.path)) return Truth::kTrue;
    }
    truth = std::max(truth, one);
  }
  return truth;
}

Truth EntitlementLoadLeaf(const Leaf& leaf, Subject& subject) {
  const Known known = Lookup(leaf, subject);
  FactSet& loaded = subject.entitlement_storage;
  loaded = {};
  subject.entitlement = &loaded;
  Truth truth = known.closed ? Truth::kFalse : Truth::kUnknown;
  for (const std::string& name : leaf.names) {
    if (known.values != nullptr) CollectEntitlement(name, *known.values, loaded.holds);
    if (known.set != nullptr && Contains(known.set->does_not_hold, name)) truth = Truth::kFalse;
  }
  loaded.closed = !loaded.holds.empty() || truth == Truth::kFalse;
  if (loaded.holds.empty()) return truth;
  if (leaf.kind != Leaf::Kind::kEntitlementTrue) return Truth::kTrue;
  return Contains(loaded.holds, "true") ? Truth::kTrue : Truth::kFalse;
}

Truth EntitlementValueLeaf(const Leaf& leaf, const Subject& subject) {
  if (subject.entitlement == nullptr || !subject.entitlement->closed) return Truth::kUnknown;
  const std::vector<std::string>& values = subject.entitlement->holds;
  Truth truth = Truth::kFalse;
  for (const std::string& value : values) truth = std::max(truth, MatchesAnyTest(leaf.tests, value));
  return truth;
}

}  // namespace sbtune::sbpl
