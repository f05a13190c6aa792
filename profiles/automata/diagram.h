// Functions from yes/no facts to small numbers, as ordered decision diagrams: shared, canonical (equal functions
// have equal ids), so they can stand as labels of automata. One Diagrams object owns all nodes it made; ids of
// different objects must not be mixed.
//
//   Diagrams diagrams;
//   const auto both = diagrams.And(diagrams.Variable(0), diagrams.Variable(1));
//
// Recursion goes as deep as there are variables; whoever makes variables limits their number (kMaxVariables).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

namespace sbtune::automata {

using DiagramId = std::uint32_t;
using VariableId = std::uint32_t;

inline constexpr VariableId kMaxVariables = 2'000;

struct Literal {  // one fact, holding or not
  VariableId variable = 0;
  bool holds = false;
  bool operator==(const Literal&) const = default;
  auto operator<=>(const Literal&) const = default;
};
using Cube = std::vector<Literal>;  // by variable; facts not named may be either way

class Diagrams {
 public:
  [[nodiscard]] DiagramId Terminal(std::uint32_t value);
  [[nodiscard]] DiagramId Variable(VariableId variable);  // 1 where it holds, else 0
  [[nodiscard]] bool IsTerminal(DiagramId id) const { return nodes_[id].variable == kTerminal; }
  [[nodiscard]] std::uint32_t ValueOf(DiagramId terminal) const { return nodes_[terminal].low; }

  [[nodiscard]] DiagramId And(DiagramId a, DiagramId b);
  [[nodiscard]] DiagramId Or(DiagramId a, DiagramId b);
  [[nodiscard]] DiagramId Not(DiagramId a);

  // f on the values of every case. Results are remembered per `operation`, a number from NewOperation that stands
  // for f.
  [[nodiscard]] std::uint32_t NewOperation() { return next_operation_++; }
  using Binary = std::function<std::uint32_t(std::uint32_t, std::uint32_t)>;
  using Unary = std::function<std::uint32_t(std::uint32_t)>;
  [[nodiscard]] DiagramId Apply(std::uint32_t operation, const Binary& f, DiagramId a, DiagramId b);
  [[nodiscard]] DiagramId Map(std::uint32_t operation, const Unary& f, DiagramId a);

  [[nodiscard]] std::uint32_t Evaluate(DiagramId id, const std::function<bool(VariableId)>& holds) const;
  // Calls `visit` for cases that together make up all where the value is wanted, until it returns false. `feasible`
  // cuts off cases that cannot be (by the literals so far).
  void ForEachCase(DiagramId id, const std::function<bool(std::uint32_t)>& wanted,
                   const std::function<bool(const Cube&)>& feasible,
                   const std::function<bool(const Cube&)>& visit) const;
  // Whether the value is 1 in every case that the cube leaves open.
  [[nodiscard]] bool HoldsThroughout(DiagramId id, const Cube& cube) const;
  // Every value that some case has.
  [[nodiscard]] std::vector<std::uint32_t> Values(DiagramId id) const;

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }

 private:
  static constexpr VariableId kTerminal = 0xFFFFFFFF;
  enum : std::uint32_t { kAnd = 0xFFFFFF00, kOr, kNot };

  struct Node {
    VariableId variable;  // kTerminal: low is the value
    DiagramId low, high;
    auto operator<=>(const Node&) const = default;
  };
  struct Key {
    std::uint32_t operation;
    DiagramId a, b;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const {
      std::uint64_t hash = key.operation;
      for (const std::uint64_t part : {key.a, key.b}) hash = (hash ^ part) * 0x9E3779B97F4A7C15u;
      return static_cast<std::size_t>(hash ^ (hash >> 29));
    }
  };

  DiagramId Make(VariableId variable, DiagramId low, DiagramId high);
  DiagramId Intern(const Node& node);
  bool Walk(DiagramId id, Cube& cube, const std::function<bool(std::uint32_t)>& wanted,
            const std::function<bool(const Cube&)>& feasible, const std::function<bool(const Cube&)>& visit) const;

  std::uint32_t next_operation_ = 0;
  std::vector<Node> nodes_;
  std::map<Node, DiagramId> known_;
  std::unordered_map<Key, DiagramId, KeyHash> done_;
};

}  // namespace sbtune::automata
