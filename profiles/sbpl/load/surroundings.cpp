// The forms around rules that add to every rule inside, however it is made: with-filter, with-modifier(s),
// with-operations; and apply-message-filter, whose rules belong to the rule that it is an argument of.
#include <fmt/format.h>

#include "profiles/sbpl/load/evaluation.h"
#include "profiles/scheme/operands.h"
#include "profiles/scheme/primitives.h"

namespace sbtune::sbpl {
namespace {

using scheme::Form;
using scheme::Frame;
using scheme::Machine;
using scheme::Slot;
using scheme::Value;

// The body of a surrounding form: its own Surrounding is the innermost one when the frame comes off the stack, by
// whatever way.
void EndSurrounding(Machine& machine, Frame&) {
  Evaluation& evaluation = Evaluation::Of(machine);
  if (evaluation.surrounding() != nullptr) evaluation.SetSurrounding(evaluation.surrounding()->outer);
}

void ResumeSurrounding(Machine& machine, Frame& frame) {
  EndSurrounding(machine, frame);
  machine.Return(Value::Nil());
}

void EvalSurrounded(Machine& machine, Frame& frame, Surrounding surrounding) {
  Evaluation& evaluation = Evaluation::Of(machine);
  surrounding.outer = evaluation.surrounding();
  evaluation.SetSurrounding(evaluation.heap().New(surrounding));
  Frame end{.resume = ResumeSurrounding, .environment = frame.environment, .range = frame.range};
  end.unwind = EndSurrounding;
  machine.Push(end);
  machine.EvalBody(frame.first, frame.range, frame.environment);
}

// frame.first: the rules
void ResumeWithFilter(Machine& machine, Frame& frame) {
  const FilterNode* filter = AsFilter(machine.value());
  if (filter == nullptr) {
    return machine.Fail("wrong-type", fmt::format("with-filter needs a filter, not {}",
                                                  scheme::TypeName(machine.value())), frame.inner);
  }
  EvalSurrounded(machine, frame, {nullptr, filter, nullptr, {}});
}

void ResumeWithModifier(Machine& machine, Frame& frame) {
  const ModifierNode* modifier = AsModifier(machine.value());
  if (const auto* word = As<ModifierWord>(machine.value(), kModifierWordKind)) {
    ModifierNode made{{&kModifierKind}, word->spelled, word->info, {}, nullptr, frame.inner};
    modifier = machine.heap().New(made);
  }
  if (modifier == nullptr) {
    return machine.Fail("wrong-type", fmt::format("with-modifier needs a modifier, not {}",
                                                  scheme::TypeName(machine.value())), frame.inner);
  }
  EvalSurrounded(machine, frame, {nullptr, nullptr, modifier, {}});
}

void ResumeWithOperations(Machine& machine, Frame& frame) {
  std::vector<Slot> operations;
  if (AsOperation(machine.value()) != nullptr) {
    operations.push_back({machine.value(), frame.inner});
  } else if (!scheme::ListElements(machine, machine.value(), frame.inner, operations)) {
    return machine.Fail("wrong-type", "with-operations needs a list of operations", frame.inner);
  }
  for (const Slot& slot : operations) {
    if (AsOperation(slot.value) != nullptr) continue;
    return machine.Fail("wrong-type", fmt::format("with-operations needs a list of operations, one element is {}",
                                                  scheme::TypeName(slot.value)), slot.range);
  }
  const std::span<Slot> kept = machine.heap().NewArray(std::span<const Slot>(operations));
  EvalSurrounded(machine, frame, {nullptr, nullptr, nullptr, kept});
}

template <scheme::Resume resume>
void With(const Form& form) {
  scheme::Operands operands(form);
  const std::optional<Slot> addition = operands.Next();
  if (!addition) return scheme::SyntaxError(form, "this form needs what it adds, and rules to add it to");
  Frame frame{.resume = resume, .environment = form.environment, .first = operands.rest(), .range = form.range,
              .inner = addition->range};
  form.machine.Push(frame);
  form.machine.Eval(addition->value, addition->range, form.environment);
}

void EndMessageFilter(Machine& machine, Frame&) {
  static_cast<void>(Evaluation::Of(machine).CloseMessageFilter());
}

void ResumeMessageFilter(Machine& machine, Frame& frame) {
  const std::vector<Rule>* rules = Evaluation::Of(machine).CloseMessageFilter();
  const catalog::ModifierInfo* info = Evaluation::Of(machine).catalog().FindModifier("message-filter");
  SBTUNE_ASSERT(info != nullptr);
  ModifierNode node{{&kModifierKind}, "apply-message-filter", info, {}, rules, frame.range};
  machine.Return(Value(static_cast<scheme::Foreign*>(machine.heap().New(node))));
}

void ApplyMessageFilter(const Form& form) {
  Evaluation::Of(form.machine).OpenMessageFilter();
  Frame frame{.resume = ResumeMessageFilter, .environment = form.environment, .range = form.range};
  frame.unwind = EndMessageFilter;
  form.machine.Push(frame);
  form.machine.EvalBody(form.operands, form.range, form.environment);
}

}  // namespace

void InstallSurroundings(Machine& machine) {
  machine.DefineSyntax("with-filter", With<ResumeWithFilter>);
  machine.DefineSyntax("with-modifier", With<ResumeWithModifier>);
  machine.DefineSyntax("with-modifiers", With<ResumeWithModifier>);
  machine.DefineSyntax("with-operations", With<ResumeWithOperations>);
  machine.DefineSyntax("apply-message-filter", ApplyMessageFilter);
}

}  // namespace sbtune::sbpl
