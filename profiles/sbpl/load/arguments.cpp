#include "profiles/sbpl/load/arguments.h"

#include <algorithm>
#include <fmt/format.h>

#include "core/base/text.h"
#include "profiles/scheme/primitives.h"

namespace sbtune::sbpl {

using scheme::Call;
using scheme::Type;

ArgumentNode TextArgument(const Call& call, std::size_t index) {
  const scheme::String& string = *call[index].string();
  const base::SourceRange range =
      string.range.source != base::kNoSource ? string.range : call.arguments[index].range;
  const std::size_t nul = string.view().find('\0');
  if (nul != std::string_view::npos) {
    call.machine.Warn("nul-in-string", "the system reads this string only up to its NUL byte", range);
  }
  return {ArgumentNode::Kind::kText, string.view().substr(0, nul), 0, {}, range};
}

std::optional<ArgumentNode> TakeArgument(const Call& call, std::size_t index, const ArgumentWanted& wanted) {
  const base::SourceRange range = call.arguments[index].range;
  const auto wrong = [&](std::string_view what) {
    call.machine.Fail("wrong-type",
                      fmt::format("{} needs {}, not {}", wanted.word, what, scheme::TypeName(call[index])), range,
                      call.machine.host().HintForWrongType(call[index]));
    return std::nullopt;
  };
  switch (wanted.type) {
    case catalog::ArgumentType::kString:
    case catalog::ArgumentType::kPath:
    case catalog::ArgumentType::kRegex:
    case catalog::ArgumentType::kNetwork:
      if (!call[index].is(Type::kString)) return wrong("a string");
      return TextArgument(call, index);
    case catalog::ArgumentType::kNone: return wrong("no argument");
    case catalog::ArgumentType::kInteger:
    case catalog::ArgumentType::kBitfield: break;
  }
  if (call[index].is(Type::kInteger)) {
    const std::int64_t number = call[index].integer();
    const auto name = std::find_if(wanted.names.begin(), wanted.names.end(),
                                   [number](const catalog::NamedValue& value) { return value.value == number; });
    // A number is named too where the numbers are commands; in a bit set or a small count that would only confuse.
    const bool command = wanted.type == catalog::ArgumentType::kInteger && name != wanted.names.end();
    return ArgumentNode{ArgumentNode::Kind::kNumber, {}, number, command ? name->name : "", range};
  }
  const auto* constant = As<ConstantObject>(call[index], kConstantKind);
  if (constant == nullptr) return wrong("an integer or the name of one");
  const auto named = std::find_if(wanted.names.begin(), wanted.names.end(),
                                  [&](const catalog::NamedValue& value) { return value.name == constant->name; });
  if (named == wanted.names.end() && wanted.names_incomplete) {
    return ArgumentNode{ArgumentNode::Kind::kText, constant->name, 0, constant->name, range};
  }
  if (named == wanted.names.end()) {
    call.machine.Fail("unknown-value", fmt::format("{} does not know the value {}", wanted.word, constant->name),
                      range);
    return std::nullopt;
  }
  return ArgumentNode{ArgumentNode::Kind::kNumber, {}, named->value, named->name, range};
}

}  // namespace sbtune::sbpl
