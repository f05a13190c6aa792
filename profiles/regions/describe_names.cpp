#include "profiles/regions/describe_names.h"

#include <functional>
#include <optional>

#include "profiles/automata/search.h"
#include "profiles/automata/wordset.h"

namespace sbtune::regions {
namespace {

using automata::Automaton;
using automata::Label;
using automata::WordSet;
using Shape = Piece::Shape;

constexpr std::size_t kFewNames = 40;  // sets tried

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

}  // namespace

std::vector<Piece> CoverWithNames(const Automaton& all, const std::vector<NamedSet>& named, std::string prefix, Label want) {
  return Cover(all, named, std::move(prefix)).Run(want);
}

}  // namespace sbtune::regions
