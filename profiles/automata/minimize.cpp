// Minimisation by partition refinement: states start in classes by label; a class is split where members lead to
// different classes. The largest part keeps the class's number, so that a state is renumbered at most log n times,
// and only the predecessors of renumbered states are looked at again.
#include <algorithm>
#include <map>
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
  using Signature = std::vector<Edge>;  // edges to classes instead of states, equal neighbours merged

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

  [[nodiscard]] Signature SignatureOf(StateId state) const {
    Signature signature;
    for (const Edge& edge : raw_.edges_[state]) {
      const Class target = class_[edge.target];
      if (!signature.empty() && signature.back().target == target) {
        signature.back().last = edge.last;
      } else {
        signature.push_back({edge.last, target});
      }
    }
    return signature;
  }

  // All signatures are taken under the numbering of the round's start; then the splits are done.
  void Round() {
    std::map<Class, std::vector<StateId>> touched;
    for (const StateId state : dirty_) {
      if (members_[class_[state]].size() > 1) touched[class_[state]].push_back(state);
    }
    std::vector<Split> splits;
    for (auto& [from, states] : touched) FindSplit(from, states, splits);
    for (const StateId state : dirty_) is_dirty_[state] = 0;
    dirty_.clear();
    for (const Split& split : splits) {
      for (const std::vector<StateId>& part : split.parts) Separate(part);
    }
  }

  struct Less {
    bool operator()(const Signature& a, const Signature& b) const {
      return std::ranges::lexicographical_compare(a, b, [](const Edge& x, const Edge& y) {
        return x.last != y.last ? x.last < y.last : x.target < y.target;
      });
    }
  };

  void FindSplit(Class from, const std::vector<StateId>& states, std::vector<Split>& splits) {
    std::map<Signature, std::vector<StateId>, Less> groups;
    for (const StateId state : states) groups[SignatureOf(state)].push_back(state);
    // The members that nobody looks at now all have one signature.
    const std::size_t calm = members_[from].size() - states.size();
    const std::vector<StateId>* keeps = nullptr;
    std::size_t largest = 0;
    const std::vector<StateId>* with_calm = nullptr;
    if (calm > 0) {
      const auto witness = std::ranges::find_if(members_[from], [&](StateId s) { return is_dirty_[s] == 0; });
      with_calm = &groups[SignatureOf(*witness)];
    }
    for (const auto& [signature, group] : groups) {
      const std::size_t size = group.size() + (&group == with_calm ? calm : 0);
      if (size > largest) {
        largest = size;
        keeps = &group;
      }
    }
    if (groups.size() == 1) return;
    Split split{from, {}};
    for (const auto& [signature, group] : groups) {
      if (&group == keeps) continue;
      split.parts.push_back(group);
      if (&group == with_calm) AddCalm(from, split.parts.back());
    }
    splits.push_back(std::move(split));
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
      for (const Edge& edge : SignatureOf(order[done])) {
        if (number[edge.target] == kUnseen) {
          number[edge.target] = static_cast<StateId>(order.size());
          order.push_back(members_[edge.target].front());
        }
        result.edges_.push_back({edge.last, number[edge.target]});
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
