#include "profiles/regions/describe.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/base/result.h"
#include "profiles/automata/search.h"
#include "profiles/automata/wordset.h"
#include "profiles/regions/describe_names.h"
#include "profiles/regions/piece_text.h"

namespace sbtune::regions {
namespace {

using automata::Automaton;
using automata::Edge;
using automata::Label;
using automata::StateId;
using automata::WordSet;
using Shape = Piece::Shape;

constexpr unsigned kFewBytes = 8;  // a range of so many bytes is told byte by byte

struct Ranged {
  unsigned first, last;
  StateId target;
};

// Which labels can still be met from each state.
class Reach {
 public:
  explicit Reach(const Automaton& automaton) : bits_(automaton.size()) {
    std::vector<std::vector<StateId>> preds(automaton.size());
    std::deque<StateId> work;
    for (StateId state = 0; state < automaton.size(); ++state) {
      bits_[state] = static_cast<std::uint8_t>(1u << automaton.LabelOf(state));
      for (const Edge& edge : automaton.EdgesOf(state)) preds[edge.target].push_back(state);
      work.push_back(state);
    }
    while (!work.empty()) {
      const StateId state = work.front();
      work.pop_front();
      for (const StateId pred : preds[state]) {
        const auto more = static_cast<std::uint8_t>(bits_[pred] | bits_[state]);
        if (more == bits_[pred]) continue;
        bits_[pred] = more;
        work.push_back(pred);
      }
    }
  }
  [[nodiscard]] bool Meets(StateId state, Label label) const { return (bits_[state] >> label & 1) != 0; }

 private:
  std::vector<std::uint8_t> bits_;
};

// States from which the labels differ and to which some word leads back: no list of beginnings ends there.
std::vector<char> OnCycles(const Automaton& automaton, const Reach& reach) {
  const std::size_t count = automaton.size();
  std::vector<std::vector<StateId>> next(count), before(count);
  std::vector<char> in(count);
  for (StateId state = 0; state < count; ++state) in[state] = reach.Meets(state, kIn) && reach.Meets(state, kNotIn) ? 1 : 0;
  for (StateId state = 0; state < count; ++state) {
    for (const Edge& edge : automaton.EdgesOf(state)) {
      if (in[state] == 0 || in[edge.target] == 0) continue;
      next[state].push_back(edge.target);
      before[edge.target].push_back(state);
    }
  }
  // What leads nowhere is no cycle; then what nothing leads to.
  const auto peel = [&](const auto& forward, const auto& backward) {
    std::vector<std::size_t> left(count);
    std::vector<StateId> work;
    for (StateId state = 0; state < count; ++state) {
      left[state] = static_cast<std::size_t>(std::ranges::count_if(forward[state], [&](StateId to) { return in[to] != 0; }));
      if (in[state] != 0 && left[state] == 0) work.push_back(state);
    }
    while (!work.empty()) {
      const StateId state = work.back();
      work.pop_back();
      in[state] = 0;
      for (const StateId from : backward[state]) {
        if (in[from] != 0 && --left[from] == 0) work.push_back(from);
      }
    }
  };
  peel(next, before);
  peel(before, next);
  return in;
}

// Walks from the start; where nearly everything goes one way, that way is told first and the rest as exceptions.
class Describer {
 public:
  Describer(const Automaton& all, const std::vector<NamedSet>& named)
      : all_(all), named_(named), reach_(all), on_cycle_(OnCycles(all, reach_)) {}

  // Words that begin with `prefix`, which leads to `state`.
  std::vector<Piece> Run(StateId state, std::string prefix) {
    lists_.emplace_back();
    work_.push_back({state, std::move(prefix), kIn, 0});
    while (!work_.empty()) {
      Work work = std::move(work_.back());
      work_.pop_back();
      Step(std::move(work));
    }
    return Assemble();
  }

 private:
  enum class Content : std::uint8_t { kNothing, kNone, kAll, kMixed };  // kNothing: no target at all

  struct Work {
    StateId state;
    std::string prefix;
    Label want;
    std::size_t list;
  };
  struct Item {
    Piece piece;
    std::optional<std::size_t> except;  // a list
  };

  [[nodiscard]] Content ContentOf(StateId state, Label want) const {
    const bool yes = reach_.Meets(state, want), no = reach_.Meets(state, Other(want));
    return yes ? (no ? Content::kMixed : Content::kAll) : (no ? Content::kNone : Content::kNothing);
  }

  std::vector<Ranged> EdgesOf(StateId state) const {
    std::vector<Ranged> edges;
    unsigned first = 0;
    for (const Edge& edge : all_.EdgesOf(state)) {
      edges.push_back({first, edge.last, edge.target});
      first = edge.last + 1u;
    }
    return edges;
  }

