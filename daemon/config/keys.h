// The table of keys: for reading, for checking, and for the documentation. Private to daemon/config.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "daemon/config/config.h"

namespace sbtune::config {

struct TextKey {
  std::string Config::*member;
  std::string_view choices;  // "a|b|c"; empty: any text
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

}  // namespace sbtune::config
