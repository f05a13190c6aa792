// Small text helpers that several rooms share. Bytes in, bytes out; nothing here knows about a locale.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sbtune::base {

// Bytes from logs and profiles are hostile: this makes them fit for a terminal. Printable ASCII and well-formed
// UTF-8 stay; control characters (C0, DEL, C1), bidirectional and line-separator characters and invalid bytes
// become \n, \t, \r, \e or \xHH; a backslash stays as it is.
[[nodiscard]] std::string EscapeForTerminal(std::string_view bytes);

// The same bytes as UTF-8 for JSON: valid text stays, each invalid byte becomes U+FFFD.
[[nodiscard]] std::string ToValidUtf8(std::string_view bytes);
[[nodiscard]] bool IsValidUtf8(std::string_view bytes);

// The candidate nearest to `word` by edit distance, if it is near enough to be a likely typo.
[[nodiscard]] std::optional<std::string_view> NearestName(std::string_view word,
                                                          std::span<const std::string_view> candidates);

// "1,234,567"
[[nodiscard]] std::string GroupDigits(std::uint64_t number);

}  // namespace sbtune::base
