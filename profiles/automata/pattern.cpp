#include "profiles/automata/pattern.h"

#include <algorithm>
#include <map>

#include "core/base/result.h"

namespace sbtune::automata {
namespace {

using NodeId = std::uint32_t;
constexpr NodeId kNowhere = 0xFFFFFFFF;

struct Node {
  enum class Kind : std::uint8_t { kBytes, kSplit, kBegin, kEnd, kMatch };
  Kind kind = Kind::kSplit;
  ByteSet bytes;
  NodeId next = kNowhere;
  NodeId other = kNowhere;  // second way of a kSplit
};

// A piece of the machine with one way in and one way out: `out` is a node whose `next` is still open.
struct Piece {
  NodeId in;
  NodeId out;
};

// Thompson's construction over an explicit stack: input cannot drive the native one.
class Machine {
 public:
  explicit Machine(std::span<const PatternItem> items) {
    open_.emplace_back();
    for (const PatternItem& item : items) Take(item);
    SBTUNE_ASSERT(open_.size() == 1);
    const Piece whole = CloseGroup();
    start = whole.in;
    nodes[whole.out].next = Add({Node::Kind::kMatch, {}, kNowhere, kNowhere});
  }

  std::vector<Node> nodes;
  NodeId start = 0;

 private:
  struct Group {
    std::vector<std::vector<Piece>> alternatives = {{}};
  };

  NodeId Add(Node node) {
    nodes.push_back(node);
    return static_cast<NodeId>(nodes.size() - 1);
  }
  void Push(Piece piece) { open_.back().alternatives.back().push_back(piece); }
  void PushNode(Node node) {
    const NodeId id = Add(node);
    Push({id, id});
  }

  void Take(const PatternItem& item) {
    switch (item.kind) {
      case PatternItem::Kind::kBytes: return PushNode({Node::Kind::kBytes, item.bytes, kNowhere, kNowhere});
      case PatternItem::Kind::kBegin: return PushNode({Node::Kind::kBegin, {}, kNowhere, kNowhere});
      case PatternItem::Kind::kEnd: return PushNode({Node::Kind::kEnd, {}, kNowhere, kNowhere});
      case PatternItem::Kind::kOpen: open_.emplace_back(); return;
      case PatternItem::Kind::kAlternative: open_.back().alternatives.emplace_back(); return;
      case PatternItem::Kind::kClose: {
        SBTUNE_ASSERT(open_.size() > 1);
        const Piece group = CloseGroup();
        return Push(group);
      }
      case PatternItem::Kind::kRepeat: return Repeat(item.repeat);
    }
  }

  void Repeat(char how) {
    SBTUNE_ASSERT(!open_.back().alternatives.back().empty());
    Piece& piece = open_.back().alternatives.back().back();
    const NodeId end = Add({});
    const NodeId split = Add({Node::Kind::kSplit, {}, piece.in, end});
    nodes[piece.out].next = how == '?' ? end : split;
    piece = {how == '+' ? piece.in : split, end};
  }

  Piece Chain(const std::vector<Piece>& pieces) {
    if (pieces.empty()) {
      const NodeId empty = Add({});
      return {empty, empty};
    }
    for (std::size_t i = 1; i < pieces.size(); ++i) nodes[pieces[i - 1].out].next = pieces[i].in;
    return {pieces.front().in, pieces.back().out};
  }

  Piece CloseGroup() {
    const Group group = std::move(open_.back());
    open_.pop_back();
    const NodeId end = Add({});
    NodeId in = kNowhere;
    for (const std::vector<Piece>& alternative : group.alternatives) {
      const Piece piece = Chain(alternative);
      nodes[piece.out].next = end;
      in = in == kNowhere ? piece.in : Add({Node::Kind::kSplit, {}, in, piece.in});
    }
    return {in, end};
  }

  std::vector<Group> open_;
};

// Subset construction. A subset holds the nodes that wait for a byte, kEnd nodes, and kMatch.
class Determinizer {
 public:
  Determinizer(const Machine& machine, std::size_t max_states) : machine_(machine), max_states_(max_states) {
    FindClasses();
    mark_.assign(machine.nodes.size(), 0);
  }

  std::optional<Automaton> Run() {
    // Not in known_: a later subset of the same nodes may not take `$^` for a match, as the start may.
    AddState(Closure({machine_.start}, At::kStart), At::kStart);
    for (std::size_t done = 0; done < subsets_.size(); ++done) {
      if (subsets_.size() > max_states_) return std::nullopt;
      raw_.SetEdges(static_cast<StateId>(done), EdgesFrom(subsets_[done]));
    }
    return Automaton::Minimal(raw_);
  }

