// What a value is, and whether two are the same.
#include "profiles/scheme/equality.h"
#include "profiles/scheme/primitives.h"

namespace sbtune::scheme {
namespace {

template <Type type>
void Is(const Call& call) {
  call.machine.Return(Value::Boolean(call[0].is(type)));
}

void IsNumber(const Call& call) { call.machine.Return(Value::Boolean(call[0].is_number())); }
void IsProcedure(const Call& call) { call.machine.Return(Value::Boolean(call[0].is_procedure())); }
void IsAtom(const Call& call) { call.machine.Return(Value::Boolean(!call[0].is(Type::kPair))); }
void Not(const Call& call) { call.machine.Return(Value::Boolean(!call[0].is_true())); }

void IsEq(const Call& call) { call.machine.Return(Value::Boolean(call[0].IsSame(call[1]))); }
void IsEqv(const Call& call) { call.machine.Return(Value::Boolean(Eqv(call[0], call[1]))); }
void IsEqual(const Call& call) {
  call.machine.Return(Value::Boolean(Equal(call.machine, call[0], call[1])));
}

}  // namespace

void InstallPredicates(Machine& machine) {
  machine.Define("null?", 1, 1, Is<Type::kNil>);
  machine.Define("pair?", 1, 1, Is<Type::kPair>);
  machine.Define("boolean?", 1, 1, Is<Type::kBoolean>);
  machine.Define("symbol?", 1, 1, Is<Type::kSymbol>);
  machine.Define("string?", 1, 1, Is<Type::kString>);
  machine.Define("char?", 1, 1, Is<Type::kCharacter>);
  machine.Define("integer?", 1, 1, Is<Type::kInteger>);
  machine.Define("vector?", 1, 1, Is<Type::kVector>);
  machine.Define("macro?", 1, 1, Is<Type::kMacro>);
  machine.Define("closure?", 1, 1, Is<Type::kClosure>);
  machine.Define("port?", 1, 1, Is<Type::kPort>);
  machine.Define("input-port?", 1, 1, Is<Type::kPort>);
  machine.Define("eof-object?", 1, 1, Is<Type::kEof>);
  machine.Define("environment?", 1, 1, Is<Type::kEnvironment>);
  machine.Define("number?", 1, 1, IsNumber);
  machine.Define("real?", 1, 1, IsNumber);
  machine.Define("procedure?", 1, 1, IsProcedure);
  machine.Define("atom?", 1, 1, IsAtom);
  machine.Define("not", 1, 1, Not);
  machine.Define("eq?", 2, 2, IsEq);
  machine.Define("eqv?", 2, 2, IsEqv);
  machine.Define("equal?", 2, 2, IsEqual);
}

}  // namespace sbtune::scheme
