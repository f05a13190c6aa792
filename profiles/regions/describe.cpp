#include "profiles/regions/describe.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include <fmt/format.h>

#include "core/base/result.h"
#include "profiles/automata/search.h"
#include "profiles/automata/wordset.h"
#include "profiles/sbpl/edit/string_literal.h"

namespace sbtune::regions {
namespace {

using automata::Automaton;
using automata::Edge;
using automata::Label;
using automata::StateId;
using automata::WordSet;
using Shape = Piece::Shape;

constexpr Label kOutside = 0, kNotIn = 1, kIn = 2;  // labels of the working automaton

constexpr unsigned kFewBytes = 8;          // a range of so many bytes is told byte by byte
constexpr std::size_t kFewNames = 40;      // sets tried to describe what has no simple shape
constexpr std::size_t kCoverStates = 50'000;

Label Other(Label label) { return label == kIn ? kNotIn : kIn; }

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

// A set without simple shape, said with the sets that the profiles name.
class Cover {
 public:
  Cover(const Automaton& all, const std::vector<NamedSet>& named, std::string prefix)
      : prefix_(std::move(prefix)), named_(named),
        inside_(WordSet().Add(prefix_, WordSet::Kind::kPrefix).Build()), all_(all) {}

  // Pieces for the words that begin with the prefix and have the label.
  std::vector<Piece> Run(Label want) {
    Automaton rest = Restricted(want);
    std::vector<Piece> pieces;
    for (const NamedSet* set : Relevant(rest)) {
      if (!Within(set->words, want)) continue;
      if (!Meets(set->words, rest)) continue;
      pieces.push_back(Make(*set));
      rest = Without(rest, set->words);
    }
    if (IsEmpty(rest)) return pieces;
    if (auto holes = Holes(inside_, want)) {
      Piece piece{Shape::kBeginning, Kind::kPath, prefix_, "", std::move(*holes), ""};
      return {std::move(piece)};
    }
    for (const NamedSet* set : Relevant(rest)) {
      if (!Meets(set->words, rest)) continue;
      if (auto holes = Holes(set->words, want)) {
        pieces.push_back(Make(*set));
        pieces.back().except = std::move(*holes);
        rest = Without(rest, set->words);
      }
    }
    if (!IsEmpty(rest)) pieces.push_back({Shape::kSome, Kind::kPath, prefix_, "", {}, ""});
    return pieces;
  }

 private:
  static constexpr Label kYes = 1;

  // The beginning is told only where the set reaches beyond it.
  Piece Make(const NamedSet& set) const {
    return {Shape::kNamed, Kind::kPath, set.text, Reaches(set.words) ? prefix_ : "", {}, ""};
  }
  bool Reaches(const Automaton& words) const {
    const Automaton beyond = Join(all_, inside_, [](Label x, Label y) { return x != kOutside && y == 0 ? 1u : 0u; });
    return Meets(words, beyond);
  }

  // Labels 1 for the words of the label below the prefix.
  Automaton Restricted(Label want) const {
    return Join(all_, inside_, [want](Label x, Label y) { return x == want && y == kYes ? 1u : 0u; });
  }

  static Automaton Join(const Automaton& a, const Automaton& b, const std::function<Label(Label, Label)>& f) {
    auto both = automata::Combine(a, b, f, kCoverStates);
    return both ? std::move(*both) : Automaton::Constant(0);
  }
  static Automaton Without(const Automaton& set, const Automaton& taken) {
    return Join(set, taken, [](Label x, Label y) { return x != 0 && y == 0 ? 1u : 0u; });
  }
  static bool IsEmpty(const Automaton& set) { return set == Automaton::Constant(0); }
  static bool Meets(const Automaton& a, const Automaton& b) {
    const auto found = automata::FindWord(a, b, [](Label x, Label y) { return x != 0 && y != 0; }, kCoverStates);
    return found && found->has_value();
  }
  // Every word of the set below the prefix has the label, or is no target.
  bool Within(const Automaton& words, Label want) const {
    const Automaton wrong = Restricted(Other(want));
    const auto found = automata::FindWord(words, wrong, [](Label x, Label y) { return x != 0 && y != 0; }, kCoverStates);
    return found && !found->has_value();
  }

  std::vector<const NamedSet*> Relevant(const Automaton& rest) const {
    std::vector<const NamedSet*> sets;
    for (const NamedSet& set : named_) {
      if (sets.size() < kFewNames && Meets(set.words, rest)) sets.push_back(&set);
    }
    return sets;
  }