  void Step(Work work) {
    const Content content = ContentOf(work.state, work.want);
    if (content == Content::kNone || content == Content::kNothing) return;
    if (content == Content::kAll) return Emit(work, {Shape::kBeginning, Kind::kPath, work.prefix, "", {}, ""});
    if (on_cycle_[work.state] != 0) return AskNames(work);
    const std::vector<Ranged> edges = EdgesOf(work.state);
    unsigned bytes[4] = {};
    for (const Ranged& edge : edges) bytes[static_cast<int>(ContentOf(edge.target, work.want))] += edge.last - edge.first + 1;
    const unsigned none = bytes[static_cast<int>(Content::kNone)], all = bytes[static_cast<int>(Content::kAll)],
                   mixed = bytes[static_cast<int>(Content::kMixed)];
    if (all > none && all > mixed) {
      lists_.emplace_back();
      const std::size_t except = lists_.size() - 1;
      Emit(work, {Shape::kBeginning, Kind::kPath, work.prefix, "", {}, ""}, except);
      work_.push_back({work.state, std::move(work.prefix), Other(work.want), except});
      return;
    }
    const bool told_apart = std::ranges::all_of(edges, [&](const Ranged& edge) {
      const Content there = ContentOf(edge.target, work.want);
      return there == Content::kNone || there == Content::kNothing || edge.last - edge.first < kFewBytes;
    });
    if (!told_apart) return AskNames(work);
    if (all_.LabelOf(work.state) == work.want) Emit(work, {Shape::kExactly, Kind::kPath, work.prefix, "", {}, ""});
    for (const Ranged& edge : edges) {
      const Content there = ContentOf(edge.target, work.want);
      if (there == Content::kNone || there == Content::kNothing) continue;
      for (unsigned byte = edge.first; byte <= edge.last; ++byte) {
        work_.push_back({edge.target, work.prefix + static_cast<char>(byte), work.want, work.list});
      }
    }
  }

  void AskNames(const Work& work) {
    for (Piece& piece : CoverWithNames(all_, named_, work.prefix, work.want)) Emit(work, std::move(piece));
  }

  void Emit(const Work& work, Piece piece, std::optional<std::size_t> except = std::nullopt) {
    lists_[work.list].push_back({std::move(piece), except});
  }

  // Exceptions come later than what they are exceptions of, so from the back every list is complete when it is used.
  std::vector<Piece> Assemble() {
    std::vector<std::vector<Piece>> done(lists_.size());
    for (std::size_t i = lists_.size(); i-- > 0;) {
      for (Item& item : lists_[i]) {
        if (item.except) item.piece.except = std::move(done[*item.except]);
        done[i].push_back(std::move(item.piece));
      }
      Merge(done[i]);
    }
    return std::move(done[0]);
  }

  // "/a" exactly and what begins with "/a/" is the tree "/a".
  static void Merge(std::vector<Piece>& pieces) {
    const auto key = [](const Piece& piece) { return std::pair(piece.text, piece.shape); };
    std::ranges::sort(pieces, {}, key);
    std::map<std::string, std::size_t> exact;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      if (pieces[i].shape == Shape::kExactly) exact[pieces[i].text] = i;
    }
    std::vector<char> merged(pieces.size());
    for (Piece& piece : pieces) {
      if (piece.shape != Shape::kBeginning || piece.text.empty() || piece.text[0] != static_cast<char>(Kind::kPath)) continue;
      if (!piece.text.ends_with('/') || piece.text.size() == 2) continue;  // "/" itself begins with "/"
      const std::string folder = piece.text.substr(0, piece.text.size() - 1);
      const auto own = exact.find(folder);
      piece.shape = own == exact.end() ? Shape::kBelow : Shape::kTree;
      piece.text = folder;
      if (own != exact.end()) merged[own->second] = 1;
    }
    std::size_t i = 0;
    std::erase_if(pieces, [&](const Piece&) { return merged[i++] != 0; });
    std::ranges::sort(pieces, {}, key);
  }

