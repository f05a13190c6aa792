// Arithmetic: integers of 64 bits that turn into reals when they overflow, and reals.
#include <cmath>
#include <limits>

#include "profiles/scheme/primitives.h"
#include "profiles/scheme/printer.h"
#include "profiles/scheme/reader.h"

namespace sbtune::scheme {
namespace {

enum class Operator { kAdd, kSubtract, kMultiply, kDivide };

double AsReal(const Value& value) {
  return value.is(Type::kReal) ? value.real() : static_cast<double>(value.integer());
}

Value Combine(Operator op, const Value& left, const Value& right) {
  if (left.is(Type::kInteger) && right.is(Type::kInteger)) {
    const std::int64_t a = left.integer();
    const std::int64_t b = right.integer();
    std::int64_t result = 0;
    switch (op) {
      case Operator::kAdd:
        if (!__builtin_add_overflow(a, b, &result)) return Value::Integer(result);
        break;
      case Operator::kSubtract:
        if (!__builtin_sub_overflow(a, b, &result)) return Value::Integer(result);
        break;
      case Operator::kMultiply:
        if (!__builtin_mul_overflow(a, b, &result)) return Value::Integer(result);
        break;
      case Operator::kDivide:
        if (b != -1 && a % b == 0) return Value::Integer(a / b);
        break;
    }
  }
  const double a = AsReal(left);
  const double b = AsReal(right);
  switch (op) {
    case Operator::kAdd: return Value::Real(a + b);
    case Operator::kSubtract: return Value::Real(a - b);
    case Operator::kMultiply: return Value::Real(a * b);
    case Operator::kDivide: return Value::Real(a / b);
  }
  return Value::Nil();
}

bool CheckNumbers(const Call& call) {
  if (!call.machine.Charge(call.size())) return false;
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (!call[i].is_number()) {
      WrongType(call, i, "a number");
      return false;
    }
  }
  return true;
}

template <Operator op>
void Arithmetic(const Call& call) {
  if (!CheckNumbers(call)) return;
  constexpr bool kInverse = op == Operator::kSubtract || op == Operator::kDivide;
  const Value neutral = Value::Integer(op == Operator::kAdd || op == Operator::kSubtract ? 0 : 1);
  const bool from_first = kInverse && call.size() > 1;
  Value result = from_first ? call[0] : neutral;
  for (std::size_t i = from_first ? 1 : 0; i < call.size(); ++i) {
    if (op == Operator::kDivide && AsReal(call[i]) == 0) {
      return call.machine.Fail("division-by-zero", "division by zero", call.range);
    }
    result = Combine(op, result, call[i]);
  }
  call.machine.Return(result);
}

enum class Division { kQuotient, kRemainder, kModulo };

template <Division division>
void Divide(const Call& call) {
  std::int64_t a = 0;
  std::int64_t b = 0;
  if (!TakeInteger(call, 0, a) || !TakeInteger(call, 1, b)) return;
  if (b == 0) return call.machine.Fail("division-by-zero", "division by zero", call.range);
  if (b == -1) {  // the one quotient that overflows
    const Value quotient = Combine(Operator::kSubtract, Value::Integer(0), Value::Integer(a));
    return call.machine.Return(division == Division::kQuotient ? quotient : Value::Integer(0));
  }
  if (division == Division::kQuotient) return call.machine.Return(Value::Integer(a / b));
  std::int64_t rest = a % b;
  if (division == Division::kModulo && rest != 0 && (rest < 0) != (b < 0)) rest += b;
  call.machine.Return(Value::Integer(rest));
}

enum class Order { kEqual, kLess, kGreater, kAtMost, kAtLeast };

template <typename T>
bool Holds(Order order, T a, T b) {
  switch (order) {
    case Order::kEqual: return a == b;
    case Order::kLess: return a < b;
    case Order::kGreater: return a > b;
    case Order::kAtMost: return a <= b;
    case Order::kAtLeast: return a >= b;
  }
  return false;
}

template <Order order>
void Compare(const Call& call) {
  if (!CheckNumbers(call)) return;
  for (std::size_t i = 1; i < call.size(); ++i) {
    const Value left = call[i - 1];
    const Value right = call[i];
    const bool integers = left.is(Type::kInteger) && right.is(Type::kInteger);
    const bool holds = integers ? Holds(order, left.integer(), right.integer())
                                : Holds(order, AsReal(left), AsReal(right));
    if (!holds) return call.machine.Return(Value::Boolean(false));
  }
  call.machine.Return(Value::Boolean(true));
}

template <Order order>
void CompareWithZero(const Call& call) {
  double number = 0;
  if (TakeNumber(call, 0, number)) call.machine.Return(Value::Boolean(Holds(order, number, 0.0)));
}

template <int parity>
void HasParity(const Call& call) {
  std::int64_t number = 0;
  if (TakeInteger(call, 0, number)) call.machine.Return(Value::Boolean((number & 1) == parity));
}

template <Order order>
void Extreme(const Call& call) {
  if (!CheckNumbers(call)) return;
  Value best = call[0];
  for (std::size_t i = 1; i < call.size(); ++i) {
    if (Holds(order, AsReal(call[i]), AsReal(best))) best = call[i];
  }
  call.machine.Return(best);
}

void Absolute(const Call& call) {
  if (!CheckNumbers(call)) return;
  if (AsReal(call[0]) >= 0) return call.machine.Return(call[0]);
  call.machine.Return(Combine(Operator::kSubtract, Value::Integer(0), call[0]));
}

using Rounding = double (*)(double);
template <Rounding rounding>
void Round(const Call& call) {
  double number = 0;
  if (!TakeNumber(call, 0, number)) return;
  call.machine.Return(call[0].is(Type::kInteger) ? call[0] : Value::Real(rounding(number)));
}
double Floor(double number) { return std::floor(number); }
double Ceiling(double number) { return std::ceil(number); }
double Truncate(double number) { return std::trunc(number); }
double Nearest(double number) { return std::nearbyint(number); }  // halves to even, the default mode

void NumberToString(const Call& call) {
  if (!CheckNumbers(call)) return;
  std::int64_t base = 10;
  if (call.size() > 1 && !TakeInteger(call, 1, base)) return;
  if (base != 2 && base != 8 && base != 10 && base != 16) {
    return call.machine.Fail("out-of-range", "number->string knows the bases 2, 8, 10 and 16", call.range);
  }
  ReturnString(call, FormatNumber(call[0], static_cast<int>(base)));
}

void StringToNumber(const Call& call) {
  std::string_view text;
  std::int64_t base = 10;
  if (!TakeString(call, 0, text) || (call.size() > 1 && !TakeInteger(call, 1, base))) return;
  if (base != 2 && base != 8 && base != 10 && base != 16) {
    return call.machine.Fail("out-of-range", "string->number knows the bases 2, 8, 10 and 16", call.range);
  }
  const std::optional<Value> number = ParseNumber(text, static_cast<int>(base));
  if (number) return call.machine.Return(*number);
  call.machine.Fail("not-a-number", "string->number: this is not a number", call.arguments[0].range);  // as TinyScheme
}

template <int step>
void Step(const Call& call) {
  if (CheckNumbers(call)) call.machine.Return(Combine(Operator::kAdd, call[0], Value::Integer(step)));
}

void Differ(const Call& call) {
  if (!CheckNumbers(call)) return;
  const bool integers = call[0].is(Type::kInteger) && call[1].is(Type::kInteger);
  call.machine.Return(Value::Boolean(integers ? call[0].integer() != call[1].integer()
                                              : AsReal(call[0]) != AsReal(call[1])));
}

void ExactToInexact(const Call& call) {
  double number = 0;
  if (TakeNumber(call, 0, number)) call.machine.Return(Value::Real(number));
}

void InexactToExact(const Call& call) {
  double number = 0;
  if (!TakeNumber(call, 0, number)) return;
  constexpr double kLimit = 9.2e18;  // within 64 bits
  if (call[0].is(Type::kInteger) || std::trunc(number) != number || std::fabs(number) > kLimit) {
    return call.machine.Return(call[0]);
  }
  call.machine.Return(Value::Integer(static_cast<std::int64_t>(number)));
}

enum class Bits { kAnd, kOr, kXor };

template <Bits bits>
void Bitwise(const Call& call) {
  std::int64_t result = bits == Bits::kAnd ? -1 : 0;
  for (std::size_t i = 0; i < call.size(); ++i) {
    std::int64_t number = 0;
    if (!TakeInteger(call, i, number)) return;
    if (bits == Bits::kAnd) result &= number;
    if (bits == Bits::kOr) result |= number;
    if (bits == Bits::kXor) result ^= number;
  }
  call.machine.Return(Value::Integer(result));
}

}  // namespace

