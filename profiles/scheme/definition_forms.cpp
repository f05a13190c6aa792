// Special forms that name things: define set! lambda macro.
#include "profiles/scheme/operands.h"

namespace sbtune::scheme {

Closure* MakeClosure(Machine& machine, Slot parameters, Value body, Environment* environment, Symbol* name,
                     base::SourceRange range) {
  std::vector<Symbol*> names;
  Symbol* rest = nullptr;
  Value list = parameters.value;
  for (; list.is(Type::kPair); list = list.pair()->cdr) {
    if (!machine.Charge(1)) return nullptr;
    if (!list.pair()->car.is(Type::kSymbol)) {
      machine.Fail("syntax", "a parameter must be a name, this is " + std::string(TypeName(list.pair()->car)),
                   parameters.range);
      return nullptr;
    }
    names.push_back(list.pair()->car.symbol());
  }
  if (list.is(Type::kSymbol)) {
    rest = list.symbol();
  } else if (!list.is_nil()) {
    machine.Fail("syntax", "parameters must be names", parameters.range);
    return nullptr;
  }
  const std::span<Symbol*> kept = machine.heap().NewArray(std::span<Symbol* const>(names));
  return machine.heap().New(Closure{kept.data(), static_cast<std::uint32_t>(kept.size()), rest, body, environment,
                                    name, range});
}

namespace {

void DefineIn(Machine& machine, Environment* environment, Symbol* name, Value value) {
  if (value.is(Type::kClosure) && value.closure()->name == nullptr) value.closure()->name = name;
  if (environment == nullptr) {
    name->global = value;
  } else {
    if (!machine.Charge(environment->count / 8)) return;
    machine.heap().Define(*environment, name, value);
  }
}

Value MakeMacro(Machine& machine, Value expander, Macro::Takes takes) {
  return Value(machine.heap().New(Macro{expander, takes}));
}

// frame.first: the name
void ResumeDefine(Machine& machine, Frame& frame) {
  DefineIn(machine, frame.environment, frame.first.symbol(), machine.value());
  machine.Return(frame.first);
}

void Define(const Form& form) {
  Operands operands(form);
  const std::optional<Slot> target = operands.Next();
  if (!target) return SyntaxError(form, "define takes a name and a value");
  if (target->value.is(Type::kPair)) {  // (define (name parameter …) body …)
    const Pair& head = *target->value.pair();
    if (!head.car.is(Type::kSymbol)) return SyntaxError(form, "the procedure that define makes needs a name");
    Closure* closure = MakeClosure(form.machine, {head.cdr, target->range}, operands.rest(), form.environment,
                                   head.car.symbol(), form.range);
    if (closure == nullptr) return;
    DefineIn(form.machine, form.environment, head.car.symbol(), Value(closure));
    return form.machine.Return(head.car);
  }
  if (!target->value.is(Type::kSymbol)) {
    return SyntaxError(form, "define needs a name, not " + std::string(TypeName(target->value)));
  }
  const std::optional<Slot> value = operands.Next();
  WarnIgnored(form.machine, operands, "define");
  form.machine.Push({.resume = ResumeDefine, .environment = form.environment, .first = target->value,
                     .range = form.range});
  if (!value) return form.machine.Return(Value::Nil());
  form.machine.Eval(value->value, value->range, form.environment);
}

void ResumeSet(Machine& machine, Frame& frame) {
  Value* place = machine.Lookup(frame.first.symbol(), frame.environment);
  if (place->is(Type::kUnbound)) {
    return machine.Fail("unbound-variable", "unbound variable: " + std::string(frame.first.symbol()->name),
                        frame.inner, "set! changes a variable that exists; define makes one");
  }
  *place = machine.value();
  machine.Return(machine.value());
}

void Set(const Form& form) {
  Operands operands(form);
  const std::optional<Slot> target = operands.Next();
  const std::optional<Slot> value = operands.Next();
  if (!value || !target->value.is(Type::kSymbol)) return SyntaxError(form, "set! takes a name and a value");
  WarnIgnored(form.machine, operands, "set!");
  Frame frame{.resume = ResumeSet, .environment = form.environment, .first = target->value, .range = form.range};
  frame.inner = target->range;
  form.machine.Push(frame);
  form.machine.Eval(value->value, value->range, form.environment);
}

void Lambda(const Form& form) {
  Operands operands(form);
  const std::optional<Slot> parameters = operands.Next();
  if (!parameters) return SyntaxError(form, "lambda takes parameters and a body");
  Closure* closure =
      MakeClosure(form.machine, *parameters, operands.rest(), form.environment, nullptr, form.range);
  if (closure != nullptr) form.machine.Return(Value(closure));
}

void ResumeMacro(Machine& machine, Frame& frame) {
  if (!machine.value().is_procedure()) {
    return machine.Fail("syntax", "a macro needs a procedure of one argument, this is " +
                                      std::string(TypeName(machine.value())), frame.range);
  }
  DefineIn(machine, frame.environment, frame.first.symbol(),
           MakeMacro(machine, machine.value(), Macro::Takes::kForm));
  machine.Return(frame.first);
}

// (define-macro (name parameter …) body …): the procedure gets the operands of the form instead of the form.
// (macro (name form) body …) or (macro name procedure): the procedure gets the whole form, unevaluated, and what it
// returns is evaluated in its place, with the names of that place (TinyScheme's macros are not hygienic).
template <Macro::Takes takes>
void DefineMacro(const Form& form) {
  Operands operands(form);
  const std::optional<Slot> target = operands.Next();
  if (target && target->value.is(Type::kPair) && target->value.pair()->car.is(Type::kSymbol)) {
    const Pair& head = *target->value.pair();
    Closure* expander = MakeClosure(form.machine, {head.cdr, target->range}, operands.rest(), form.environment,
                                    head.car.symbol(), form.range);
    if (expander == nullptr) return;
    DefineIn(form.machine, form.environment, head.car.symbol(), MakeMacro(form.machine, Value(expander), takes));
    return form.machine.Return(head.car);
  }
  const std::optional<Slot> procedure = operands.Next();
  if (!procedure || !operands.AtEnd() || !target->value.is(Type::kSymbol)) {
    return SyntaxError(form, "macro takes (name parameter) and a body, or a name and a procedure");
  }
  form.machine.Push({.resume = ResumeMacro, .environment = form.environment, .first = target->value,
                     .range = form.range});
  form.machine.Eval(procedure->value, procedure->range, form.environment);
}

}  // namespace

void InstallDefinitionForms(Machine& machine) {
  machine.DefineSyntax("define", Define);
  machine.DefineSyntax("set!", Set);
  machine.DefineSyntax("lambda", Lambda);
  machine.DefineSyntax("macro", DefineMacro<Macro::Takes::kForm>);
  machine.DefineSyntax("define-macro", DefineMacro<Macro::Takes::kOperands>);
}

}  // namespace sbtune::scheme
