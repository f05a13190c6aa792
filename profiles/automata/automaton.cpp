#include "profiles/automata/automaton.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "core/base/result.h"

namespace sbtune::automata {

StateId RawAutomaton::Add(Label label) {
  labels_.push_back(label);
  edges_.emplace_back();
  return static_cast<StateId>(labels_.size() - 1);
}

void RawAutomaton::SetEdges(StateId state, std::vector<Edge> edges) {
  SBTUNE_ASSERT(!edges.empty() && edges.back().last == 255);
  edges_[state] = std::move(edges);
}

Automaton Automaton::Constant(Label label) {
  Automaton automaton;
  automaton.labels_ = {label};
  automaton.first_edge_ = {0, 1};
  automaton.edges_ = {{255, 0}};
  return automaton;
}

std::span<const Edge> Automaton::EdgesOf(StateId state) const {
  return std::span(edges_).subspan(first_edge_[state], first_edge_[state + 1] - first_edge_[state]);
}

StateId Automaton::Next(StateId state, std::uint8_t byte) const {
  const auto edges = EdgesOf(state);
  return std::ranges::lower_bound(edges, byte, {}, &Edge::last)->target;
}

Label Automaton::operator()(std::string_view word) const {
  StateId state = 0;
  for (const char byte : word) state = Next(state, static_cast<std::uint8_t>(byte));
  return labels_[state];
}

Automaton Map(const Automaton& automaton, const std::function<Label(Label)>& f) {
  std::unordered_map<Label, Label> mapped;
  std::unordered_set<Label> values;
  for (const Label label : automaton.labels()) {
    const auto [at, is_new] = mapped.try_emplace(label, 0);
    if (is_new) values.insert(at->second = f(label));
  }
  if (values.size() == mapped.size()) {  // states that differ still do
    Automaton same = automaton;
    for (Label& label : same.labels_) label = mapped[label];
    return same;
  }
  RawAutomaton raw;
  for (const Label label : automaton.labels()) raw.Add(mapped[label]);
  for (StateId state = 0; state < automaton.size(); ++state) {
    const auto edges = automaton.EdgesOf(state);
    raw.SetEdges(state, {edges.begin(), edges.end()});
  }
  return Automaton::Minimal(raw);
}

Automaton Prefixed(std::uint8_t first, const Automaton& rest, Label otherwise) {
  RawAutomaton raw;
  const StateId start = raw.Add(otherwise);
  const StateId dead = raw.Add(otherwise);
  constexpr StateId kShift = 2;
  for (const Label label : rest.labels()) raw.Add(label);
  std::vector<Edge> edges;
  if (first > 0) edges.push_back({static_cast<std::uint8_t>(first - 1), dead});
  edges.push_back({first, kShift});
  if (first < 255) edges.push_back({255, dead});
  raw.SetEdges(start, std::move(edges));
  raw.SetEdges(dead, {{255, dead}});
  for (StateId state = 0; state < rest.size(); ++state) {
    std::vector<Edge> own;
    for (const Edge& edge : rest.EdgesOf(state)) own.push_back({edge.last, edge.target + kShift});
    raw.SetEdges(state + kShift, std::move(own));
  }
  return Automaton::Minimal(raw);
}

namespace {

// Explores the pairs of states that some word reaches.
class Product {
 public:
  Product(const Automaton& a, const Automaton& b, const std::function<Label(Label, Label)>& f, std::size_t max_states)
      : a_(a), b_(b), f_(f), max_states_(max_states) {}

  std::optional<Automaton> Run() {
    Reach(0, 0);
    for (std::size_t done = 0; done < pairs_.size(); ++done) {
      if (pairs_.size() > max_states_) return std::nullopt;
      const auto [left, right] = pairs_[done];
      raw_.SetEdges(static_cast<StateId>(done), Merge(a_.EdgesOf(left), b_.EdgesOf(right)));
    }
    return Automaton::Minimal(raw_);
  }

 private:
  StateId Reach(StateId left, StateId right) {
    const std::uint64_t key = (std::uint64_t{left} << 32) | right;
    const auto [at, is_new] = known_.try_emplace(key, static_cast<StateId>(pairs_.size()));
    if (is_new) {
      pairs_.emplace_back(left, right);
      raw_.Add(f_(a_.LabelOf(left), b_.LabelOf(right)));
    }
    return at->second;
  }

  std::vector<Edge> Merge(std::span<const Edge> left, std::span<const Edge> right) {
    std::vector<Edge> merged;
    std::size_t i = 0, j = 0;
    while (i < left.size() && j < right.size()) {
      const std::uint8_t last = std::min(left[i].last, right[j].last);
      const StateId target = Reach(left[i].target, right[j].target);
      if (!merged.empty() && merged.back().target == target) {
        merged.back().last = last;
      } else {
        merged.push_back({last, target});
      }
      if (left[i].last == last) ++i;
      if (right[j].last == last) ++j;
    }
    return merged;
  }

  const Automaton& a_;
  const Automaton& b_;
  const std::function<Label(Label, Label)>& f_;
  std::size_t max_states_;
  RawAutomaton raw_;
  std::vector<std::pair<StateId, StateId>> pairs_;
  std::unordered_map<std::uint64_t, StateId> known_;
};

}  // namespace

std::optional<Automaton> Combine(const Automaton& a, const Automaton& b, const std::function<Label(Label, Label)>& f,
                                 std::size_t max_states) {
  if (a.IsConstant()) return Map(b, [&](Label label) { return f(a.LabelOf(0), label); });
  if (b.IsConstant()) return Map(a, [&](Label label) { return f(label, b.LabelOf(0)); });
  return Product(a, b, f, max_states).Run();
}

}  // namespace sbtune::automata