void InstallNumbers(Machine& machine) {
  machine.Define("+", 0, kAnyNumber, Arithmetic<Operator::kAdd>);
  machine.Define("-", 1, kAnyNumber, Arithmetic<Operator::kSubtract>);
  machine.Define("*", 0, kAnyNumber, Arithmetic<Operator::kMultiply>);
  machine.Define("/", 1, kAnyNumber, Arithmetic<Operator::kDivide>);
  machine.Define("quotient", 2, 2, Divide<Division::kQuotient>);
  machine.Define("remainder", 2, 2, Divide<Division::kRemainder>);
  machine.Define("modulo", 2, 2, Divide<Division::kModulo>);
  machine.Define("=", 1, kAnyNumber, Compare<Order::kEqual>);
  machine.Define("<", 1, kAnyNumber, Compare<Order::kLess>);
  machine.Define(">", 1, kAnyNumber, Compare<Order::kGreater>);
  machine.Define("<=", 1, kAnyNumber, Compare<Order::kAtMost>);
  machine.Define(">=", 1, kAnyNumber, Compare<Order::kAtLeast>);
  machine.Define("<>", 2, 2, Differ);
  machine.Define("succ", 1, 1, Step<1>);
  machine.Define("pred", 1, 1, Step<-1>);
  machine.Define("zero?", 1, 1, CompareWithZero<Order::kEqual>);
  machine.Define("positive?", 1, 1, CompareWithZero<Order::kGreater>);
  machine.Define("negative?", 1, 1, CompareWithZero<Order::kLess>);
  machine.Define("odd?", 1, 1, HasParity<1>);
  machine.Define("even?", 1, 1, HasParity<0>);
  machine.Define("max", 1, kAnyNumber, Extreme<Order::kGreater>);
  machine.Define("min", 1, kAnyNumber, Extreme<Order::kLess>);
  machine.Define("abs", 1, 1, Absolute);
  machine.Define("floor", 1, 1, Round<Floor>);
  machine.Define("ceiling", 1, 1, Round<Ceiling>);
  machine.Define("truncate", 1, 1, Round<Truncate>);
  machine.Define("round", 1, 1, Round<Nearest>);
  machine.Define("number->string", 1, 2, NumberToString);
  machine.Define("string->number", 1, 2, StringToNumber);
  machine.Define("exact->inexact", 1, 1, ExactToInexact);
  machine.Define("inexact->exact", 1, 1, InexactToExact);
  machine.Define("bitwise-and", 0, kAnyNumber, Bitwise<Bits::kAnd>);
  machine.Define("bitwise-or", 0, kAnyNumber, Bitwise<Bits::kOr>);
  machine.Define("bitwise-xor", 0, kAnyNumber, Bitwise<Bits::kXor>);
}

}  // namespace sbtune::scheme
