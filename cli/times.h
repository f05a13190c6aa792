// Times as users write and read them. UTC throughout: a time without a zone is UTC, as in logs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace sbtune::cli {

// Nanoseconds since 1970 UTC. `option` is for the error.
[[nodiscard]] base::Result<std::int64_t> ParseTime(std::string_view text, std::int64_t now_ns, std::string_view option);

// "2026-03-03T14:05:06.25Z" with as many decimals as there are (3, 6 or 9).
[[nodiscard]] std::string FormatTime(std::int64_t ns);
// "2026-03-03 14:05:06", for tables whose title says UTC; "-" where there is none.
[[nodiscard]] std::string FormatSeconds(std::optional<std::int64_t> ns);

}  // namespace sbtune::cli
