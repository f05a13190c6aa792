// Procedures over lists.
#include <algorithm>

#include "profiles/scheme/equality.h"
#include "profiles/scheme/primitives.h"

namespace sbtune::scheme {
namespace {

void Cons(const Call& call) {
  Pair* pair = call.machine.heap().Cons(call[0], call[1]);
  pair->car_range = call.arguments[0].range;
  call.machine.Return(Value(pair));
}

// car, cdr and their compositions: the context is the path, applied from its end ("ad" is cadr).
void Access(const Call& call) {
  const std::string_view path(static_cast<const char*>(call.callee.context));
  Value value = call[0];
  for (std::size_t i = path.size(); i > 0; --i) {
    if (!value.is(Type::kPair)) {
      return call.machine.Fail("wrong-type",
                               std::string(call.callee.name) + " reaches " + std::string(TypeName(value)) +
                                   " where it needs a list that is not empty",
                               call.arguments[0].range);
    }
    value = path[i - 1] == 'a' ? value.pair()->car : value.pair()->cdr;
  }
  call.machine.Return(value);
}

void List(const Call& call) { call.machine.Return(call.machine.heap().List(call.arguments)); }

// (list* a b rest), also cons*
void ListStar(const Call& call) {
  Value list = call[call.size() - 1];
  for (std::size_t i = call.size() - 1; i > 0; --i) {
    Pair* pair = call.machine.heap().Cons(call[i - 1], list);
    pair->car_range = call.arguments[i - 1].range;
    list = Value(pair);
  }
  call.machine.Return(list);
}

void IsList(const Call& call) {
  Value list = call[0];
  for (; list.is(Type::kPair); list = list.pair()->cdr) {
    if (!call.machine.Charge(1)) return;
  }
  call.machine.Return(Value::Boolean(list.is_nil()));
}

void Length(const Call& call) {
  std::vector<Slot> elements;
  if (!TakeList(call, 0, elements)) return;
  call.machine.Return(Value::Integer(static_cast<std::int64_t>(elements.size())));
}

Value Prepend(Machine& machine, const std::vector<Slot>& elements, Value tail) {
  for (std::size_t i = elements.size(); i > 0; --i) {
    if (!machine.Charge(1)) return tail;
    Pair* pair = machine.heap().Cons(elements[i - 1].value, tail);
    pair->car_range = elements[i - 1].range;
    tail = Value(pair);
  }
  return tail;
}

// As in Scheme the last argument may be anything and is shared.
void Append(const Call& call) {
  if (call.size() == 0) return call.machine.Return(Value::Nil());
  Value result = call[call.size() - 1];
  for (std::size_t i = call.size() - 1; i > 0; --i) {
    std::vector<Slot> elements;
    if (!TakeList(call, i - 1, elements)) return;
    result = Prepend(call.machine, elements, result);
  }
  call.machine.Return(result);
}

void Reverse(const Call& call) {
  std::vector<Slot> elements;
  if (!TakeList(call, 0, elements)) return;
  std::reverse(elements.begin(), elements.end());
  call.machine.Return(Prepend(call.machine, elements, Value::Nil()));
}

void ListTail(const Call& call) {
  std::int64_t count = 0;
  if (!TakeInteger(call, 1, count)) return;
  Value list = call[0];
  for (std::int64_t i = 0; i < count; ++i) {
    if (!call.machine.Charge(1)) return;
    if (!list.is(Type::kPair)) {
      return call.machine.Fail("out-of-range", std::string(call.callee.name) + ": the list has fewer than " +
                                                   std::to_string(call.callee.name == "list-ref" ? count + 1 : count) + " elements",
                               call.range);
    }
    list = list.pair()->cdr;
  }
  if (call.callee.name != "list-ref") return call.machine.Return(list);
  if (!list.is(Type::kPair)) {
    return call.machine.Fail("out-of-range", "list-ref: the list has no element " + std::to_string(count),
                             call.range);
  }
  call.machine.Return(list.pair()->car);
}

void LastPair(const Call& call) {
  if (!call[0].is(Type::kPair)) return WrongType(call, 0, "a list that is not empty");
  Value list = call[0];
  while (list.pair()->cdr.is(Type::kPair)) {
    if (!call.machine.Charge(1)) return;
    list = list.pair()->cdr;
  }
  call.machine.Return(list);
}

// (take list n): a list of the first n elements.
void Take(const Call& call) {
  std::vector<Slot> elements;
  std::size_t count = 0;
  if (!TakeList(call, 0, elements) || !TakeIndex(call, 1, elements.size(), count)) return;
  elements.resize(count);
  call.machine.Return(Prepend(call.machine, elements, Value::Nil()));
}

void Acons(const Call& call) {
  Heap& heap = call.machine.heap();
  call.machine.Return(Value(heap.Cons(Value(heap.Cons(call[0], call[1])), call[2])));
}

using Same = bool (*)(Machine& machine, const Value& left, const Value& right);
bool SameEq(Machine&, const Value& left, const Value& right) { return left.IsSame(right); }
bool SameEqv(Machine&, const Value& left, const Value& right) { return Eqv(left, right); }

// memq memv member: the rest of the list from the element on, else #f.
template <Same same>
void Member(const Call& call) {
  for (Value list = call[1]; list.is(Type::kPair); list = list.pair()->cdr) {
    if (!call.machine.Charge(1)) return;
    if (same(call.machine, call[0], list.pair()->car)) return call.machine.Return(list);
  }
  call.machine.Return(Value::Boolean(false));
}

// assq assv assoc: the first pair of the list with that car, else #f.
template <Same same>
void Association(const Call& call) {
  for (Value list = call[1]; list.is(Type::kPair); list = list.pair()->cdr) {
    if (!call.machine.Charge(1)) return;
    const Value entry = list.pair()->car;
    if (!entry.is(Type::kPair)) {
      return call.machine.Fail("wrong-type", std::string(call.callee.name) + " needs a list of pairs, one element is " +
                                                 std::string(TypeName(entry)), call.arguments[1].range);
    }
    if (same(call.machine, call[0], entry.pair()->car)) return call.machine.Return(entry);
  }
  call.machine.Return(Value::Boolean(false));
}

}  // namespace

void InstallLists(Machine& machine) {
  machine.Define("cons", 2, 2, Cons);
  for (const char* path : {"a",    "d",    "aa",   "ad",   "da",   "dd",   "aaa",  "aad",  "ada",  "add",
                           "daa",  "dad",  "dda",  "ddd",  "aaaa", "aaad", "aada", "aadd", "adaa", "adad",
                           "adda", "addd", "daaa", "daad", "dada", "dadd", "ddaa", "ddad", "ddda", "dddd"}) {
    machine.Define("c" + std::string(path) + "r", 1, 1, Access, path);
  }
  machine.Define("list", 0, kAnyNumber, List);
  machine.Define("list*", 1, kAnyNumber, ListStar);
  machine.Define("cons*", 1, kAnyNumber, ListStar);
  machine.Define("list?", 1, 1, IsList);
  machine.Define("length", 1, 1, Length);
  machine.Define("append", 0, kAnyNumber, Append);
  machine.Define("reverse", 1, 1, Reverse);
  machine.Define("list-tail", 2, 2, ListTail);
  machine.Define("list-ref", 2, 2, ListTail);
  machine.Define("drop", 2, 2, ListTail);
  machine.Define("take", 2, 2, Take);
  machine.Define("last-pair", 1, 1, LastPair);
  machine.Define("acons", 3, 3, Acons);
  machine.Define("memq", 2, 2, Member<SameEq>);
  machine.Define("memv", 2, 2, Member<SameEqv>);
  machine.Define("member", 2, 2, Member<Equal>);
  machine.Define("assq", 2, 2, Association<SameEq>);
  machine.Define("assv", 2, 2, Association<SameEqv>);
  machine.Define("assoc", 2, 2, Association<Equal>);
}

}  // namespace sbtune::scheme
