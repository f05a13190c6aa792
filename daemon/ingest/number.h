// Decimal text -> number, whole or not at all.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace sbtune::ingest {

template <typename Number>
[[nodiscard]] std::optional<Number> ToNumber(std::string_view digits) {
  Number number{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

}  // namespace sbtune::ingest
