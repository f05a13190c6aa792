// Modifiers: (with no-report), (with send-signal SIGKILL), (with message "text").
#include <fmt/format.h>

#include "profiles/sbpl/load/arguments.h"
#include "profiles/sbpl/load/evaluation.h"
#include "profiles/scheme/primitives.h"

namespace sbtune::sbpl {
namespace {

using scheme::Call;
using scheme::Value;

// The arguments of the call from `first` on are those of the modifier.
void MakeModifier(const Call& call, const ModifierWord& word, std::size_t first) {
  const catalog::ModifierInfo& info = *word.info;
  std::vector<ArgumentNode> arguments;
  const bool takes_one = info.argument != catalog::ArgumentType::kNone && !info.implied;
  const std::size_t given = call.size() - first;
  if (given != (takes_one ? 1u : 0u)) {
    return call.machine.Fail("wrong-arguments",
                             fmt::format("the modifier {} takes {}", word.spelled,
                                         takes_one ? "one argument" : "no argument"),
                             call.range);
  }
  if (takes_one) {
    const std::optional<ArgumentNode> argument =
        TakeArgument(call, first, {info.argument, info.named_values, false, word.spelled});
    if (!argument) return;
    arguments.push_back(*argument);
  } else if (info.implied) {
    std::string_view alias;
    for (const catalog::NamedValue& value : info.named_values) {
      if (value.value == *info.implied) alias = value.name;
    }
    arguments.push_back({ArgumentNode::Kind::kNumber, {}, *info.implied, alias, call.range});
  }
  ModifierNode node{{&kModifierKind}, word.spelled, &info, {}, nullptr, call.range};
  node.arguments = call.machine.heap().NewArray(std::span<const ArgumentNode>(arguments));
  call.machine.Return(Value(static_cast<scheme::Foreign*>(call.machine.heap().New(node))));
}

void With(const Call& call) {
  if (const auto* word = As<ModifierWord>(call[0], kModifierWordKind)) return MakeModifier(call, *word, 1);
  if (AsModifier(call[0]) != nullptr && call.size() == 1) return call.machine.Return(call[0]);
  scheme::WrongType(call, 0, "the name of a modifier");
}

}  // namespace

bool Evaluation::ApplyForeign(const Call& call, scheme::Foreign& object) {
  if (object.kind != &kModifierWordKind) return false;
  MakeModifier(call, static_cast<const ModifierWord&>(object), 0);
  return true;
}

bool IsWith(const Value& callee) {
  return callee.is(scheme::Type::kPrimitive) && callee.primitive()->procedure == With;
}

void InstallModifiers(Evaluation& evaluation, scheme::Machine& machine) {
  machine.Define("with", 1, scheme::kAnyNumber, With);
  std::vector<std::string_view> words{"no-log", "no-profile", "rootless", "rootless-modifier", "termination"};
  for (const catalog::ModifierInfo& info : evaluation.catalog().modifiers()) words.push_back(info.name);
  for (const std::string_view word : words) {
    const catalog::ModifierInfo* info = evaluation.catalog().FindModifier(word);
    if (info == nullptr) continue;
    ModifierWord object{{&kModifierWordKind}, word, info};
    machine.DefineGlobal(word, Value(static_cast<scheme::Foreign*>(evaluation.heap().New(object))));
  }
}

}  // namespace sbtune::sbpl
