#include "core/access/run_tag.h"

#include <charconv>
#include <cstdio>
#include <random>

namespace sbtune::access {
namespace {

constexpr std::string_view kStart = "sbtune.";
constexpr char kEnd = '.';  // behind the number: a cut "12" must not read as 1

}  // namespace

std::string WriteRunTag(std::string_view nonce, std::uint32_t number) {
  return std::string(kStart) + std::string(nonce) + "." + std::to_string(number) + kEnd;
}

std::optional<std::uint32_t> ReadRunTag(std::string_view text, std::string_view nonce) {
  if (!text.starts_with(kStart)) return std::nullopt;
  text.remove_prefix(kStart.size());
  if (!text.starts_with(nonce)) return std::nullopt;
  text.remove_prefix(nonce.size());
  if (text.size() < 3 || text.front() != '.' || text.back() != kEnd) return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string MakeNonce() {
  std::random_device random;
  std::string nonce;
  while (nonce.size() < kNonceDigits) {
    char digits[9];
    std::snprintf(digits, sizeof digits, "%08x", random());
    nonce += digits;
  }
  return nonce.substr(0, kNonceDigits);
}

}  // namespace sbtune::access
