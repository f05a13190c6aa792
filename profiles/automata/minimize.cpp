// Minimisation by partition refinement: states start in classes by label; a class is split where members lead to
// different classes. The largest part keeps the class's number, so that a state is renumbered at most log n times,
// and only the predecessors of renumbered states are looked at again.
#include <algorithm>
#include <compare>
#include <optional>
#include <span>
#include <unordered_map>

#include "profiles/automata/automaton.h"

namespace sbtune::automata {

class Minimizer {
 public:
  explicit Minimizer(const RawAutomaton& raw) : raw_(raw) {}

  Automaton Run() {
    Prepare();
    while (!dirty_.empty()) Round();
    return Build();
  }

 private:
  using Class = std::uint32_t;

  struct Split {
    Class from;
    std::vector<std::vector<StateId>> parts;  // each gets a new class; what is not listed stays
  };

  void Prepare() {
    const std::size_t count = raw_.size();
    class_.resize(count);
    position_.resize(count);
    is_dirty_.assign(count, 1);
    preds_.resize(count);
    std::unordered_map<Label, Class> by_label;
    for (StateId state = 0; state < count; ++state) {
      const auto [at, is_new] = by_label.try_emplace(raw_.labels_[state], static_cast<Class>(members_.size()));
      if (is_new) members_.emplace_back();
      Enter(state, at->second);
      dirty_.push_back(state);
      for (const Edge& edge : raw_.edges_[state]) {
        if (preds_[edge.target].empty() || preds_[edge.target].back() != state) preds_[edge.target].push_back(state);
      }
    }
  }

  void Enter(StateId state, Class into) {
    class_[state] = into;
    position_[state] = static_cast<std::uint32_t>(members_[into].size());
    members_[into].push_back(state);
  }

  void Leave(StateId state) {
    std::vector<StateId>& members = members_[class_[state]];
    const StateId last = members.back();
    members[position_[state]] = last;
    position_[last] = position_[state];
    members.pop_back();
  }

  // Compares where two states lead, byte for byte, as sequences of classes.
  [[nodiscard]] std::strong_ordering Compare(StateId a, StateId b) const {
    const std::vector<Edge> &left = raw_.edges_[a], &right = raw_.edges_[b];
    for (std::size_t i = 0, j = 0; i < left.size() && j < right.size();) {
      const Class x = class_[left[i].target], y = class_[right[j].target];
      if (x != y) return x <=> y;
      const std::uint8_t last = std::min(left[i].last, right[j].last);
      if (left[i].last == last) ++i;
      if (right[j].last == last) ++j;
    }
    return std::strong_ordering::equal;
  }

  // All comparisons are made under the numbering of the round's start; then the splits are done.
  void Round() {
    const auto by_class = [&](StateId a, StateId b) { return class_[a] < class_[b]; };
    std::vector<StateId> looked_at = dirty_;
    std::ranges::sort(looked_at, by_class);
    std::vector<Split> splits;
    for (std::size_t begin = 0; begin < looked_at.size();) {
      std::size_t end = begin + 1;
      while (end < looked_at.size() && class_[looked_at[end]] == class_[looked_at[begin]]) ++end;
      FindSplit(std::span(looked_at).subspan(begin, end - begin), splits);
      begin = end;
    }
    for (const StateId state : dirty_) is_dirty_[state] = 0;
    dirty_.clear();
    for (const Split& split : splits) {
      for (const std::vector<StateId>& part : split.parts) Separate(part);
    }
  }

  // `states` are the members of one class that have to be looked at. The others, the calm ones, all lead to the same.
  void FindSplit(std::span<StateId> states, std::vector<Split>& splits) {
    const Class from = class_[states.front()];
    const std::size_t calm = members_[from].size() - states.size();
    if (members_[from].size() == 1) return;
    std::ranges::sort(states, [&](StateId a, StateId b) { return Compare(a, b) < 0; });
    StateId calm_one = states.front();
    if (calm > 0) calm_one = *std::ranges::find_if(members_[from], [&](StateId s) { return is_dirty_[s] == 0; });
    std::vector<std::span<StateId>> groups;
    std::optional<std::size_t> with_calm;
    for (std::size_t begin = 0; begin < states.size();) {
      std::size_t end = begin + 1;
      while (end < states.size() && Compare(states[begin], states[end]) == 0) ++end;
      if (calm > 0 && Compare(states[begin], calm_one) == 0) with_calm = groups.size();
      groups.push_back(states.subspan(begin, end - begin));
      begin = end;
    }
    if (calm > 0 && !with_calm) {
      with_calm = groups.size();
      groups.emplace_back();
    }
    if (groups.size() > 1) splits.push_back(SplitInto(from, groups, with_calm, calm));
  }

  // The largest group stays.
  Split SplitInto(Class from, const std::vector<std::span<StateId>>& groups, std::optional<std::size_t> with_calm,
                  std::size_t calm) const {
    const auto size = [&](std::size_t i) { return groups[i].size() + (with_calm == i ? calm : 0); };
    std::size_t keeps = 0;
    for (std::size_t i = 1; i < groups.size(); ++i) {
      if (size(i) > size(keeps)) keeps = i;
    }
    Split split{from, {}};
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (i == keeps) continue;
      split.parts.emplace_back(groups[i].begin(), groups[i].end());
      if (with_calm == i) AddCalm(from, split.parts.back());
    }
    return split;
  }

  void AddCalm(Class from, std::vector<StateId>& part) const {
    for (const StateId state : members_[from]) {
      if (is_dirty_[state] == 0) part.push_back(state);
    }
  }

  void Separate(const std::vector<StateId>& part) {
    const auto fresh = static_cast<Class>(members_.size());
    members_.emplace_back();
    for (const StateId state : part) {
      Leave(state);
      Enter(state, fresh);
    }
    for (const StateId state : part) {
      for (const StateId pred : preds_[state]) {
        if (is_dirty_[pred] != 0) continue;
        is_dirty_[pred] = 1;
        dirty_.push_back(pred);
      }
    }
  }

  // Classes become states, in the order in which a breadth-first walk from the start meets them.
  [[nodiscard]] Automaton Build() const {
    constexpr StateId kUnseen = 0xFFFFFFFF;
    std::vector<StateId> number(members_.size(), kUnseen);
    std::vector<StateId> order = {0};
    number[class_[0]] = 0;
    Automaton result;
    result.first_edge_.push_back(0);
    for (std::size_t done = 0; done < order.size(); ++done) {
      result.labels_.push_back(raw_.labels_[order[done]]);
      const std::size_t first_own = result.edges_.size();
      for (const Edge& edge : raw_.edges_[order[done]]) {
        StateId& target = number[class_[edge.target]];
        if (target == kUnseen) {
          target = static_cast<StateId>(order.size());
          order.push_back(members_[class_[edge.target]].front());
        }
        const bool same = result.edges_.size() > first_own && result.edges_.back().target == target;
        if (same) result.edges_.back().last = edge.last;
        else result.edges_.push_back({edge.last, target});
      }
      result.first_edge_.push_back(static_cast<std::uint32_t>(result.edges_.size()));
    }
    return result;
  }

  const RawAutomaton& raw_;
  std::vector<Class> class_;
  std::vector<std::uint32_t> position_;  // in members_[class]
  std::vector<std::vector<StateId>> members_;
  std::vector<std::vector<StateId>> preds_;
  std::vector<StateId> dirty_;
  std::vector<char> is_dirty_;
};

Automaton Automaton::Minimal(const RawAutomaton& raw) { return Minimizer(raw).Run(); }

}  // namespace sbtune::automata
