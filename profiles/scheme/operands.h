// Walks the operands of a special form, which may be any datum a user wrote: too few, too many, improper.
//
//   Operands operands(form);
//   const std::optional<Slot> test = operands.Next();
#pragma once

#include <optional>
#include <string>

#include "profiles/scheme/machine.h"

namespace sbtune::scheme {

class Operands {
 public:
  explicit Operands(const Form& form) : rest_(form.operands), around_(form.range) {}
  Operands(Value list, base::SourceRange around) : rest_(list), around_(around) {}

  // The next one with its place (that of the form around it, if a program made the list).
  [[nodiscard]] std::optional<Slot> Next() {
    if (!rest_.is(Type::kPair)) return std::nullopt;
    const Pair& pair = *rest_.pair();
    rest_ = pair.cdr;
    return Slot{pair.car, pair.car_range.source != base::kNoSource ? pair.car_range : around_};
  }
  [[nodiscard]] Value rest() const { return rest_; }
  [[nodiscard]] bool AtEnd() const { return rest_.is_nil(); }
  [[nodiscard]] base::SourceRange around() const { return around_; }

 private:
  Value rest_;
  base::SourceRange around_;
};

// "MESSAGE", at the form.
inline void SyntaxError(const Form& form, std::string message) {
  form.machine.Fail("syntax", std::move(message), form.range);
}

// TinyScheme silently drops operands that a form has no use for, and shipped profiles have such: a warning.
inline void WarnIgnored(Machine& machine, Operands& operands, std::string_view keyword) {
  const std::optional<Slot> ignored = operands.Next();
  if (!ignored) return;
  machine.Warn("ignored-operand", std::string(keyword) + " ignores everything from here on", ignored->range,
                    "look for a parenthesis or a string-append that is missing");
}

// A procedure; fails, and returns nothing, when `parameters` is not a list of names.
[[nodiscard]] Closure* MakeClosure(Machine& machine, Slot parameters, Value body, Environment* environment,
                                   Symbol* name, base::SourceRange range);

void InstallControlForms(Machine& machine);     // quote if begin and or when unless cond case delay
void InstallDefinitionForms(Machine& machine);  // define set! lambda macro
void InstallBindingForms(Machine& machine);     // let let* letrec do
void InstallQuasiquote(Machine& machine);

}  // namespace sbtune::scheme
