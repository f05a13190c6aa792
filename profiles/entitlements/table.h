// Which entitlement grants which access: profiles/catalog/entitlements.json, which explains its own form, read once.
//
//   for (const Key& key : Table::BuiltIn().keys) … key.name, key.meaning, key.grants
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace sbtune::entitlements {

enum class ValueKind : std::uint8_t {
  kTrue,      // <true/>
  kName,      // a list of names: the target
  kPath,      // a list of paths; a folder ends in a slash
  kHomePath,  // the same from the user's home, with a slash in front
  kGroup,     // a list of application groups
  kCloud,     // a list of iCloud containers
};

// What it takes beside the key.
enum class Standing : std::uint8_t {
  kOpen,       // any app may have it
  kChosen,     // the key alone opens nothing: the user must choose the file
  kException,  // a temporary exception: the App Store wants a reason and commonly refuses
};
[[nodiscard]] std::string_view Name(Standing standing);  // "open", "chosen", "exception": stable, for JSON

struct Grant {
  std::vector<std::string> operations;  // each with its descendants
  std::vector<std::string> targets;     // patterns; none: any target
  bool operator==(const Grant&) const = default;
};

struct Key {
  std::string name;
  std::vector<std::string> same;  // other keys that grant the same
  ValueKind value = ValueKind::kTrue;
  Standing standing = Standing::kOpen;
  std::string meaning;
  std::string needs;  // beside the key; may be empty
  std::vector<std::string> sources;  // titles
  std::vector<Grant> grants;
};

struct Nobody {  // what no entitlement grants
  Grant grant;
  std::string why;
};

struct Helper {  // a process of the system whose denials no entitlement of the app changes
  std::string process;  // glob
  std::string why;
};

struct Table {
  std::vector<Key> keys;  // narrow before wide
  std::vector<Nobody> nobody;
  std::vector<Helper> helpers;

  [[nodiscard]] static const Table& BuiltIn();
  [[nodiscard]] static base::Result<Table> Parse(std::string_view json);
  [[nodiscard]] const Key* Find(std::string_view name) const;
};

}  // namespace sbtune::entitlements
