// Special forms that bind local variables: let (also named) let* letrec do.
#include "profiles/scheme/operands.h"

namespace sbtune::scheme {
namespace {

struct BindingSyntax {
  Symbol* name;
  std::optional<Slot> initial;
  std::optional<Slot> step;  // of do
  Value rest;                // what nobody will look at
};

// (name), (name value), and for do (name value step).
std::optional<BindingSyntax> ParseBinding(Machine& machine, const Slot& slot, std::string_view form) {
  Operands parts(slot.value, slot.range);
  const std::optional<Slot> name = parts.Next();
  if (!name || !name->value.is(Type::kSymbol)) {
    machine.Fail("syntax", "a binding of " + std::string(form) + " is (name value)", slot.range);
    return std::nullopt;
  }
  BindingSyntax binding{name->value.symbol(), parts.Next(), std::nullopt, {}};
  if (form == "do") binding.step = parts.Next();
  binding.rest = parts.rest();
  return binding;
}

// The names of a list of bindings, all of which must be well-formed.
std::optional<std::vector<BindingSyntax>> ParseBindings(Machine& machine, const Slot& list, std::string_view form) {
  std::vector<BindingSyntax> bindings;
  Operands items(list.value, list.range);
  while (const std::optional<Slot> item = items.Next()) {
    if (!machine.Charge(1)) return std::nullopt;
    std::optional<BindingSyntax> binding = ParseBinding(machine, *item, form);
    if (!binding) return std::nullopt;
    Operands ignored(binding->rest, item->range);
    WarnIgnored(machine, ignored, "a binding of " + std::string(form));
    bindings.push_back(*binding);
  }
  if (!items.AtEnd()) {
    machine.Fail("syntax", "the bindings of " + std::string(form) + " must be a list", list.range);
    return std::nullopt;
  }
  return bindings;
}

// Evaluates the initial values one after the other onto the slots, then calls `finish`. frame.first is the list of
// bindings, frame.number the index of the next.
void NextInitial(Machine& machine, Frame& frame, Resume finish) {
  Operands items(frame.second, frame.inner);
  while (const std::optional<Slot> item = items.Next()) {
    frame.second = items.rest();
    Operands parts(item->value, item->range);
    static_cast<void>(parts.Next());  // the name
    if (const std::optional<Slot> initial = parts.Next()) {
      machine.Push(frame);
      return machine.Eval(initial->value, initial->range, frame.environment);
    }
    machine.PushSlot({Value::Nil(), item->range});
    if (!machine.Charge(1)) return;
  }
  finish(machine, frame);
}

// The scope made of bindings (a list that was checked) and the slots of the frame.
Environment* BindSlots(Machine& machine, const Frame& frame, Environment* outer, Value bindings) {
  const std::span<const Slot> values = machine.SlotsFrom(frame.base);
  Environment* scope = machine.heap().NewEnvironment(outer, static_cast<std::uint32_t>(values.size()));
  for (std::size_t i = 0; i < values.size() && bindings.is(Type::kPair); ++i, bindings = bindings.pair()->cdr) {
    const Value binding = bindings.pair()->car;
    if (!binding.is(Type::kPair) || !binding.pair()->car.is(Type::kSymbol)) break;  // changed since it was checked
    scope->bindings[scope->count++] = {binding.pair()->car.symbol(), values[i].value};
  }
  machine.DropSlots(frame.base);
  return scope;
}

// let: frame.first is the whole operand list (bindings and body).
void FinishLet(Machine& machine, Frame& frame) {
  const Pair& operands = *frame.first.pair();
  Environment* scope = BindSlots(machine, frame, frame.environment, operands.car);
  machine.EvalBody(operands.cdr, frame.range, scope);
}

void ResumeLet(Machine& machine, Frame& frame) {
  machine.PushSlot({machine.value(), frame.range});
  NextInitial(machine, frame, FinishLet);
}

// named let: frame.first is (name bindings body …); the initial values see neither the name nor each other.
void FinishNamedLet(Machine& machine, Frame& frame) {
  Operands operands(frame.first, frame.range);
  const std::optional<Slot> name = operands.Next();
  const std::optional<Slot> list = operands.Next();
  const auto bindings = ParseBindings(machine, *list, "let");
  if (!bindings) return;
  std::vector<Slot> parameters;
  for (const BindingSyntax& binding : *bindings) parameters.push_back({Value(binding.name), list->range});
  Environment* scope = machine.heap().NewEnvironment(frame.environment, 1);
  Closure* closure = MakeClosure(machine, {machine.heap().List(parameters), list->range}, operands.rest(), scope,
                                 name->value.symbol(), frame.range);
  if (closure == nullptr) return;
  machine.heap().Define(*scope, name->value.symbol(), Value(closure));
  const std::span<const Slot> values = machine.SlotsFrom(frame.base);
  const std::vector<Slot> arguments(values.begin(), values.end());
  machine.DropSlots(frame.base);
  machine.Apply(Value(closure), arguments, frame.range);
}

void ResumeNamedLet(Machine& machine, Frame& frame) {
  machine.PushSlot({machine.value(), frame.range});
  NextInitial(machine, frame, FinishNamedLet);
}

void Let(const Form& form) {
  Operands operands(form);
  std::optional<Slot> list = operands.Next();
  const bool named = list && list->value.is(Type::kSymbol);
  if (named) list = operands.Next();
  if (!list) return SyntaxError(form, "let takes bindings and a body");
  if (!ParseBindings(form.machine, *list, "let")) return;
  Frame frame{.resume = named ? ResumeNamedLet : ResumeLet, .environment = form.environment,
              .first = form.operands, .second = list->value, .range = form.range};
  frame.inner = list->range;
  frame.base = form.machine.SlotCount();
  NextInitial(form.machine, frame, named ? FinishNamedLet : FinishLet);
}

// let*: frame.second is the bindings that are left, the first of which has just been computed. As in TinyScheme the
// first value is computed outside and all others in one scope, so that procedures from the second on may call
// themselves; Apple's application.sb does. The scope is made when frame.number is 0.
void NextSequential(Machine& machine, Frame& frame) {
  if (!frame.second.is(Type::kPair)) return machine.EvalBody(frame.first, frame.range, frame.environment);
  Operands items(frame.second, frame.inner);
  const std::optional<Slot> item = items.Next();
  const std::optional<BindingSyntax> binding = ParseBinding(machine, *item, "let*");
  if (!binding) return;
  machine.Push(frame);
  if (!binding->initial) return machine.Return(Value::Nil());
  machine.Eval(binding->initial->value, binding->initial->range, frame.environment);
}

void ResumeSequential(Machine& machine, Frame& frame) {
  Operands items(frame.second, frame.inner);
  const std::optional<BindingSyntax> binding = ParseBinding(machine, *items.Next(), "let*");
  if (!binding) return;
  if (frame.number == 0) frame.environment = machine.heap().NewEnvironment(frame.environment, 4);
  frame.number = 1;
  if (!machine.Charge(frame.environment->count / 8)) return;
  machine.heap().Define(*frame.environment, binding->name, machine.value());
  frame.second = items.rest();
  NextSequential(machine, frame);
}

void LetStar(const Form& form) {
  Operands operands(form);
  const std::optional<Slot> list = operands.Next();
  if (!list) return SyntaxError(form, "let* takes bindings and a body");
  if (!ParseBindings(form.machine, *list, "let*")) return;
  Frame frame{.resume = ResumeSequential, .environment = form.environment, .first = operands.rest(),
              .second = list->value, .range = form.range};
  frame.inner = list->range;
  if (list->value.is_nil()) {  // no bindings: a scope for definitions in the body
    frame.environment = form.machine.heap().NewEnvironment(form.environment, 0);
  }
  NextSequential(form.machine, frame);
}

// letrec: the scope exists, its variables unbound, before the values are computed in it.
void FinishLetrec(Machine& machine, Frame& frame) {
  const std::span<const Slot> values = machine.SlotsFrom(frame.base);
  for (std::size_t i = 0; i < values.size() && i < frame.number; ++i) {
    Binding& binding = frame.environment->bindings[i];
    binding.value = values[i].value;
    if (binding.value.is(Type::kClosure) && binding.value.closure()->name == nullptr) {
      binding.value.closure()->name = binding.name;
    }
  }
  machine.DropSlots(frame.base);
  machine.EvalBody(frame.first, frame.range, frame.environment);
}

void ResumeLetrec(Machine& machine, Frame& frame) {
  machine.PushSlot({machine.value(), frame.range});
  NextInitial(machine, frame, FinishLetrec);
}

void Letrec(const Form& form) {
  Operands operands(form);
  const std::optional<Slot> list = operands.Next();
  if (!list) return SyntaxError(form, "letrec takes bindings and a body");
  const auto bindings = ParseBindings(form.machine, *list, "letrec");
  if (!bindings) return;
  const auto count = static_cast<std::uint32_t>(bindings->size());
  Environment* scope = form.machine.heap().NewEnvironment(form.environment, count);
  for (const BindingSyntax& binding : *bindings) scope->bindings[scope->count++] = {binding.name, Value()};
  Frame frame{.resume = ResumeLetrec, .environment = scope, .first = operands.rest(), .second = list->value,
              .range = form.range};
  frame.inner = list->range;
  frame.base = form.machine.SlotCount();
  frame.number = count;
  NextInitial(form.machine, frame, FinishLetrec);
}

// (do ((name value step) …) (test result …) body …): frame.first is the operand list.
void DoTest(Machine& machine, const Frame& frame, Environment* scope);

void FinishDoRound(Machine& machine, Frame& frame) {
  Environment* scope = BindSlots(machine, frame, frame.environment->outer, frame.first.pair()->car);
  DoTest(machine, frame, scope);
}

// Evaluates the steps onto the slots; a variable without one keeps its value.
void NextDoStep(Machine& machine, Frame& frame) {
  Operands items(frame.second, frame.inner);
  while (const std::optional<Slot> item = items.Next()) {
    if (!machine.Charge(1)) return;
    const std::optional<BindingSyntax> binding = ParseBinding(machine, *item, "do");
    if (!binding) return;
    frame.second = items.rest();
    if (binding->step) {
      machine.Push(frame);
      return machine.Eval(binding->step->value, binding->step->range, frame.environment);
    }
    machine.PushSlot({*machine.Lookup(binding->name, frame.environment), item->range});
  }
  FinishDoRound(machine, frame);
}

void ResumeDoStep(Machine& machine, Frame& frame) {
  machine.PushSlot({machine.value(), frame.range});
  NextDoStep(machine, frame);
}

void ResumeDoBody(Machine& machine, Frame& frame) {
  frame.resume = ResumeDoStep;
  frame.base = machine.SlotCount();
  frame.second = frame.first.pair()->car;
  NextDoStep(machine, frame);
}

void ResumeDoTest(Machine& machine, Frame& frame) {
  Operands operands(frame.first, frame.range);
  static_cast<void>(operands.Next());
  const std::optional<Slot> exit = operands.Next();
  if (machine.value().is_true()) {
    return machine.EvalBody(exit->value.is(Type::kPair) ? exit->value.pair()->cdr : Value::Nil(), exit->range,
                            frame.environment);
  }
  frame.resume = ResumeDoBody;
  machine.Push(frame);
  machine.EvalBody(operands.rest(), frame.range, frame.environment);
}

void DoTest(Machine& machine, const Frame& frame, Environment* scope) {
  Operands operands(frame.first, frame.range);
  static_cast<void>(operands.Next());
  const std::optional<Slot> exit = operands.Next();
  Operands parts(exit->value, exit->range);
  const std::optional<Slot> test = parts.Next();
  if (!test) return machine.Fail("syntax", "do needs a test", exit->range);
  Frame next = frame;
  next.resume = ResumeDoTest;
  next.environment = scope;
  machine.Push(next);
  machine.Eval(test->value, test->range, scope);
}

void FinishDoStart(Machine& machine, Frame& frame) {
  Environment* scope = BindSlots(machine, frame, frame.environment, frame.first.pair()->car);
  DoTest(machine, frame, scope);
}

void ResumeDoStart(Machine& machine, Frame& frame) {
  machine.PushSlot({machine.value(), frame.range});
  NextInitial(machine, frame, FinishDoStart);
}

void Do(const Form& form) {
  Operands operands(form);
  const std::optional<Slot> list = operands.Next();
  const std::optional<Slot> exit = operands.Next();
  if (!exit) return SyntaxError(form, "do takes bindings, a test with results, and a body");
  if (!ParseBindings(form.machine, *list, "do")) return;
  Frame frame{.resume = ResumeDoStart, .environment = form.environment, .first = form.operands,
              .second = list->value, .range = form.range};
  frame.inner = list->range;
  frame.base = form.machine.SlotCount();
  NextInitial(form.machine, frame, FinishDoStart);
}

}  // namespace

void InstallBindingForms(Machine& machine) {
  machine.DefineSyntax("let", Let);
  machine.DefineSyntax("let*", LetStar);
  machine.DefineSyntax("letrec", Letrec);
  machine.DefineSyntax("letrec*", Letrec);
  machine.DefineSyntax("do", Do);
}

}  // namespace sbtune::scheme
