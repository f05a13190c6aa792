// From what an App Sandbox app was denied to the entitlements that grant it, as an edit of the app's own file; and
// the honest rest: what no entitlement grants, what belongs to another process, what the App Store refuses.
//
//   auto advice = Advise({list, evidence, catalog, Exceptions::kLeave});
//   advice->edit.edits …      // for UnifiedDiff
//
// Pure. The same evidence in any order gives the same answer; asking again with the edit applied proposes nothing.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "profiles/catalog/catalog.h"
#include "profiles/entitlements/plist_edit.h"
#include "profiles/entitlements/table.h"
#include "profiles/tune/evidence.h"

namespace sbtune::entitlements {

enum class Exceptions : std::uint8_t { kLeave, kPropose };  // temporary ones

struct Request {
  const PropertyList& list;
  std::span<const tune::Evidence> evidence;
  const catalog::Catalog& catalog;
  Exceptions exceptions = Exceptions::kLeave;
};

struct Suggestion {
  const Key* key = nullptr;           // of Table::BuiltIn()
  std::vector<std::string> strings;   // added to its list, sorted; none: the value is true
  std::string instead_of;             // the read-only key that it takes the place of; may be empty
  std::vector<std::size_t> evidence;  // that it covers; ascending
};

enum class Reason : std::uint8_t {
  kNoEntitlement,   // nothing grants it
  kOtherProcess,    // a process of the system was denied, not the app
  kException,       // only a temporary exception would grant it
  kAlreadyGranted,  // the file has the key
  kPlatformPolicy,  // the system's own policy denied it
  kNotUsable,       // the record proves nothing, or has more than one reading
  kNoTarget,        // the record does not say, or not in whole, what was accessed
  kUnwritable,      // no property list can carry the target
};
[[nodiscard]] std::string_view Name(Reason reason);  // "no-entitlement", …: stable, for JSON

struct Left {
  std::size_t evidence = 0;
  Reason reason = Reason::kNoEntitlement;
  std::string text;          // a sentence without full stop
  const Key* key = nullptr;  // of kException and kAlreadyGranted
};

struct Advice {
  std::size_t denials = 0;  // pieces of evidence that were asked about
  bool sandboxed = false;   // the file turns the App Sandbox on
  std::vector<Suggestion> suggestions;  // in the order of the table
  std::vector<Left> left;               // in the order of the evidence
  PlistEdit edit;

  [[nodiscard]] std::size_t covered() const { return denials - left.size(); }
};

// Fails where the file cannot be edited as intended.
[[nodiscard]] base::Result<Advice> Advise(const Request& request);

}  // namespace sbtune::entitlements