  const Automaton& all_;
  const std::vector<NamedSet>& named_;
  Reach reach_;
  std::vector<char> on_cycle_;
  std::vector<std::vector<Item>> lists_;
  std::vector<Work> work_;
};

// The kind byte goes from the texts into `kind`.
void TakeKindOff(std::vector<Piece>& pieces, Kind kind) {
  std::vector<Piece*> work;
  for (Piece& piece : pieces) work.push_back(&piece);
  while (!work.empty()) {
    Piece& piece = *work.back();
    work.pop_back();
    piece.kind = kind;
    if (piece.shape != Shape::kNamed) piece.text.erase(0, 1);
    if (!piece.within.empty()) piece.within.erase(0, 1);
    for (Piece& hole : piece.except) work.push_back(&hole);
  }
}

// Ports as pieces of digits: "443", or everything, or everything except some.
std::string PortsText(const std::vector<Piece>& pieces) {
  std::vector<std::string> parts;
  for (const Piece& piece : pieces) {
    if (piece.shape == Shape::kExactly) {
      parts.push_back(piece.text.substr(4));
    } else {
      std::string part = piece.text.size() <= 4 ? "any port" : "ports " + piece.text.substr(4) + "…";
      if (!piece.except.empty()) part += " except " + PortsText(piece.except);
      parts.push_back(std::move(part));
    }
  }
  return Joined(parts, ", ");
}

// "tcp to localhost", "udp6 to other hosts"; protocol, version and host only where they matter.
std::string ConnectionsText(const std::vector<std::string>& starts) {
  if (starts.size() == 8) return "every connection";
  std::map<std::string, std::set<std::string>> by_rest;  // what follows the version: the versions
  for (const std::string& start : starts) by_rest[start.substr(1)].insert(start.substr(0, 1));
  std::map<std::string, std::set<std::string>> by_protocol;  // tcp, tcp4, …: the hosts
  for (const auto& [rest, versions] : by_rest) {
    const std::string protocol = std::string(rest[0] == 't' ? "tcp" : "udp") + (versions.size() == 2 ? "" : *versions.begin());
    by_protocol[protocol].insert(rest[1] == 'h' ? "localhost" : "other hosts");
  }
  std::vector<std::string> parts;
  for (const auto& [protocol, hosts] : by_protocol) {
    parts.push_back(hosts.size() == 2 ? protocol : protocol + " to " + *hosts.begin());
  }
  return Joined(parts, ", ");
}

// Connections with the same ports are told together.
std::vector<Piece> Connections(const Automaton& all, const std::vector<NamedSet>& named, Kind kind) {
  std::map<std::string, std::vector<std::string>> by_ports;
  for (const char* start : {"4th", "4tr", "6th", "6tr", "4uh", "4ur", "6uh", "6ur"}) {
    StateId state = 0;
    const std::string prefix = static_cast<char>(kind) + std::string(start);
    for (const char byte : prefix) state = all.Next(state, static_cast<std::uint8_t>(byte));
    const std::vector<Piece> pieces = Describer(all, named).Run(state, prefix);
    if (!pieces.empty()) by_ports[PortsText(pieces)].push_back(start);
  }
  std::vector<Piece> result;
  for (const auto& [ports, starts] : by_ports) {
    const std::string what = ConnectionsText(starts);
    result.push_back({Shape::kConnection, kind, ports == "any port" ? what : fmt::format("{}: {}", what, ports), starts.front(), {}, ""});
  }
  return result;
}

void AddExamples(std::vector<Piece>& pieces, const Automaton& all, const std::vector<NamedSet>& named) {
  for (Piece& piece : pieces) {
    const std::string kind(1, static_cast<char>(piece.kind));
    WordSet region;
    switch (piece.shape) {
      case Shape::kEverything: region.Add("", WordSet::Kind::kPrefix); break;
      case Shape::kExactly: region.Add(kind + piece.text, WordSet::Kind::kExact); break;
      case Shape::kTree: region.Add(kind + piece.text, WordSet::Kind::kSubpath); break;
      case Shape::kBelow: region.Add(kind + piece.text + "/", WordSet::Kind::kPrefix); break;
      case Shape::kBeginning:
      case Shape::kSome: region.Add(kind + piece.text, WordSet::Kind::kPrefix); break;
      case Shape::kNamed:
      case Shape::kConnection: region.Add(kind + piece.within, WordSet::Kind::kPrefix); break;
    }
    Automaton words = region.Build();
    const auto set = std::ranges::find(named, piece.text, &NamedSet::text);
    if (piece.shape == Shape::kNamed && set != named.end()) {
      if (auto both = automata::Combine(words, set->words, [](Label x, Label y) { return x & y; }, kCoverStates)) words = std::move(*both);
    }
    const auto found = automata::FindWord(all, words, [](Label x, Label y) { return x == kIn && y != 0; });
    if (found && *found) piece.example = **found;
  }
}

}  // namespace

std::vector<Piece> Describe(const Automaton& set, const Automaton& universe, const TargetSpace& targets,
                            const std::vector<NamedSet>& named) {
  const auto all = automata::Combine(set, universe, [](Label x, Label y) { return y == 0 ? kOutside : x == 0 ? kNotIn : kIn; });
  if (!all) return {{Shape::kSome, targets.kinds.front(), "", "", {}, ""}};
  std::vector<Piece> pieces;
  if (const auto outside = automata::FindWord(*all, [](Label label) { return label == kNotIn; }); !outside) {
    const auto word = automata::FindWord(*all, [](Label label) { return label == kIn; });
    if (word) pieces.push_back({Shape::kEverything, Kind::kNone, "", "", {}, *word});
    return pieces;
  }
  for (const Kind kind : targets.kinds) {
    std::vector<Piece> of_kind;
    if (kind == Kind::kOutbound || kind == Kind::kLocalEnd) {
      of_kind = Connections(*all, named, kind);
    } else {
      const auto start = static_cast<std::uint8_t>(kind);
      of_kind = Describer(*all, named).Run(all->Next(0, start), std::string(1, static_cast<char>(kind)));
      TakeKindOff(of_kind, kind);
    }
    AddExamples(of_kind, *all, named);
    std::ranges::move(of_kind, std::back_inserter(pieces));
  }
  return pieces;
}

}  // namespace sbtune::regions
