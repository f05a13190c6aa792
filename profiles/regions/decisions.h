// What a profile answers to every access of an operation at once: an Automaton over the words of the operation's
// TargetSpace, labelled with diagrams whose values say what was decided.
//
//   Space space(table.catalog(), options);
//   Decisions allowed(space, table, Decisions::ByAction());
//   const auto all = allowed.Of(operation, targets);   // values kDenied and kAllowed
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "profiles/regions/rule_table.h"
#include "profiles/regions/space.h"

namespace sbtune::regions {

inline constexpr std::uint32_t kUndecided = 0;  // what `of_rule` may not answer
inline constexpr std::uint32_t kDenied = 1, kAllowed = 2;

// The value of being decided by a rule (as one of the operation's that it names) or by the table, and how a value is
// put before those that would follow.
struct Valuing {
  std::function<std::uint32_t(RuleId, const catalog::Operation&)> of_rule;
  std::function<std::uint32_t(access::Action)> of_default;
  // `first` is not kUndecided, `then` may be.
  std::function<std::uint32_t(std::uint32_t first, std::uint32_t then)> before;
  enum class Depth : std::uint8_t { kFirstOnly, kAll } depth = Depth::kFirstOnly;  // kAll: behind plain rules too
};

// Values kDenied and kAllowed.
[[nodiscard]] Valuing ByAction(const RuleTable& table);

class Decisions {
 public:
  Decisions(Space& space, const RuleTable& table, Valuing valuing);

  // Nothing if too complex. Remembered: operations that share a parent share its part.
  [[nodiscard]] std::optional<Automaton> Of(const catalog::Operation& operation, const TargetSpace& targets);

  // What somebody would expect who believes that the last matching line decides, whichever of the operation and its
  // parents it names. Rules on `default` are taken for what they are, and so are those that the system adds.
  [[nodiscard]] std::optional<Automaton> InTextOrder(const catalog::Operation& operation, const TargetSpace& targets);

 private:
  std::optional<Automaton> OwnPart(const catalog::Operation& operation, const TargetSpace& targets);
  std::optional<Automaton> Valued(std::span<const RuleId> rules, std::uint32_t value, const TargetSpace& targets);
  Automaton DefaultPart(const catalog::Operation& operation);
  std::optional<Automaton> Before(const Automaton& first, const Automaton& then);
  std::optional<Automaton> InOrder(std::vector<Automaton> parts);

  Space& space_;
  const RuleTable& table_;
  Valuing valuing_;
  std::uint32_t operation_code_;  // this object's own among the diagrams' operations
  std::map<std::pair<std::size_t, TargetSpace>, std::optional<Automaton>> own_, whole_;
};

}  // namespace sbtune::regions