  // The sets that make up exactly what `words` holds beyond the label; nothing if the named sets cannot say it.
  std::optional<std::vector<Piece>> Holes(const Automaton& words, Label want) const {
    Automaton rest = Join(words, Restricted(Other(want)), [](Label x, Label y) { return x != 0 && y != 0 ? 1u : 0u; });
    if (IsEmpty(rest)) return std::vector<Piece>();
    const Automaton keep = Join(words, Restricted(want), [](Label x, Label y) { return x != 0 && y != 0 ? 1u : 0u; });
    std::vector<Piece> holes;
    for (const NamedSet* set : Relevant(rest)) {
      if (Meets(set->words, keep)) continue;
      holes.push_back(Make(*set));
      holes.back().within.clear();
      rest = Without(rest, set->words);
      if (IsEmpty(rest)) return holes;
    }
    return std::nullopt;
  }

  std::string prefix_;
  const std::vector<NamedSet>& named_;
  Automaton inside_;
  const Automaton& all_;
};

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
    for (Piece& piece : Cover(all_, named_, work.prefix).Run(work.want)) Emit(work, std::move(piece));
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

std::string Joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : std::string(between)) + parts[i];
  return text;
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

bool SaysTheSame(const Piece& a, const Piece& b) {
  return a.shape == b.shape && a.kind == b.kind && a.text == b.text && a.within == b.within &&
         std::ranges::equal(a.except, b.except, SaysTheSame);
}

std::string_view Name(Shape shape) {
  switch (shape) {
    case Shape::kEverything: return "everything";
    case Shape::kExactly: return "exactly";
    case Shape::kTree: return "tree";
    case Shape::kBelow: return "below";
    case Shape::kBeginning: return "beginning";
    case Shape::kNamed: return "filter";
    case Shape::kConnection: return "connection";
    case Shape::kSome: return "some";
  }
  return "some";
}

namespace {

std::string_view Everything(Kind kind) {
  switch (kind) {
    case Kind::kNone: return "always";
    case Kind::kPath: return "every path";
    case Kind::kOutbound:
    case Kind::kLocalEnd: return "every connection";
    case Kind::kControl: return "every kernel control";
    case Kind::kGlobalName: return "every service by its global name";
    case Kind::kLocalName: return "every service by its local name";
    case Kind::kXpcName: return "every XPC service";
    case Kind::kText: return "every target";
  }
  return "every target";
}

std::string Quoted(const std::string& text) {
  const auto literal = sbpl::StringLiteral(text);
  return literal ? *literal : "\"" + text + "\"";
}

std::string_view KindPrefix(Kind kind) {
  switch (kind) {
    case Kind::kLocalName: return "local name ";
    case Kind::kXpcName: return "XPC service ";
    case Kind::kControl: return "kernel control ";
    case Kind::kNone:
    case Kind::kPath:
    case Kind::kOutbound:
    case Kind::kLocalEnd:
    case Kind::kGlobalName:
    case Kind::kText: break;
  }
  return "";
}

std::string ShapeText(const Piece& piece) {
  switch (piece.shape) {
    case Shape::kEverything: return "everything";
    case Shape::kExactly: return piece.kind == Kind::kNone ? "always" : std::string(KindPrefix(piece.kind)) + Quoted(piece.text);
    case Shape::kTree: return Quoted(piece.text) + " and below";
    case Shape::kBelow: return piece.text.empty() ? "everything below \"/\"" : "everything below " + Quoted(piece.text);
    case Shape::kBeginning:
      if (piece.text.empty() || (piece.kind == Kind::kPath && piece.text == "/")) return std::string(Everything(piece.kind));
      return fmt::format("{}what begins with {}", KindPrefix(piece.kind), Quoted(piece.text));
    case Shape::kNamed:
      if (piece.within.empty() || piece.within == "/") return "what " + piece.text + " matches";
      return fmt::format("what {} matches and begins with {}", piece.text, Quoted(piece.within));
    case Shape::kConnection: return piece.text;
    case Shape::kSome:
      return piece.text.empty() ? "some targets" : "some of what begins with " + Quoted(piece.text);
  }
  return "";
}

}  // namespace

std::string TextOf(const Piece& piece) {
  // Exceptions of exceptions are rare and shallow: the profiles' own nesting of folders.
  std::string text = ShapeText(piece);
  if (piece.except.empty()) return text;
  std::vector<std::string> holes;
  for (const Piece& hole : piece.except) holes.push_back(TextOf(hole));
  return text + ", except " + (holes.size() == 1 && piece.except[0].except.empty() ? holes[0] : "(" + Joined(holes, "; ") + ")");
}

}  // namespace sbtune::regions
