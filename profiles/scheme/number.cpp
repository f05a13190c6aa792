#include <charconv>
#include <cmath>

#include "profiles/scheme/reader.h"

namespace sbtune::scheme {
namespace {

// TinyScheme's decimal syntax: an optional sign, digits with at most one dot, and an exponent after a digit.
// "inf" and "nan", which from_chars would take, are symbols.
bool LooksDecimal(std::string_view token) {
  std::size_t at = token[0] == '+' || token[0] == '-' ? 1 : 0;
  bool digits = false;
  bool dot = false;
  for (; at < token.size(); ++at) {
    const char c = token[at];
    if (c >= '0' && c <= '9') {
      digits = true;
    } else if (c == '.' && !dot) {
      dot = true;
    } else {
      break;
    }
  }
  if (!digits || at == token.size()) return digits;
  if (token[at] != 'e' && token[at] != 'E') return false;
  if (++at < token.size() && (token[at] == '+' || token[at] == '-')) ++at;
  if (at == token.size()) return false;
  return token.find_first_not_of("0123456789", at) == std::string_view::npos;
}

}  // namespace

std::optional<Value> ParseNumber(std::string_view token, int base) {
  if (token.empty() || (base == 10 && !LooksDecimal(token))) return std::nullopt;
  if (token[0] == '+') token.remove_prefix(1);
  if (token.empty() || token[0] == '+') return std::nullopt;
  const char* const end = token.data() + token.size();
  std::int64_t integer = 0;
  const auto [stop, error] = std::from_chars(token.data(), end, integer, base);
  if (error == std::errc() && stop == end) return Value::Integer(integer);
  if (base != 10) return std::nullopt;
  double real = 0;
  const auto [real_stop, real_error] = std::from_chars(token.data(), end, real);
  if (real_stop != end) return std::nullopt;
  if (real_error == std::errc::result_out_of_range) return Value::Real(HUGE_VAL);
  return Value::Real(real);
}

}  // namespace sbtune::scheme
