// `template with ,unquote and ,@unquote-splicing, nested ones too. Walks the template with frames instead of
// recursion; what it builds keeps the places of the template, so that errors in expanded code point into it.
#include "profiles/scheme/operands.h"

namespace sbtune::scheme {
namespace {

bool IsNamed(const Value& value, std::string_view name) {
  return value.is(Type::kSymbol) && value.symbol()->name == name;
}

// The operand of (NAME operand), if that is what `value` is.
std::optional<Slot> OperandOf(const Value& value, std::string_view name, base::SourceRange around) {
  if (!value.is(Type::kPair) || !IsNamed(value.pair()->car, name)) return std::nullopt;
  Operands operands(value.pair()->cdr, around);
  const std::optional<Slot> operand = operands.Next();
  return operand && operands.AtEnd() ? operand : std::nullopt;
}

// A list of the template under construction. frame.first: what is left of it; frame.second: the finished elements,
// last first; frame.number: the level of nested quasiquotes; frame.range: the list; frame.inner: the element that is
// being computed.
void Continue(Machine& machine, Frame& frame);
void ResumeElement(Machine& machine, Frame& frame);
void ResumeSplice(Machine& machine, Frame& frame);
void ResumeTail(Machine& machine, Frame& frame);

void AddElement(Machine& machine, Frame& frame, Value value, base::SourceRange range) {
  Pair* pair = machine.heap().Cons(value, frame.second);
  pair->car_range = range;
  frame.second = Value(pair);
}

void StartList(Machine& machine, Value list, std::uint32_t level, base::SourceRange range,
               Environment* environment) {
  Frame frame{.resume = ResumeElement, .environment = environment, .first = list, .second = Value::Nil(),
              .range = list.pair()->form.source != base::kNoSource ? list.pair()->form : range};
  frame.number = level;
  // The keyword of a nested form changes the level for its operand, and is no unquote of this list.
  const bool deeper = OperandOf(list, "quasiquote", range).has_value();
  const bool higher = OperandOf(list, "unquote", range) || OperandOf(list, "unquote-splicing", range);
  if (deeper || (higher && level > 0)) {
    frame.number = deeper ? level + 1 : level - 1;
    AddElement(machine, frame, list.pair()->car, list.pair()->car_range);
    frame.first = list.pair()->cdr;
  }
  Continue(machine, frame);
}

// The finished elements in front of `tail`; reuses their pairs.
void Finish(Machine& machine, Frame& frame, Value tail) {
  Value list = tail;
  Value rest = frame.second;
  while (rest.is(Type::kPair)) {
    Pair* pair = rest.pair();
    rest = pair->cdr;
    pair->cdr = list;
    list = Value(pair);
    if (!machine.Charge(1)) return;
  }
  if (list.is(Type::kPair) && !frame.second.is_nil()) list.pair()->form = frame.range;
  machine.Return(list);
}

void Continue(Machine& machine, Frame& frame) {
  while (frame.first.is(Type::kPair)) {
    if (!machine.Charge(1)) return;
    if (frame.number == 0) {
      if (const std::optional<Slot> tail = OperandOf(frame.first, "unquote", frame.range)) {
        frame.resume = ResumeTail;  // (a . ,b) is read as (a unquote b)
        machine.Push(frame);
        return machine.Eval(tail->value, tail->range, frame.environment);
      }
    }
    const Pair& pair = *frame.first.pair();
    const Value element = pair.car;
    frame.inner = pair.car_range.source != base::kNoSource ? pair.car_range : frame.range;
    frame.first = pair.cdr;
    if (!element.is(Type::kPair)) {
      AddElement(machine, frame, element, frame.inner);
      continue;
    }
    if (frame.number == 0) {
      if (const std::optional<Slot> operand = OperandOf(element, "unquote", frame.inner)) {
        machine.Push(frame);
        return machine.Eval(operand->value, operand->range, frame.environment);
      }
      if (const std::optional<Slot> operand = OperandOf(element, "unquote-splicing", frame.inner)) {
        Frame splice = frame;
        splice.resume = ResumeSplice;
        machine.Push(splice);
        return machine.Eval(operand->value, operand->range, frame.environment);
      }
    }
    machine.Push(frame);
    return StartList(machine, element, frame.number, frame.inner, frame.environment);
  }
  Finish(machine, frame, frame.first);
}

void ResumeElement(Machine& machine, Frame& frame) {
  AddElement(machine, frame, machine.value(), frame.inner);
  Continue(machine, frame);
}

void ResumeTail(Machine& machine, Frame& frame) { Finish(machine, frame, machine.value()); }

void ResumeSplice(Machine& machine, Frame& frame) {
  Value list = machine.value();
  for (; list.is(Type::kPair); list = list.pair()->cdr) {
    if (!machine.Charge(1)) return;
    const base::SourceRange own = list.pair()->car_range;
    AddElement(machine, frame, list.pair()->car, own.source != base::kNoSource ? own : frame.inner);
  }
  if (!list.is_nil()) {
    if (frame.first.is_nil()) return Finish(machine, frame, list);
    return machine.Fail("wrong-type", ",@ needs a list, not " + std::string(TypeName(machine.value())), frame.inner);
  }
  frame.resume = ResumeElement;
  Continue(machine, frame);
}

void Quasiquote(const Form& form) {
  Operands operands(form);
  const std::optional<Slot> shape = operands.Next();
  if (!shape || !operands.AtEnd()) return SyntaxError(form, "quasiquote takes one datum");
  if (!shape->value.is(Type::kPair)) return form.machine.Return(shape->value);
  std::optional<Slot> operand = OperandOf(shape->value, "unquote", shape->range);
  if (!operand) operand = OperandOf(shape->value, "unquote-splicing", shape->range);
  if (operand) {
    return form.machine.Eval(operand->value, operand->range, form.environment);
  }
  StartList(form.machine, shape->value, 0, shape->range, form.environment);
}

}  // namespace

void InstallQuasiquote(Machine& machine) { machine.DefineSyntax("quasiquote", Quasiquote); }

}  // namespace sbtune::scheme
