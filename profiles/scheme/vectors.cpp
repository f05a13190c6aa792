// Procedures over vectors, which are fixed once made.
#include "profiles/scheme/primitives.h"

namespace sbtune::scheme {
namespace {

Value VectorOf(Machine& machine, std::span<const Slot> slots) {
  std::vector<Value> items;
  for (const Slot& slot : slots) items.push_back(slot.value);
  return Value(machine.heap().NewVector(items));
}

void MakeVector(const Call& call) { call.machine.Return(VectorOf(call.machine, call.arguments)); }

void ListToVector(const Call& call) {
  std::vector<Slot> elements;
  if (TakeList(call, 0, elements)) call.machine.Return(VectorOf(call.machine, elements));
}

void VectorToList(const Call& call) {
  if (!call[0].is(Type::kVector)) return WrongType(call, 0, "a vector");
  std::vector<Slot> slots;
  for (const Value& item : call[0].vector()->view()) slots.push_back({item, {}});
  if (call.machine.Charge(slots.size())) call.machine.Return(call.machine.heap().List(slots));
}

void VectorLength(const Call& call) {
  if (!call[0].is(Type::kVector)) return WrongType(call, 0, "a vector");
  call.machine.Return(Value::Integer(call[0].vector()->size));
}

void VectorRef(const Call& call) {
  if (!call[0].is(Type::kVector)) return WrongType(call, 0, "a vector");
  const Vector& vector = *call[0].vector();
  std::size_t index = 0;
  if (!TakeIndex(call, 1, vector.size, index)) return;
  if (index == vector.size) {
    return call.machine.Fail("out-of-range", "vector-ref: there is no element " + std::to_string(index), call.range);
  }
  call.machine.Return(vector.items[index]);
}

}  // namespace

void InstallVectors(Machine& machine) {
  machine.Define("vector", 0, kAnyNumber, MakeVector);
  machine.Define("list->vector", 1, 1, ListToVector);
  machine.Define("vector->list", 1, 1, VectorToList);
  machine.Define("vector-length", 1, 1, VectorLength);
  machine.Define("vector-ref", 2, 2, VectorRef);
}

}  // namespace sbtune::scheme
