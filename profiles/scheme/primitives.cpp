#include "profiles/scheme/primitives.h"

#include "profiles/scheme/operands.h"

namespace sbtune::scheme {

void WrongType(const Call& call, std::size_t index, std::string_view wanted) {
  call.machine.Fail("wrong-type",
                    std::string(call.callee.name) + " needs " + std::string(wanted) + " as argument " +
                        std::to_string(index + 1) + ", not " + std::string(TypeName(call[index])),
                    call.arguments[index].range, call.machine.host().HintForWrongType(call[index]));
}

bool TakeString(const Call& call, std::size_t index, std::string_view& out) {
  if (!call[index].is(Type::kString)) {
    WrongType(call, index, "a string");
    return false;
  }
  out = call[index].string()->view();
  return call.machine.Charge(out.size() / 64);
}

bool TakeInteger(const Call& call, std::size_t index, std::int64_t& out) {
  if (!call[index].is(Type::kInteger)) {
    WrongType(call, index, "an integer");
    return false;
  }
  out = call[index].integer();
  return true;
}

bool TakeIndex(const Call& call, std::size_t index, std::size_t size, std::size_t& out) {
  std::int64_t number = 0;
  if (!TakeInteger(call, index, number)) return false;
  if (number < 0 || static_cast<std::uint64_t>(number) > size) {
    call.machine.Fail("out-of-range", std::string(call.callee.name) + ": " + std::to_string(number) +
                                          " is not between 0 and " + std::to_string(size),
                      call.arguments[index].range);
    return false;
  }
  out = static_cast<std::size_t>(number);
  return true;
}

bool TakeNumber(const Call& call, std::size_t index, double& out) {
  if (!call[index].is_number()) {
    WrongType(call, index, "a number");
    return false;
  }
  out = call[index].is(Type::kReal) ? call[index].real() : static_cast<double>(call[index].integer());
  return true;
}

bool TakeCharacter(const Call& call, std::size_t index, std::uint8_t& out) {
  if (!call[index].is(Type::kCharacter)) {
    WrongType(call, index, "a character");
    return false;
  }
  out = call[index].character();
  return true;
}

bool ListElements(Machine& machine, Value list, base::SourceRange around, std::vector<Slot>& out) {
  for (; list.is(Type::kPair); list = list.pair()->cdr) {
    if (!machine.Charge(1)) return false;
    const base::SourceRange own = list.pair()->car_range;
    out.push_back({list.pair()->car, own.source != base::kNoSource ? own : around});
  }
  return list.is_nil();
}

bool TakeList(const Call& call, std::size_t index, std::vector<Slot>& out) {
  if (ListElements(call.machine, call[index], call.arguments[index].range, out)) return true;
  WrongType(call, index, call[index].is(Type::kPair) ? "a list that ends in ()" : "a list");
  return false;
}

void ReturnString(const Call& call, std::string_view text) {
  call.machine.Return(Value(call.machine.heap().NewString(text, call.range)));
}

void InstallScheme(Machine& machine) {
  InstallControlForms(machine);
  InstallDefinitionForms(machine);
  InstallBindingForms(machine);
  InstallQuasiquote(machine);
  InstallLists(machine);
  InstallNumbers(machine);
  InstallStrings(machine);
  InstallCharacters(machine);
  InstallPredicates(machine);
  InstallControl(machine);
  InstallPorts(machine);
  InstallVectors(machine);
}

}  // namespace sbtune::scheme
