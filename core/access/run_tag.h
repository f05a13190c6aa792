// The text that `sbtune run` puts into a profile's denies as (with message "…"), so that the kernel's own record says
// which run and which rule it came from. Short, because the kernel cuts a record at 1,024 bytes.
//
//   WriteRunTag("9f86d081884c", 12) == "sbtune.9f86d081884c.12.";   ReadRunTag(*record.tag, "9f86d081884c") == 12
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sbtune::access {

// `nonce` is 12 hexadecimal digits that nobody could have known before.
[[nodiscard]] std::string WriteRunTag(std::string_view nonce, std::uint32_t number);

// Nothing when the text is another run's, or no tag, or a tag that was cut.
[[nodiscard]] std::optional<std::uint32_t> ReadRunTag(std::string_view text, std::string_view nonce);

inline constexpr std::size_t kNonceDigits = 12;
[[nodiscard]] std::string MakeNonce();  // from the system's random source

}  // namespace sbtune::access
