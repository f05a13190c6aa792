// Where the entries of an XML property list stand in its text, so that an entry can be added without touching the
// rest. Reads only as much XML as that takes; whether the text is a property list at all is libplist's to say.
// Hostile input: one pass, no recursion, limits on size and depth, no document type with declarations of its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace sbtune::entitlements {

inline constexpr std::size_t kMaxPlistBytes = 4u << 20;
inline constexpr std::size_t kMaxPlistDepth = 64;

struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  bool operator==(const Span&) const = default;
};

struct OutlineEntry {
  std::string key;             // character references resolved
  Span key_element;            // <key>…</key>
  Span value_element;          // <array>…</array>, <true/>
  std::string value_name;      // "array", "true"
  Span inside;                 // of the value: between its tags; empty for <true/>
  std::vector<Span> elements;  // of an array: its items
};

struct Outline {
  Span root;         // <dict>…</dict> or <dict/>
  Span root_inside;  // between its tags; root itself for <dict/>
  bool root_is_empty_tag = false;
  std::vector<OutlineEntry> entries;
};

// The error says what is wrong and on which line.
[[nodiscard]] base::Result<Outline> ReadOutline(std::string_view text);

}  // namespace sbtune::entitlements
