// SHA-256 (FIPS 180-4), for recognising files that were reviewed. Not for secrets.
//
//   Sha256Hex("abc") == "ba7816bf…15ad"   // 64 hexadecimal digits
#pragma once

#include <string>
#include <string_view>

namespace sbtune::base {

[[nodiscard]] std::string Sha256Hex(std::string_view bytes);

}  // namespace sbtune::base
