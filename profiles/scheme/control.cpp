// Procedures that call others or evaluate: apply map for-each filter eval force error.
#include "profiles/scheme/primitives.h"
#include "profiles/scheme/printer.h"

namespace sbtune::scheme {
namespace {

void Apply(const Call& call) {
  std::vector<Slot> arguments(call.arguments.begin() + 1, call.arguments.end());
  if (!arguments.empty()) {
    arguments.pop_back();
    if (!TakeList(call, call.size() - 1, arguments)) return;
  }
  call.machine.Apply(call[0], arguments, call.range);
}

// Walks the lists in step. frame.first: the procedure; frame.second: a list of (what is left of each list) in front
// of the results so far, last first; frame.number: whether the results are wanted.
enum Wanted : std::uint32_t { kNothing, kResults };

Value FinishMap(Machine& machine, Value reversed) {
  Value list = Value::Nil();
  for (; reversed.is(Type::kPair); reversed = reversed.pair()->cdr) {
    if (!machine.Charge(1)) return list;
    Pair* pair = machine.heap().Cons(reversed.pair()->car, list);
    pair->car_range = reversed.pair()->car_range;
    list = Value(pair);
  }
  return list;
}

void NextRound(Machine& machine, Frame& frame) {
  Pair& state = *frame.second.pair();
  std::vector<Slot> arguments;
  std::vector<Slot> rests;
  bool more = true;
  for (Value lists = state.car; lists.is(Type::kPair); lists = lists.pair()->cdr) {
    const Value list = lists.pair()->car;
    if (!machine.Charge(1)) return;
    if (!list.is(Type::kPair)) {
      more = false;
      break;
    }
    const base::SourceRange own = list.pair()->car_range;
    arguments.push_back({list.pair()->car, own.source != base::kNoSource ? own : frame.range});
    rests.push_back({list.pair()->cdr, {}});
  }
  if (!more) {
    return machine.Return(frame.number == kResults ? FinishMap(machine, state.cdr) : Value::Boolean(true));
  }
  state.car = machine.heap().List(rests);
  if (!arguments.empty()) frame.inner = arguments.front().range;
  const Value procedure = frame.first;
  const base::SourceRange range = frame.range;
  machine.Push(frame);
  machine.Apply(procedure, arguments, range);
}

void ResumeMap(Machine& machine, Frame& frame) {
  if (frame.number == kResults) {
    Pair& state = *frame.second.pair();
    Pair* result = machine.heap().Cons(machine.value(), state.cdr);
    result->car_range = frame.inner;
    state.cdr = Value(result);
  }
  NextRound(machine, frame);
}

template <Wanted wanted>
void Map(const Call& call) {
  std::vector<Slot> lists;
  for (std::size_t i = 1; i < call.size(); ++i) {
    if (!call[i].is(Type::kPair) && !call[i].is_nil()) return WrongType(call, i, "a list");
    lists.push_back(call.arguments[i]);
  }
  Pair* state = call.machine.heap().Cons(call.machine.heap().List(lists), Value::Nil());
  Frame frame{.resume = ResumeMap, .first = call[0], .second = Value(state), .range = call.range};
  frame.number = wanted;
  NextRound(call.machine, frame);
}

void Eval(const Call& call) {
  Environment* environment = nullptr;
  if (call.size() > 1) {
    if (!call[1].is(Type::kEnvironment) && !call[1].is_nil()) return WrongType(call, 1, "an environment");
    if (call[1].is(Type::kEnvironment)) environment = call[1].environment();
  }
  call.machine.Enter("evaluated from", call.range, nullptr);
  call.machine.Eval(call[0], call.arguments[0].range, environment);
}

void ResumeForce(Machine& machine, Frame& frame) {
  Promise& promise = *frame.first.promise();
  if (!promise.forced) {  // it may have been forced meanwhile by its own expression
    promise.value = machine.value();
    promise.forced = true;
  }
  machine.Return(promise.value);
}

void Force(const Call& call) {
  if (!call[0].is(Type::kPromise)) return call.machine.Return(call[0]);
  const Promise& promise = *call[0].promise();
  if (promise.forced) return call.machine.Return(promise.value);
  call.machine.Push({.resume = ResumeForce, .first = call[0], .range = call.range});
  call.machine.Eval(promise.value, promise.range, promise.environment);
}

// (error "message" value …): what a profile says when it gives up.
void Error(const Call& call) {
  std::string message;
  for (const Slot& argument : call.arguments) {
    if (!message.empty()) message += ' ';
    const bool first_text = message.empty() && argument.value.is(Type::kString);
    message += Print(argument.value, first_text ? PrintStyle::kDisplay : PrintStyle::kWrite, 400);
  }
  call.machine.Fail("profile-error", "the profile stops with an error: " + message, call.range);
}

// filter partition foldr walk one list. frame.first: the procedure; frame.second: a list whose car is what is left of
// the list and whose cdr is the result so far: elements kept (last first), or the value folded; frame.number: which.
enum Walk : std::uint32_t { kFilter, kPartition, kFold };

struct WalkState {  // frame.second is (rest . (kept . dropped)), or (rest . (value . ()))
  Pair& rest;
  Pair& result;
};
WalkState StateOf(const Frame& frame) { return {*frame.second.pair(), *frame.second.pair()->cdr.pair()}; }

void FinishWalk(Machine& machine, const Frame& frame) {
  const WalkState state = StateOf(frame);
  if (frame.number == kFold) return machine.Return(state.result.car);
  const Value kept = FinishMap(machine, state.result.car);
  if (frame.number == kFilter) return machine.Return(kept);
  const Slot both[] = {{kept, {}}, {FinishMap(machine, state.result.cdr), {}}};
  machine.Return(machine.heap().List(both));
}

void NextElement(Machine& machine, Frame& frame) {
  const WalkState state = StateOf(frame);
  if (!state.rest.car.is(Type::kPair)) return FinishWalk(machine, frame);
  const Pair& pair = *state.rest.car.pair();
  const base::SourceRange place = pair.car_range.source != base::kNoSource ? pair.car_range : frame.range;
  std::vector<Slot> arguments{{pair.car, place}};
  if (frame.number == kFold) arguments.insert(arguments.begin(), {state.result.car, frame.range});
  const Value procedure = frame.first;
  const base::SourceRange range = frame.range;
  machine.Push(frame);
  machine.Apply(procedure, arguments, range);
}

void ResumeWalk(Machine& machine, Frame& frame) {
  const WalkState state = StateOf(frame);
  const Pair& pair = *state.rest.car.pair();
  state.rest.car = pair.cdr;
  if (frame.number == kFold) {
    state.result.car = machine.value();
  } else if (machine.value().is_true() || frame.number == kPartition) {
    Value& list = machine.value().is_true() ? state.result.car : state.result.cdr;
    Pair* element = machine.heap().Cons(pair.car, list);
    element->car_range = pair.car_range;
    list = Value(element);
  }
  NextElement(machine, frame);
}

// (filter keep? list), (partition keep? list) -> (kept dropped), (foldr f start list), which folds from the left.
template <Walk walk>
void WalkList(const Call& call) {
  const std::size_t list = call.size() - 1;
  if (!call[list].is(Type::kPair) && !call[list].is_nil()) return WrongType(call, list, "a list");
  Heap& heap = call.machine.heap();
  Pair* result = heap.Cons(walk == kFold ? call[1] : Value::Nil(), Value::Nil());
  Frame frame{.resume = ResumeWalk, .first = call[0], .second = Value(heap.Cons(call[list], Value(result))),
              .range = call.range};
  frame.number = walk;
  NextElement(call.machine, frame);
}

void CurrentEnvironment(const Call& call) {
  Environment* environment = call.machine.environment();
  call.machine.Return(environment == nullptr ? Value::Nil() : Value(environment));
}

// A name that no profile can write, because it holds a blank.
void GenerateSymbol(const Call& call) {
  call.machine.Return(Value(call.machine.heap().Intern("generated " + std::to_string(call.machine.heap().used()))));
}

}  // namespace

void InstallControl(Machine& machine) {
  machine.Define("apply", 1, kAnyNumber, Apply);
  machine.Define("map", 2, kAnyNumber, Map<kResults>);
  machine.Define("for-each", 2, kAnyNumber, Map<kNothing>);
  machine.Define("filter", 2, 2, WalkList<kFilter>);
  machine.Define("partition", 2, 2, WalkList<kPartition>);
  machine.Define("foldr", 3, 3, WalkList<kFold>);
  machine.Define("current-environment", 0, 0, CurrentEnvironment);
  machine.Define("gensym", 0, 0, GenerateSymbol);
  machine.Define("eval", 1, 2, Eval);
  machine.Define("force", 1, 1, Force);
  machine.Define("error", 0, kAnyNumber, Error);
}

}  // namespace sbtune::scheme
