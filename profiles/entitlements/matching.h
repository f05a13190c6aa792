// Whether an entitlement grants a denied access, and which value of it: patterns of the table against evidence.
#pragma once

#include <optional>
#include <string>

#include "profiles/catalog/catalog.h"
#include "profiles/entitlements/property_list.h"
#include "profiles/entitlements/table.h"
#include "profiles/tune/evidence.h"

namespace sbtune::entitlements {

// What was accessed, as patterns see it.
struct Subject {
  const catalog::Operation* operation = nullptr;  // null: a word that no profile knows
  std::optional<std::string> text;  // "~/Downloads/x", "/usr/x", a service's or class's name
  std::string home;                 // what ~ stands for; empty where it does not
  bool is_path = false;
};

[[nodiscard]] Subject SubjectOf(const tune::Evidence& evidence, const catalog::Catalog& catalog);

[[nodiscard]] bool Covers(const Grant& grant, const Subject& subject, const catalog::Catalog& catalog);
[[nodiscard]] bool Grants(const Key& key, const Subject& subject, const catalog::Catalog& catalog);

// Whether it could grant the operation, given some target.
[[nodiscard]] bool Concerns(const Key& key, const Subject& subject, const catalog::Catalog& catalog);

// The string that must be in the key's list; nothing for kTrue, or where the target has none.
[[nodiscard]] std::optional<std::string> ListValue(const Key& key, const Subject& subject);

// The name under which the file has the key for this subject already: its own or one that grants the same.
[[nodiscard]] std::optional<std::string> HeldAs(const PropertyList& list, const Key& key, const Subject& subject);

}  // namespace sbtune::entitlements
