#include "tests/support/golden.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/support/command.h"
#include "tests/support/shared_data.h"

namespace sbtune::test {

void CheckGolden(std::string_view name, const std::string& actual) {
  const std::string path = std::string(SBTUNE_SOURCE_DIR) + "/tests/golden/" + std::string(name);
  if (std::getenv("SBTUNE_UPDATE_GOLDEN") != nullptr) {
    WriteFile(path, actual);
    return;
  }
  REQUIRE_MESSAGE(std::filesystem::exists(path), path << " is missing; SBTUNE_UPDATE_GOLDEN=1 writes it");
  CAPTURE(path);
  CHECK(actual == ReadFile(path));
}

std::string Visible(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '\n': out += c; break;
      case '\\': out += "\\\\"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (byte >= 0x20 && byte < 0x7F) {
          out += c;
        } else {
          out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
        }
    }
  }
  return out;
}

}  // namespace sbtune::test
