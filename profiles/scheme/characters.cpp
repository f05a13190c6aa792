// Procedures over characters, which are bytes.
#include "profiles/scheme/primitives.h"

namespace sbtune::scheme {
namespace {

constexpr bool IsUpper(std::uint8_t c) { return c >= 'A' && c <= 'Z'; }
constexpr bool IsLower(std::uint8_t c) { return c >= 'a' && c <= 'z'; }
constexpr bool IsDigit(std::uint8_t c) { return c >= '0' && c <= '9'; }
constexpr bool IsLetter(std::uint8_t c) { return IsUpper(c) || IsLower(c); }
constexpr bool IsSpace(std::uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr std::uint8_t Lower(std::uint8_t c) { return IsUpper(c) ? static_cast<std::uint8_t>(c + 32) : c; }
constexpr std::uint8_t Upper(std::uint8_t c) { return IsLower(c) ? static_cast<std::uint8_t>(c - 32) : c; }

template <bool (*test)(std::uint8_t)>
void Test(const Call& call) {
  std::uint8_t c = 0;
  if (TakeCharacter(call, 0, c)) call.machine.Return(Value::Boolean(test(c)));
}

template <std::uint8_t (*change)(std::uint8_t)>
void Change(const Call& call) {
  std::uint8_t c = 0;
  if (TakeCharacter(call, 0, c)) call.machine.Return(Value::Character(change(c)));
}

template <bool (*holds)(std::uint8_t, std::uint8_t)>
void Compare(const Call& call) {
  bool all = true;
  for (std::size_t i = 1; i < call.size(); ++i) {
    std::uint8_t left = 0;
    std::uint8_t right = 0;
    if (!TakeCharacter(call, i - 1, left) || !TakeCharacter(call, i, right)) return;
    all = all && holds(left, right);
  }
  call.machine.Return(Value::Boolean(all));
}
bool Equal(std::uint8_t a, std::uint8_t b) { return a == b; }
bool Less(std::uint8_t a, std::uint8_t b) { return a < b; }
bool Greater(std::uint8_t a, std::uint8_t b) { return a > b; }
bool AtMost(std::uint8_t a, std::uint8_t b) { return a <= b; }
bool AtLeast(std::uint8_t a, std::uint8_t b) { return a >= b; }
bool EqualFolded(std::uint8_t a, std::uint8_t b) { return Lower(a) == Lower(b); }

void CharToInteger(const Call& call) {
  std::uint8_t c = 0;
  if (TakeCharacter(call, 0, c)) call.machine.Return(Value::Integer(c));
}

void IntegerToChar(const Call& call) {
  std::int64_t code = 0;
  if (!TakeInteger(call, 0, code)) return;
  if (code < 0 || code > 255) {
    return call.machine.Fail("out-of-range", "integer->char needs a number from 0 to 255", call.range);
  }
  call.machine.Return(Value::Character(static_cast<std::uint8_t>(code)));
}

}  // namespace

void InstallCharacters(Machine& machine) {
  machine.Define("char=?", 1, kAnyNumber, Compare<Equal>);
  machine.Define("char<?", 1, kAnyNumber, Compare<Less>);
  machine.Define("char>?", 1, kAnyNumber, Compare<Greater>);
  machine.Define("char<=?", 1, kAnyNumber, Compare<AtMost>);
  machine.Define("char>=?", 1, kAnyNumber, Compare<AtLeast>);
  machine.Define("char-ci=?", 1, kAnyNumber, Compare<EqualFolded>);
  machine.Define("char-alphabetic?", 1, 1, Test<IsLetter>);
  machine.Define("char-numeric?", 1, 1, Test<IsDigit>);
  machine.Define("char-whitespace?", 1, 1, Test<IsSpace>);
  machine.Define("char-upper-case?", 1, 1, Test<IsUpper>);
  machine.Define("char-lower-case?", 1, 1, Test<IsLower>);
  machine.Define("char-upcase", 1, 1, Change<Upper>);
  machine.Define("char-downcase", 1, 1, Change<Lower>);
  machine.Define("char->integer", 1, 1, CharToInteger);
  machine.Define("integer->char", 1, 1, IntegerToChar);
}

}  // namespace sbtune::scheme
