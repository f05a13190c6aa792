#include "profiles/scheme/equality.h"

#include <utility>
#include <vector>

namespace sbtune::scheme {

bool Eqv(const Value& left, const Value& right) {
  if (left.is(Type::kString) && right.is(Type::kString) && left.string()->size == 0) {
    return right.string()->size == 0;
  }
  return left.IsSame(right);
}

bool Equal(Machine& machine, const Value& left, const Value& right) {
  std::vector<std::pair<Value, Value>> todo{{left, right}};
  while (!todo.empty()) {
    if (!machine.Charge(1)) return false;
    const auto [a, b] = todo.back();
    todo.pop_back();
    if (a.IsSame(b)) continue;
    if (a.type() != b.type()) return false;
    switch (a.type()) {
      case Type::kString:
        if (!machine.Charge(a.string()->size / 64) || a.string()->view() != b.string()->view()) return false;
        break;
      case Type::kPair:
        todo.emplace_back(a.pair()->cdr, b.pair()->cdr);
        todo.emplace_back(a.pair()->car, b.pair()->car);
        break;
      case Type::kVector:
        if (a.vector()->size != b.vector()->size || !machine.Charge(a.vector()->size)) return false;
        for (std::uint32_t i = 0; i < a.vector()->size; ++i) {
          todo.emplace_back(a.vector()->items[i], b.vector()->items[i]);
        }
        break;
      default: return false;
    }
  }
  return true;
}

}  // namespace sbtune::scheme
