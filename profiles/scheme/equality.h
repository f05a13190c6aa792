// eqv? and equal?.
#pragma once

#include "profiles/scheme/machine.h"

namespace sbtune::scheme {

// The same object, number, character; strings only when they are the same object or both empty.
[[nodiscard]] bool Eqv(const Value& left, const Value& right);

// The same structure. Without recursion; charges the machine, and is false when that has run out.
[[nodiscard]] bool Equal(Machine& machine, const Value& left, const Value& right);

}  // namespace sbtune::scheme
