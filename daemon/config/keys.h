// The table of keys: for reading, for checking, and for the documentation. Private to daemon/config.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "daemon/config/config.h"

namespace sbtune::config {

struct TextKey {
  std::string Config::*member;
  std::string_view choices;  // "a|b|c"; empty: a path
};
struct NumberKey {
  std::int64_t Config::*member;
  std::int64_t min;
  std::int64_t max;
};

struct Key {
  std::string_view section;
  std::string_view name;
  std::variant<TextKey, NumberKey> kind;
  std::string_view meaning;
};

[[nodiscard]] std::span<const Key> Keys();

// The keys of a [[profile]] table.
struct TextsKey {  // one text or a list of them
  std::vector<std::string> ProfileSettings::*member;
};
struct PairsKey {  // a table of texts
  std::map<std::string, std::string> ProfileSettings::*member;
};
struct ProfileTextKey {
  std::string ProfileSettings::*member;
};
struct FlagKey {
  bool ProfileSettings::*member;
};

struct ProfileKey {
  std::string_view name;
  std::variant<TextsKey, PairsKey, ProfileTextKey, FlagKey> kind;
  std::string_view meaning;
};

[[nodiscard]] std::span<const ProfileKey> ProfileKeys();

}  // namespace sbtune::config
