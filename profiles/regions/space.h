// Everything that conditions on accesses share: the facts that are neither in the operation nor in the target's
// text (is the vnode a directory? does the process hold an extension?), numbered as variables, and the diagrams
// over them. One Space serves one analysis; automata and diagrams of different Spaces must not meet.
//
// A condition on the accesses of one operation is an Automaton over the words of its TargetSpace whose labels are
// diagrams: word, then facts, then yes or no. Exact as long as nothing says "too complex".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "profiles/automata/automaton.h"
#include "profiles/automata/diagram.h"
#include "profiles/regions/target_space.h"
#include "profiles/sbpl/decide/evaluate.h"
#include "profiles/sbpl/query.h"

namespace sbtune::regions {

using automata::Automaton;
using automata::Cube;
using automata::DiagramId;
using automata::VariableId;

// One yes/no question about an access.
struct FactVariable {
  enum class Kind : std::uint8_t {
    kNumber,       // the fact has this number
    kBits,         // … these bits
    kText,         // the fact's text matches
    kHeld,         // an extension class or an entitlement is held
    kFlag,
    kOpaque,       // nothing can be given for it: an expression of unknown meaning, a filter nobody can judge
  };
  Kind kind = Kind::kOpaque;
  std::string base;   // the filter's base name, "entitlement"
  std::string value;  // the number in decimal, the text, the class
  catalog::MatchKind match = catalog::MatchKind::kExact;  // of kText
  bool folds = false;                                     // of kText
  auto operator<=>(const FactVariable&) const = default;
};

class Space {
 public:
  Space(const catalog::Catalog& catalog, sbpl::PolicyOptions options);

  [[nodiscard]] const catalog::Catalog& catalog() const { return *catalog_; }
  [[nodiscard]] const sbpl::PolicyOptions& options() const { return options_; }
  [[nodiscard]] const sbpl::FactTable& facts() const { return facts_; }
  automata::Diagrams diagrams;

  // The diagram of one variable. After kMaxVariables variables nothing new is told apart, and `overflowed` is set.
  [[nodiscard]] DiagramId Variable(const FactVariable& variable);
  [[nodiscard]] const std::vector<FactVariable>& variables() const { return variables_; }
  [[nodiscard]] bool overflowed() const { return overflowed_; }

  // Whether one access can answer the questions as the cube says: a vnode has one type, a name one text.
  [[nodiscard]] bool Feasible(const Cube& cube);
  // Without the literals that follow from others (a directory is no socket).
  [[nodiscard]] Cube Simplified(const Cube& cube) const;
  // Facts for the query: those of the cube hold, every other variable's fact does not. False if the cube names
  // something opaque, which no fact can settle.
  bool AddFacts(const Cube& cube, sbpl::Query& query);
  // "(vnode-type DIRECTORY)", "not (extension \"x\")"
  [[nodiscard]] std::string Describe(const automata::Literal& literal) const;
  // "vnode-type=DIRECTORY", as --fact takes it; empty for what cannot be given.
  [[nodiscard]] std::string FactOption(const automata::Literal& literal) const;

  // Words (without a kind byte) in which the expression matches; nothing if too complex. The expression must be
  // certain.
  [[nodiscard]] std::optional<Automaton> Matches(const std::string& expression, bool folds);

 private:
  [[nodiscard]] std::string Named(const FactVariable& variable) const;  // a number's constant, if it has one

  const catalog::Catalog* catalog_;
  sbpl::PolicyOptions options_;
  sbpl::FactTable facts_;
  std::vector<FactVariable> variables_;
  std::map<FactVariable, VariableId> known_;
  std::map<std::pair<std::string, bool>, std::optional<Automaton>> patterns_;
  bool overflowed_ = false;
};

}  // namespace sbtune::regions