 private:
  enum class At : std::uint8_t { kStart, kInside };
  using Subset = std::vector<NodeId>;

  // Bytes that no set tells apart share a class; `representatives_` has one byte of each, `class_of_` all.
  void FindClasses() {
    std::map<std::vector<bool>, std::uint8_t> known;
    for (unsigned byte = 0; byte < 256; ++byte) {
      std::vector<bool> in;
      for (const Node& node : machine_.nodes) {
        if (node.kind == Node::Kind::kBytes) in.push_back(node.bytes[byte]);
      }
      const auto [at, is_new] = known.try_emplace(std::move(in), static_cast<std::uint8_t>(representatives_.size()));
      if (is_new) representatives_.push_back(static_cast<std::uint8_t>(byte));
      class_of_[byte] = at->second;
    }
  }

  Subset Closure(std::vector<NodeId> stack, At at) {
    ++round_;
    Subset reached;
    while (!stack.empty()) {
      const NodeId id = stack.back();
      stack.pop_back();
      if (id == kNowhere || mark_[id] == round_) continue;
      mark_[id] = round_;
      const Node& node = machine_.nodes[id];
      switch (node.kind) {
        case Node::Kind::kSplit:
          stack.push_back(node.next);
          stack.push_back(node.other);
          break;
        case Node::Kind::kBegin:
          if (at == At::kStart) stack.push_back(node.next);
          break;
        case Node::Kind::kMatch: return {id};  // matched for good: nothing else matters
        case Node::Kind::kBytes:
        case Node::Kind::kEnd: reached.push_back(id); break;
      }
    }
    std::ranges::sort(reached);
    return reached;
  }

  // Whether the word may end here: through `$` to the match without another byte.
  bool Accepts(const Subset& subset, At at) {
    ++round_;
    Subset stack = subset;
    while (!stack.empty()) {
      const NodeId id = stack.back();
      stack.pop_back();
      if (id == kNowhere || mark_[id] == round_) continue;
      mark_[id] = round_;
      const Node& node = machine_.nodes[id];
      if (node.kind == Node::Kind::kMatch) return true;
      if (node.kind == Node::Kind::kBytes || (node.kind == Node::Kind::kBegin && at == At::kInside)) continue;
      stack.push_back(node.next);
      stack.push_back(node.other);
    }
    return false;
  }

  StateId Reach(const Subset& subset) {
    const auto [at, is_new] = known_.try_emplace(subset, static_cast<StateId>(subsets_.size()));
    if (is_new) AddState(subset, At::kInside);
    return at->second;
  }

  void AddState(const Subset& subset, At at) {
    raw_.Add(Accepts(subset, at) ? 1 : 0);
    subsets_.push_back(subset);
  }

  // By value: Reach grows subsets_.
  std::vector<Edge> EdgesFrom(const Subset from) {
    std::vector<StateId> targets;
    const bool matched = from.size() == 1 && machine_.nodes[from[0]].kind == Node::Kind::kMatch;
    for (const std::uint8_t byte : representatives_) {
      std::vector<NodeId> next = {machine_.start};  // the search may begin at every byte
      for (const NodeId id : from) {
        const Node& node = machine_.nodes[id];
        if (node.kind == Node::Kind::kBytes && node.bytes[byte]) next.push_back(node.next);
      }
      targets.push_back(Reach(matched ? from : Closure(std::move(next), At::kInside)));
    }
    std::vector<Edge> edges;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const StateId target = targets[class_of_[byte]];
      if (!edges.empty() && edges.back().target == target) {
        edges.back().last = static_cast<std::uint8_t>(byte);
      } else {
        edges.push_back({static_cast<std::uint8_t>(byte), target});
      }
    }
    return edges;
  }

  const Machine& machine_;
  std::size_t max_states_;
  RawAutomaton raw_;
  std::vector<Subset> subsets_;
  std::map<Subset, StateId> known_;
  std::vector<std::uint8_t> representatives_;
  std::uint8_t class_of_[256] = {};
  std::vector<std::uint32_t> mark_;
  std::uint32_t round_ = 0;
};

}  // namespace

std::optional<Automaton> BuildPattern(std::span<const PatternItem> items, std::size_t max_states) {
  const Machine machine(items);
  return Determinizer(machine, max_states).Run();
}

}  // namespace sbtune::automata
