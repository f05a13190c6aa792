// (allow …), (deny …), (delegate …): the forms that make rules.
#include <algorithm>
#include <fmt/format.h>

#include "profiles/sbpl/load/evaluation.h"

namespace sbtune::sbpl {
namespace {

using scheme::Call;
using scheme::Slot;
using scheme::Value;

constexpr std::uint64_t kRuleOverhead = 400;  // bytes of a rule without filters

struct Parts {
  std::vector<Slot> operations;
  std::vector<const FilterNode*> filters;
  std::vector<const ModifierNode*> modifiers;
};

// Sorts the arguments, which may stand in any order.
bool Sort(const Call& call, Parts& parts) {
  for (std::size_t i = 0; i < call.size(); ++i) {
    if (AsOperation(call[i]) != nullptr) {
      parts.operations.push_back(call.arguments[i]);
    } else if (const FilterNode* filter = AsFilter(call[i])) {
      parts.filters.push_back(filter);
    } else if (const ModifierNode* modifier = AsModifier(call[i])) {
      parts.modifiers.push_back(modifier);
    } else if (const auto* word = As<ModifierWord>(call[i], kModifierWordKind)) {
      call.machine.Fail("wrong-type", fmt::format("'{}' is a modifier and must stand in (with …)", word->spelled),
                        call.arguments[i].range, fmt::format("write (with {})", word->spelled));
      return false;
    } else {
      call.machine.Fail("wrong-type",
                        fmt::format("{} takes operations, filters and modifiers, not {}", call.callee.name,
                                    scheme::TypeName(call[i])),
                        call.arguments[i].range);
      return false;
    }
  }
  return true;
}

// (with-filter f …) turns filters a b into (require-all (require-any a b) f), and no filter into f.
bool Surround(Evaluation& evaluation, Parts& parts, base::SourceRange range) {
  for (const Surrounding* around = evaluation.surrounding(); around != nullptr; around = around->outer) {
    if (around->modifier != nullptr) parts.modifiers.push_back(around->modifier);
    parts.operations.insert(parts.operations.end(), around->operations.begin(), around->operations.end());
    if (around->filter == nullptr) continue;
    if (parts.filters.empty()) {
      parts.filters = {around->filter};
      continue;
    }
    FilterNode any{{&kFilterKind}, "require-any", "require-any", nullptr, {}, {}, range, 0, 0};
    any.subfilters = evaluation.heap().NewArray(std::span<const FilterNode* const>(parts.filters));
    const FilterNode* own = evaluation.MakeFilter(any);
    if (own == nullptr) return false;
    const std::vector<const FilterNode*> both{own, around->filter};
    FilterNode all{{&kFilterKind}, "require-all", "with-filter", nullptr, {}, {}, range, 0, 0};
    all.subfilters = evaluation.heap().NewArray(std::span<const FilterNode* const>(both));
    const FilterNode* joined = evaluation.MakeFilter(all);
    if (joined == nullptr) return false;
    parts.filters = {joined};
  }
  return true;
}

bool CheckModifiers(const Call& call, const Parts& parts, access::Action action) {
  for (std::size_t i = 0; i < parts.modifiers.size(); ++i) {
    const ModifierNode& modifier = *parts.modifiers[i];
    const bool fits = action == access::Action::kAllow ? modifier.info->on_allow : modifier.info->on_deny;
    if (!fits) {
      call.machine.Fail("modifier-does-not-apply",
                        fmt::format("the modifier {} does not go with {}", modifier.spelled, call.callee.name),
                        modifier.range);
      return false;
    }
    const auto earlier = parts.modifiers.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::any_of(parts.modifiers.begin(), earlier,
                    [&](const ModifierNode* other) { return other->info == modifier.info; })) {
      call.machine.Fail("repeated-modifier", fmt::format("the modifier {} is given twice", modifier.spelled),
                        modifier.range, "remove one of them");
      return false;
    }
  }
  return true;
}

// The first filter inside that does not belong on the operation. Recursion is bounded by MakeFilter.
const FilterNode* Misplaced(const catalog::Catalog& catalog, const FilterNode& filter,
                            const catalog::Operation& operation) {
  if (filter.info != nullptr && !catalog.Applies(*filter.info, operation)) return &filter;
  for (const FilterNode* sub : filter.subfilters) {
    if (const FilterNode* found = Misplaced(catalog, *sub, operation)) return found;
  }
  return nullptr;
}

void CheckFilters(const Call& call, const Parts& parts) {
  const catalog::Catalog& catalog = Evaluation::Of(call.machine).catalog();
  for (const Slot& slot : parts.operations) {
    const OperationObject& object = *AsOperation(slot.value);
    if (object.operation == nullptr) continue;
    for (const FilterNode* filter : parts.filters) {
      const FilterNode* misplaced = Misplaced(catalog, *filter, *object.operation);
      if (misplaced == nullptr) continue;
      call.machine.Warn("filter-does-not-apply",
                        fmt::format("the filter {} does not apply to {}", misplaced->spelled, object.spelled),
                        misplaced->range, "it matches nothing there, and a system may refuse the profile");
    }
  }
}

// no-sandbox and the like mean something on a few operations only. `default` stands for those as well.
void CheckModifierPlaces(const Call& call, const Parts& parts) {
  const catalog::Catalog& catalog = Evaluation::Of(call.machine).catalog();
  for (const Slot& slot : parts.operations) {
    const OperationObject& object = *AsOperation(slot.value);
    if (object.operation == nullptr || object.operation->name == "default") continue;
    for (const ModifierNode* modifier : parts.modifiers) {
      if (catalog.Applies(*modifier->info, *object.operation)) continue;
      call.machine.Warn("modifier-does-not-apply",
                        fmt::format("the modifier {} does not apply to {}", modifier->spelled, object.spelled), modifier->range,
                        "it does nothing there, and a system may refuse the profile");
    }
  }
}

// Names that the selected system does not know, told once each.
void TellForeignNames(const Call& call, const Parts& parts) {
  Evaluation& evaluation = Evaluation::Of(call.machine);
  for (const Slot& slot : parts.operations) {
    const OperationObject& object = *AsOperation(slot.value);
    if (object.operation == nullptr || !(object.operation->only_newer || object.operation->only_older)) continue;
    if (!evaluation.FirstUse(object.spelled)) continue;
    const bool newer = object.operation->only_newer;
    call.machine.Tell(base::Severity::kNote, newer ? "operation-newer" : "operation-older",
                      fmt::format("{} is an operation of {} systems than macOS {}", object.spelled,
                                  newer ? "newer" : "older", evaluation.catalog().version()),
                      slot.range,
                      newer ? "that system refuses the profile unless this stands behind (defined? …)" : "");
  }
}

// Bytes of the rule written out. To be asked before anything walks the filters: their shared parts may be
// astronomically many when copied.
std::uint64_t WeightOf(const Parts& parts) {
  std::uint64_t weight = kRuleOverhead + parts.operations.size() * sizeof(RuleOperation);
  for (const FilterNode* filter : parts.filters) weight += filter->weight;
  return weight;
}

Rule WriteOut(const Call& call, const Parts& parts, access::Action action) {
  Rule rule{.action = action, .operations = {}, .filters = {}, .modifiers = {}, .range = call.range, .frames = {}};
  for (const Slot& slot : parts.operations) {
    const OperationObject& object = *AsOperation(slot.value);
    if (object.operation == nullptr) continue;  // a no-op in this version
    rule.operations.push_back({std::string(object.operation->name), std::string(object.spelled), slot.range});
  }
  for (const FilterNode* filter : parts.filters) rule.filters.push_back(sbpl::WriteOut(*filter));
  for (const ModifierNode* modifier : parts.modifiers) {
    if (!modifier->info->dropped) rule.modifiers.push_back(sbpl::WriteOut(*modifier));
  }
  rule.frames = call.machine.CallChain();
  return rule;
}

template <access::Action action>
void Act(const Call& call) {
  Evaluation& evaluation = Evaluation::Of(call.machine);
  Parts parts;
  if (!call.machine.Charge(call.size()) || !Sort(call, parts)) return;
  if (!Surround(evaluation, parts, call.range)) return;
  const std::uint64_t weight = WeightOf(parts);
  if (!evaluation.heap().Fits(weight)) return static_cast<void>(call.machine.Charge(0));
  if (parts.operations.empty()) {
    return call.machine.Fail("no-operation", fmt::format("{} names no operation", call.callee.name), call.range,
                             "to decide everything that no other rule decides, name `default`");
  }
  if (!CheckModifiers(call, parts, action)) return;
  CheckFilters(call, parts);
  CheckModifierPlaces(call, parts);
  TellForeignNames(call, parts);
  call.machine.Return(Value::Nil());
  Rule rule = WriteOut(call, parts, action);
  if (!rule.operations.empty()) evaluation.AddRule(std::move(rule), weight);
}

// A third action of newer systems, which hands the decision to a process.
void Delegate(const Call& call) {
  call.machine.Fail("unsupported-form", "delegate leaves the decision to a running system, which is not here to ask",
                    call.range);
}

}  // namespace

bool IsAction(const Value& callee) {
  if (!callee.is(scheme::Type::kPrimitive)) return false;
  const scheme::Procedure procedure = callee.primitive()->procedure;
  return procedure == Act<access::Action::kAllow> || procedure == Act<access::Action::kDeny> ||
         procedure == Delegate;
}

void InstallActions(scheme::Machine& machine) {
  machine.Define("allow", 0, scheme::kAnyNumber, Act<access::Action::kAllow>);
  machine.Define("deny", 0, scheme::kAnyNumber, Act<access::Action::kDeny>);
  machine.Define("delegate", 0, scheme::kAnyNumber, Delegate);
}

}  // namespace sbtune::sbpl
