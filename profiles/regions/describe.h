// A set of targets in words that a user knows: exact names, folders with everything below, beginnings, and the
// profiles' own expressions; each with its exceptions.
//
//   "/usr/local" and below, except "/usr/local/secret"
//   what begins with "com.apple."
#pragma once

#include <string>
#include <vector>

#include "profiles/automata/automaton.h"
#include "profiles/regions/target_space.h"

namespace sbtune::regions {

// A set that the profiles themselves name, to describe others by: its text in the profile language.
struct NamedSet {
  std::string text;             // (regex "^/a.*")
  automata::Automaton words;    // labels 0 and 1, with the kind byte
};

struct Piece {
  enum class Shape : std::uint8_t {
    kEverything,    // whatever targets the operation has, also none
    kExactly,       // `text`
    kTree,          // `text` and everything below it
    kBelow,         // everything below `text`, a folder without its slash ("" is the root)
    kBeginning,     // everything that begins with `text`; all, when it is empty
    kNamed,         // what `text`, a filter in the profile language, matches and begins with `within`
    kConnection,    // `text`: protocols, hosts and ports
    kSome,          // some of what begins with `text`: the description is not exact
  };
  Shape shape = Shape::kExactly;
  Kind kind = Kind::kPath;
  std::string text;
  std::string within;
  std::vector<Piece> except;
  std::string example;  // a word of the set, with its kind byte; only of pieces that stand in no `except`
};

// Whether the two say the same; the examples may differ.
[[nodiscard]] bool SaysTheSame(const Piece& a, const Piece& b);

// `set` has labels 0 and 1; only what `universe` holds counts. Together the pieces are exactly the set, unless one
// has the shape kSome.
[[nodiscard]] std::vector<Piece> Describe(const automata::Automaton& set, const automata::Automaton& universe,
                                          const TargetSpace& targets, const std::vector<NamedSet>& named);

// One line for people.
[[nodiscard]] std::string TextOf(const Piece& piece);
[[nodiscard]] std::string_view Name(Piece::Shape shape);  // "exactly", "tree", "below", …: stable, for JSON

}  // namespace sbtune::regions
