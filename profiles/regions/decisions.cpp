#include "profiles/regions/decisions.h"

#include "profiles/regions/condition.h"

namespace sbtune::regions {
namespace {

using automata::Label;
using Maybe = std::optional<Automaton>;

constexpr std::size_t kMaxDecisionStates = 200'000;

}  // namespace

Valuing ByAction(const RuleTable& table) {
  const auto value = [](access::Action action) { return action == access::Action::kAllow ? kAllowed : kDenied; };
  return {[&table, value](RuleId id, const catalog::Operation&) { return value(table.rule(id).action); }, value,
          [](std::uint32_t first, std::uint32_t) { return first; }};
}

Decisions::Decisions(Space& space, const RuleTable& table, Valuing valuing)
    : space_(space), table_(table), valuing_(std::move(valuing)), operation_code_(space.diagrams.NewOperation()) {}

Maybe Decisions::Of(const catalog::Operation& operation, const TargetSpace& targets) {
  const std::pair key{table_.catalog().Id(operation), targets};
  if (const auto known = whole_.find(key); known != whole_.end()) return known->second;
  Maybe& result = whole_[key];
  const Maybe own = OwnPart(operation, targets);
  if (!own) return result;
  const bool settled = valuing_.depth == Valuing::Depth::kFirstOnly && !table_.OwnRules(operation).plain.empty();
  if (settled) return result = own;
  const catalog::Operation* parent = IsAllowedByDefault(operation) ? nullptr : table_.catalog().Parent(operation);
  Maybe rest;
  if (parent != nullptr) {
    rest = Of(*parent, targets);  // as deep as the table of operations
  } else {
    rest = DefaultPart(operation);
  }
  if (rest) result = Before(*own, *rest);
  return result;
}

Automaton Decisions::DefaultPart(const catalog::Operation& operation) {
  const auto action = IsAllowedByDefault(operation) ? access::Action::kAllow : access::Action::kDeny;
  return Automaton::Constant(space_.diagrams.Terminal(valuing_.of_default(action)));
}

Maybe Decisions::InTextOrder(const catalog::Operation& operation, const TargetSpace& targets) {
  std::map<RuleId, const catalog::Operation*> named;  // by place in the text
  const catalog::Operation* last = &operation;
  for (const catalog::Operation* at = &operation; at != nullptr; at = table_.catalog().Parent(*at)) {
    last = at;
    if (at->name == "default") break;
    for (const std::vector<RuleId>* list : {&table_.OwnRules(*at).filtered, &table_.OwnRules(*at).plain}) {
      for (const RuleId id : *list) named.try_emplace(id, at);
    }
  }
  std::vector<Automaton> parts;
  for (auto at = named.rbegin(); at != named.rend(); ++at) {
    const auto [id, where] = *at;
    const std::uint32_t value = valuing_.of_rule(id, *where);
    if (table_.rule(id).filters.empty()) {
      parts.push_back(Automaton::Constant(space_.diagrams.Terminal(value)));
      break;
    }
    Maybe part = Valued(std::span(&id, 1), value, targets);
    if (!part) return std::nullopt;
    parts.push_back(std::move(*part));
  }
  const Maybe rest = IsAllowedByDefault(operation) ? DefaultPart(operation) : Of(*last, targets);
  if (!rest) return std::nullopt;
  parts.push_back(*rest);
  return InOrder(std::move(parts));
}

// Rules next to each other with one value are one condition.
Maybe Decisions::OwnPart(const catalog::Operation& operation, const TargetSpace& targets) {
  const RuleTable::Own& own = table_.OwnRules(operation);
  std::vector<Automaton> parts;
  for (std::size_t end = own.filtered.size(); end > 0;) {
    const std::uint32_t value = valuing_.of_rule(own.filtered[end - 1], operation);
    std::size_t begin = end - 1;
    while (begin > 0 && valuing_.of_rule(own.filtered[begin - 1], operation) == value) --begin;
    Maybe part = Valued(std::span(own.filtered).subspan(begin, end - begin), value, targets);
    if (!part) return std::nullopt;
    parts.push_back(std::move(*part));
    end = begin;
  }
  for (std::size_t i = own.plain.size(); i-- > 0;) {
    parts.push_back(Automaton::Constant(space_.diagrams.Terminal(valuing_.of_rule(own.plain[i], operation))));
    if (valuing_.depth == Valuing::Depth::kFirstOnly) break;
  }
  if (parts.empty()) return Never(space_);
  return InOrder(std::move(parts));
}

Maybe Decisions::Valued(std::span<const RuleId> rules, std::uint32_t value, const TargetSpace& targets) {
  std::vector<const sbpl::Node*> filters;
  for (const RuleId id : rules) filters.push_back(&table_.filter(id));
  const Maybe condition = ConditionOfAny(space_, targets, filters);
  if (!condition) return std::nullopt;
  const std::uint32_t code = space_.diagrams.NewOperation();
  return automata::Map(*condition, [&](Label label) {
    return space_.diagrams.Map(code, [&](std::uint32_t yes) { return yes != 0 ? value : kUndecided; }, label);
  });
}

Maybe Decisions::Before(const Automaton& first, const Automaton& then) {
  const auto both = [&](std::uint32_t x, std::uint32_t y) { return x == kUndecided ? y : valuing_.before(x, y); };
  return automata::Combine(
      first, then, [&](Label x, Label y) { return space_.diagrams.Apply(operation_code_, both, x, y); },
      kMaxDecisionStates);
}

// Neighbours first, so that what is large is combined seldom.
Maybe Decisions::InOrder(std::vector<Automaton> parts) {
  while (parts.size() > 1) {
    std::vector<Automaton> next;
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
      Maybe pair = Before(parts[i], parts[i + 1]);
      if (!pair) return std::nullopt;
      next.push_back(std::move(*pair));
    }
    if (parts.size() % 2 == 1) next.push_back(std::move(parts.back()));
    parts = std::move(next);
  }
  return std::move(parts.front());
}

}  // namespace sbtune::regions
