// Exact functions from byte strings to small numbers ("labels"), kept as minimal deterministic automata. A set of
// words is such a function with labels 0 and 1; a function that names the deciding rule of every path is one too.
// Equal functions are equal objects, so "do these two profiles differ?" is a comparison.
//
//   const Automaton under = WordSet().Add("/usr/local", WordSet::Kind::kSubpath).Build();
//   under("/usr/local/bin") == 1;
//
// Building costs states; every operation that can blow up takes a limit and says so instead of blowing up.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sbtune::automata {

using StateId = std::uint32_t;
using Label = std::uint32_t;

// The bytes after the previous edge's `last` up to and with this one's lead to `target`. The last edge of every
// state ends at 255: the automaton is total.
struct Edge {
  std::uint8_t last = 255;
  StateId target = 0;
  bool operator==(const Edge&) const = default;
};

// States in any order, not minimal: what builders make. State 0 is the start.
class RawAutomaton {
 public:
  StateId Add(Label label);                              // a state whose edges come later
  void SetEdges(StateId state, std::vector<Edge> edges);  // sorted, ending at 255
  [[nodiscard]] std::size_t size() const { return labels_.size(); }

 private:
  friend class Automaton;
  friend class Minimizer;
  std::vector<Label> labels_;
  std::vector<std::vector<Edge>> edges_;
};

inline constexpr std::size_t kMaxStates = 200'000;

class Automaton {
 public:
  // Minimal, states numbered in breadth-first order, so that equal functions compare equal. O(edges · log states).
  [[nodiscard]] static Automaton Minimal(const RawAutomaton& raw);
  [[nodiscard]] static Automaton Constant(Label label);

  [[nodiscard]] Label operator()(std::string_view word) const;
  [[nodiscard]] std::size_t size() const { return labels_.size(); }
  [[nodiscard]] Label LabelOf(StateId state) const { return labels_[state]; }
  [[nodiscard]] std::span<const Label> labels() const { return labels_; }
  [[nodiscard]] std::span<const Edge> EdgesOf(StateId state) const;
  [[nodiscard]] bool IsConstant() const { return size() == 1; }
  [[nodiscard]] StateId Next(StateId state, std::uint8_t byte) const;

  bool operator==(const Automaton&) const = default;

 private:
  friend class Minimizer;
  friend Automaton Map(const Automaton& automaton, const std::function<Label(Label)>& f);
  std::vector<Label> labels_;
  std::vector<std::uint32_t> first_edge_;  // one more than states
  std::vector<Edge> edges_;
};

// The word w has label f(w) in the result. Cheap where f tells all labels apart.
[[nodiscard]] Automaton Map(const Automaton& automaton, const std::function<Label(Label)>& f);
// The word w has label f(a(w), b(w)). Nothing when the product has more than `max_states` states.
[[nodiscard]] std::optional<Automaton> Combine(const Automaton& a, const Automaton& b,
                                               const std::function<Label(Label, Label)>& f,
                                               std::size_t max_states = kMaxStates);
// Words that begin with `first` have the label of their rest; all others `otherwise`.
[[nodiscard]] Automaton Prefixed(std::uint8_t first, const Automaton& rest, Label otherwise);

}  // namespace sbtune::automata
