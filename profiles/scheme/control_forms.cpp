// Special forms that choose what to evaluate: quote if begin and or when unless cond case delay.
#include "profiles/scheme/equality.h"
#include "profiles/scheme/operands.h"

namespace sbtune::scheme {
namespace {

bool IsNamed(const Value& value, std::string_view name) {
  return value.is(Type::kSymbol) && value.symbol()->name == name;
}

void Quote(const Form& form) {
  Operands operands(form);
  const std::optional<Slot> datum = operands.Next();
  if (!datum || !operands.AtEnd()) return SyntaxError(form, "quote takes one datum");
  form.machine.Return(datum->value);
}

// frame.first: the branches that are left
void ResumeIf(Machine& machine, Frame& frame) {
  Operands branches(frame.first, frame.range);
  std::optional<Slot> branch = branches.Next();
  if (!machine.value().is_true()) branch = branches.Next();
  if (!branch) return machine.Return(Value::Nil());
  machine.Eval(branch->value, branch->range, frame.environment);
}

void If(const Form& form) {
  Operands operands(form);
  const std::optional<Slot> test = operands.Next();
  const Value branches = operands.rest();
  const bool any = operands.Next().has_value();
  if (!any) return SyntaxError(form, "if takes a test and one or two branches");
  static_cast<void>(operands.Next());
  WarnIgnored(form.machine, operands, "if");
  Frame frame{.resume = ResumeIf, .environment = form.environment, .first = branches, .range = form.range};
  frame.is_test = true;
  form.machine.Push(frame);
  form.machine.Eval(test->value, test->range, form.environment);
}

void Begin(const Form& form) { form.machine.EvalBody(form.operands, form.range, form.environment); }

// frame.first: the operands that are left; frame.number: whether a true value decides
void ResumeJunction(Machine& machine, Frame& frame) {
  const bool or_form = frame.number != 0;
  if (machine.value().is_true() == or_form) return machine.Return(machine.value());
  Operands operands(frame.first, frame.range);
  const std::optional<Slot> next = operands.Next();
  if (!next) return machine.Return(machine.value());
  frame.first = operands.rest();
  if (!operands.AtEnd()) machine.Push(frame);  // the last one is in tail position
  machine.Eval(next->value, next->range, frame.environment);
}

void Junction(const Form& form, std::uint32_t or_form) {
  Operands operands(form);
  const std::optional<Slot> first = operands.Next();
  if (!first) return form.machine.Return(Value::Boolean(or_form == 0));
  if (!operands.AtEnd()) {
    Frame frame{.resume = ResumeJunction, .environment = form.environment, .first = operands.rest(),
                .range = form.range};
    frame.number = or_form;
    frame.is_test = or_form == 0;
    form.machine.Push(frame);
  }
  form.machine.Eval(first->value, first->range, form.environment);
}

void And(const Form& form) { Junction(form, 0); }
void Or(const Form& form) { Junction(form, 1); }

// frame.first: the body; frame.number: the truth that runs it
void ResumeWhen(Machine& machine, Frame& frame) {
  if (machine.value().is_true() != (frame.number != 0)) return machine.Return(Value::Nil());
  machine.EvalBody(frame.first, frame.range, frame.environment);
}

void Guarded(const Form& form, std::uint32_t truth, const char* usage) {
  Operands operands(form);
  const std::optional<Slot> test = operands.Next();
  if (!test) return SyntaxError(form, usage);
  Frame frame{.resume = ResumeWhen, .environment = form.environment, .first = operands.rest(), .range = form.range};
  frame.number = truth;
  frame.is_test = true;
  form.machine.Push(frame);
  form.machine.Eval(test->value, test->range, form.environment);
}

void When(const Form& form) { Guarded(form, 1, "when takes a test and a body"); }
void Unless(const Form& form) { Guarded(form, 0, "unless takes a test and a body"); }

// cond: frame.first is the body of the clause whose test was computed, frame.second the clauses behind it.
void NextClause(Machine& machine, Value clauses, base::SourceRange range, Environment* environment);

void ResumeReceiver(Machine& machine, Frame& frame) {
  const Slot argument{frame.first, frame.range};
  machine.Apply(machine.value(), {&argument, 1}, frame.range);
}

void ResumeCond(Machine& machine, Frame& frame) {
  if (!machine.value().is_true()) return NextClause(machine, frame.second, frame.range, frame.environment);
  Operands body(frame.first, frame.range);
  const std::optional<Slot> first = body.Next();
  if (!first) return machine.Return(machine.value());
  if (!IsNamed(first->value, "=>")) return machine.EvalBody(frame.first, frame.range, frame.environment);
  const std::optional<Slot> receiver = body.Next();
  if (!receiver) return machine.Fail("syntax", "a procedure must follow =>", first->range);
  machine.Push({.resume = ResumeReceiver, .environment = frame.environment, .first = machine.value(),
                .range = receiver->range});
  machine.Eval(receiver->value, receiver->range, frame.environment);
}

void NextClause(Machine& machine, Value clauses, base::SourceRange range, Environment* environment) {
  Operands list(clauses, range);
  const std::optional<Slot> clause = list.Next();
  if (!clause) return machine.Return(Value::Nil());
  Operands parts(clause->value, clause->range);
  const std::optional<Slot> test = parts.Next();
  if (!test) return machine.Fail("syntax", "a clause of cond is a list that begins with a test", clause->range);
  if (IsNamed(test->value, "else")) return machine.EvalBody(parts.rest(), clause->range, environment);
  Frame frame{.resume = ResumeCond, .environment = environment, .first = parts.rest(), .second = list.rest(),
              .range = clause->range};
  frame.is_test = true;
  machine.Push(frame);
  machine.Eval(test->value, test->range, environment);
}

void Cond(const Form& form) { NextClause(form.machine, form.operands, form.range, form.environment); }

// case: frame.first is the clauses
void ResumeCase(Machine& machine, Frame& frame) {
  Operands clauses(frame.first, frame.range);
  while (const std::optional<Slot> clause = clauses.Next()) {
    if (!machine.Charge(1)) return;
    Operands parts(clause->value, clause->range);
    const std::optional<Slot> data = parts.Next();
    if (!data) return machine.Fail("syntax", "a clause of case is a list that begins with a list of data",
                                   clause->range);
    if (IsNamed(data->value, "else")) return machine.EvalBody(parts.rest(), clause->range, frame.environment);
    Operands choices(data->value, data->range);
    while (const std::optional<Slot> choice = choices.Next()) {
      if (!machine.Charge(1)) return;
      if (Eqv(choice->value, machine.value())) {
        return machine.EvalBody(parts.rest(), clause->range, frame.environment);
      }
    }
  }
  machine.Return(Value::Nil());
}

void Case(const Form& form) {
  Operands operands(form);
  const std::optional<Slot> key = operands.Next();
  if (!key) return SyntaxError(form, "case takes a key and clauses");
  form.machine.Push({.resume = ResumeCase, .environment = form.environment, .first = operands.rest(),
                     .range = form.range});
  form.machine.Eval(key->value, key->range, form.environment);
}

void Delay(const Form& form) {
  Operands operands(form);
  const std::optional<Slot> expression = operands.Next();
  if (!expression || !operands.AtEnd()) return SyntaxError(form, "delay takes one expression");
  Promise promise{expression->value, form.environment, expression->range, false};
  form.machine.Return(Value(form.machine.heap().New(promise)));
}

}  // namespace

void InstallControlForms(Machine& machine) {
  machine.DefineSyntax("quote", Quote);
  machine.DefineSyntax("if", If);
  machine.DefineSyntax("begin", Begin);
  machine.DefineSyntax("and", And);
  machine.DefineSyntax("or", Or);
  machine.DefineSyntax("when", When);
  machine.DefineSyntax("unless", Unless);
  machine.DefineSyntax("cond", Cond);
  machine.DefineSyntax("case", Case);
  machine.DefineSyntax("delay", Delay);
}

}  // namespace sbtune::scheme
