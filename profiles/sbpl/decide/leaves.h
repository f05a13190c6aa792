// The kinds of leaves, each against one query. Private to evaluate.cpp and the leaf sources.
#pragma once

#include <string>
#include <vector>

#include "profiles/sbpl/decide/evaluate.h"

namespace sbtune::sbpl {

// The facts that one leaf asks for.
struct Known {
  const std::vector<std::string>* values = nullptr;  // those that hold
  const FactSet* set = nullptr;                      // of the user's facts: also those that do not
  bool closed = true;                                // no others hold
  bool cannot_apply = false;                         // the target is of another kind: the filter fails
};
[[nodiscard]] Known Lookup(const Leaf& leaf, const Subject& subject);
[[nodiscard]] bool Contains(const std::vector<std::string>& list, std::string_view value);
[[nodiscard]] Truth MatchesAnyTest(const std::vector<StringTest>& tests, std::string_view text);

[[nodiscard]] Truth StringLeaf(const Leaf& leaf, const Subject& subject);
[[nodiscard]] Truth MountRelativeLeaf(const Leaf& leaf, const Subject& subject);
[[nodiscard]] Truth NumberLeaf(const Leaf& leaf, const Subject& subject);  // bits too
[[nodiscard]] Truth FlagLeaf(const Leaf& leaf, const Subject& subject);
[[nodiscard]] Truth NetworkLeaf(const Leaf& leaf, const Subject& subject);
[[nodiscard]] Truth ExtensionLeaf(const Leaf& leaf, const Subject& subject);
// Leaves the entitlement's values in the subject for the tests that follow.
[[nodiscard]] Truth EntitlementLoadLeaf(const Leaf& leaf, Subject& subject);
[[nodiscard]] Truth EntitlementValueLeaf(const Leaf& leaf, const Subject& subject);

}  // namespace sbtune::sbpl
