#include "profiles/automata/search.h"

#include <algorithm>
#include <array>
#include <queue>
#include <unordered_map>
#include <vector>

namespace sbtune::automata {
namespace {

constexpr std::uint32_t kLetter = 2, kPlain = 3, kOdd = 6, kStrange = 60;

constexpr std::uint32_t CostOf(unsigned byte) {
  const bool letter = byte >= 'a' && byte <= 'z';
  const bool digit = byte >= '0' && byte <= '9';
  if (letter) return kLetter;
  if (digit || byte == '/' || byte == '.' || byte == '-' || byte == '_') return kPlain;
  return byte > ' ' && byte < 127 ? kOdd : kStrange;
}

// For every byte range the byte that reads best: x first, then by cost.
std::uint8_t BestByte(unsigned first, unsigned last) {
  if (first <= 'x' && 'x' <= last) return 'x';
  unsigned best = first;
  for (unsigned byte = first; byte <= last; ++byte) {
    if (CostOf(byte) < CostOf(best)) best = byte;
  }
  return static_cast<std::uint8_t>(best);
}

// Dijkstra over pairs of states; `cost` decides, then the order of finding.
class Search {
 public:
  Search(const Automaton& a, const Automaton& b, const std::function<bool(Label, Label)>& wanted,
         std::size_t max_states)
      : a_(a), b_(b), wanted_(wanted), max_states_(max_states) {}

  std::expected<std::optional<std::string>, TooLarge> Run() {
    Reach({0, 0}, kNone, 0, 0);
    while (!queue_.empty()) {
      const auto [cost, number] = queue_.top();
      queue_.pop();
      if (cost > found_[number].cost) continue;
      const Pair at = found_[number].pair;
      if (wanted_(a_.LabelOf(at.first), b_.LabelOf(at.second))) return WordTo(number);
      if (found_.size() > max_states_) return std::unexpected(TooLarge{});
      Expand(at, number, cost);
    }
    return std::nullopt;
  }

 private:
  using Pair = std::pair<StateId, StateId>;
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;

  struct Found {
    Pair pair;
    std::uint32_t from;
    std::uint32_t cost;
    std::uint8_t byte;
  };

  void Expand(Pair at, std::uint32_t number, std::uint32_t cost) {
    const auto left = a_.EdgesOf(at.first), right = b_.EdgesOf(at.second);
    unsigned first = 0;
    for (std::size_t i = 0, j = 0; i < left.size() && j < right.size();) {
      const std::uint8_t last = std::min(left[i].last, right[j].last);
      const std::uint8_t byte = BestByte(first, last);
      Reach({left[i].target, right[j].target}, number, cost + CostOf(byte), byte);
      if (left[i].last == last) ++i;
      if (right[j].last == last) ++j;
      first = last + 1u;
    }
  }

  void Reach(Pair pair, std::uint32_t from, std::uint32_t cost, std::uint8_t byte) {
    const std::uint64_t key = (std::uint64_t{pair.first} << 32) | pair.second;
    const auto [at, is_new] = known_.try_emplace(key, static_cast<std::uint32_t>(found_.size()));
    if (is_new) {
      found_.push_back({pair, from, cost, byte});
    } else if (cost < found_[at->second].cost) {
      found_[at->second] = {pair, from, cost, byte};
    } else {
      return;
    }
    queue_.emplace(cost, at->second);
  }

  std::string WordTo(std::uint32_t number) const {
    std::string word;
    for (; found_[number].from != kNone; number = found_[number].from) word += static_cast<char>(found_[number].byte);
    std::ranges::reverse(word);
    return word;
  }

  const Automaton& a_;
  const Automaton& b_;
  const std::function<bool(Label, Label)>& wanted_;
  std::size_t max_states_;
  std::vector<Found> found_;
  std::unordered_map<std::uint64_t, std::uint32_t> known_;
  using Entry = std::pair<std::uint32_t, std::uint32_t>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
};

}  // namespace

std::expected<std::optional<std::string>, TooLarge> FindWord(const Automaton& a, const Automaton& b,
                                                             const std::function<bool(Label, Label)>& wanted,
                                                             std::size_t max_states) {
  return Search(a, b, wanted, max_states).Run();
}

std::optional<std::string> FindWord(const Automaton& automaton, const std::function<bool(Label)>& wanted) {
  const Automaton nothing = Automaton::Constant(0);
  const std::function<bool(Label, Label)> both = [&](Label label, Label) { return wanted(label); };
  return *Search(automaton, nothing, both, automaton.size() + 1).Run();
}

}  // namespace sbtune::automata
