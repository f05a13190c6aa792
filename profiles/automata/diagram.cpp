#include "profiles/automata/diagram.h"

#include <algorithm>
#include <set>

#include "core/base/result.h"

namespace sbtune::automata {

DiagramId Diagrams::Intern(const Node& node) {
  const auto [at, is_new] = known_.try_emplace(node, static_cast<DiagramId>(nodes_.size()));
  if (is_new) nodes_.push_back(node);
  return at->second;
}

DiagramId Diagrams::Make(VariableId variable, DiagramId low, DiagramId high) {
  return low == high ? low : Intern({variable, low, high});
}

DiagramId Diagrams::Terminal(std::uint32_t value) { return Intern({kTerminal, value, 0}); }

DiagramId Diagrams::Variable(VariableId variable) {
  SBTUNE_ASSERT(variable < kMaxVariables);
  const DiagramId no = Terminal(0);
  return Make(variable, no, Terminal(1));
}

DiagramId Diagrams::And(DiagramId a, DiagramId b) {
  return Apply(kAnd, [](std::uint32_t x, std::uint32_t y) { return x & y; }, a, b);
}

DiagramId Diagrams::Or(DiagramId a, DiagramId b) {
  return Apply(kOr, [](std::uint32_t x, std::uint32_t y) { return x | y; }, a, b);
}

DiagramId Diagrams::Not(DiagramId a) {
  return Map(kNot, [](std::uint32_t x) { return x == 0 ? 1u : 0u; }, a);
}

DiagramId Diagrams::Apply(std::uint32_t operation, const Binary& f, DiagramId a, DiagramId b) {
  const Node left = nodes_[a], right = nodes_[b];
  if (left.variable == kTerminal && right.variable == kTerminal) return Terminal(f(left.low, right.low));
  const Key key{operation, a, b};
  if (const auto known = done_.find(key); known != done_.end()) return known->second;
  const VariableId variable = std::min(left.variable, right.variable);
  const bool split_left = left.variable == variable, split_right = right.variable == variable;
  const DiagramId low = Apply(operation, f, split_left ? left.low : a, split_right ? right.low : b);
  const DiagramId high = Apply(operation, f, split_left ? left.high : a, split_right ? right.high : b);
  const DiagramId result = Make(variable, low, high);
  done_.emplace(key, result);
  return result;
}

DiagramId Diagrams::Map(std::uint32_t operation, const Unary& f, DiagramId a) {
  const Node node = nodes_[a];
  if (node.variable == kTerminal) return Terminal(f(node.low));
  const Key key{operation, a, a};
  if (const auto known = done_.find(key); known != done_.end()) return known->second;
  const DiagramId low = Map(operation, f, node.low);
  const DiagramId high = Map(operation, f, node.high);
  const DiagramId result = Make(node.variable, low, high);
  done_.emplace(key, result);
  return result;
}

std::uint32_t Diagrams::Evaluate(DiagramId id, const std::function<bool(VariableId)>& holds) const {
  while (!IsTerminal(id)) id = holds(nodes_[id].variable) ? nodes_[id].high : nodes_[id].low;
  return ValueOf(id);
}

void Diagrams::ForEachCase(DiagramId id, const std::function<bool(std::uint32_t)>& wanted,
                           const std::function<bool(const Cube&)>& feasible,
                           const std::function<bool(const Cube&)>& visit) const {
  Cube cube;
  Walk(id, cube, wanted, feasible, visit);
}

bool Diagrams::Walk(DiagramId id, Cube& cube, const std::function<bool(std::uint32_t)>& wanted,
                    const std::function<bool(const Cube&)>& feasible,
                    const std::function<bool(const Cube&)>& visit) const {
  if (IsTerminal(id)) return !wanted(ValueOf(id)) || visit(cube);
  for (const bool holds : {false, true}) {
    cube.push_back({nodes_[id].variable, holds});
    const bool go_on =
        !feasible(cube) || Walk(holds ? nodes_[id].high : nodes_[id].low, cube, wanted, feasible, visit);
    cube.pop_back();
    if (!go_on) return false;
  }
  return true;
}

bool Diagrams::HoldsThroughout(DiagramId id, const Cube& cube) const {
  std::set<DiagramId> seen = {id};
  std::vector<DiagramId> stack = {id};
  while (!stack.empty()) {
    const Node& node = nodes_[stack.back()];
    stack.pop_back();
    if (node.variable == kTerminal) {
      if (node.low != 1) return false;
      continue;
    }
    const auto fixed = std::ranges::find(cube, node.variable, &Literal::variable);
    for (const bool holds : {false, true}) {
      if (fixed != cube.end() && fixed->holds != holds) continue;
      if (const DiagramId next = holds ? node.high : node.low; seen.insert(next).second) stack.push_back(next);
    }
  }
  return true;
}

std::vector<std::uint32_t> Diagrams::Values(DiagramId id) const {
  std::set<DiagramId> seen = {id};
  std::vector<DiagramId> stack = {id};
  std::set<std::uint32_t> values;
  while (!stack.empty()) {
    const Node& node = nodes_[stack.back()];
    stack.pop_back();
    if (node.variable == kTerminal) {
      values.insert(node.low);
      continue;
    }
    for (const DiagramId next : {node.low, node.high}) {
      if (seen.insert(next).second) stack.push_back(next);
    }
  }
  return {values.begin(), values.end()};
}

}  // namespace sbtune::automata
