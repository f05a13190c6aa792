// What the words of the profile language evaluate to: operations, filters, modifiers, named constants. They are
// ordinary values of the Scheme: a profile may keep them in variables, pass them around, build on them.
// Filters share their parts (a filter used twice is not copied), so a profile cannot blow up memory by nesting;
// `weight` is what the tree would take when written out, and is charged when a rule is made of it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/source.h"
#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/rule.h"
#include "profiles/scheme/value.h"

namespace sbtune::sbpl {

inline constexpr scheme::ForeignKind kOperationKind{"an operation"};
inline constexpr scheme::ForeignKind kFilterKind{"a filter"};
inline constexpr scheme::ForeignKind kModifierKind{"a modifier"};
inline constexpr scheme::ForeignKind kModifierWordKind{"the name of a modifier"};
inline constexpr scheme::ForeignKind kConstantKind{"a named constant"};
inline constexpr scheme::ForeignKind kMessageFilterKind{"a message filter"};

struct OperationObject : scheme::Foreign {
  const catalog::Operation* operation;  // null: accepted and dropped by this version
  std::string_view spelled;
};

struct ConstantObject : scheme::Foreign {
  std::string_view name;  // "REGULAR-FILE", "self"; the filter or modifier knows its number
};

// What the procedure of a filter is bound to.
struct FilterWord {
  std::string_view spelled;
  const catalog::Filter* info;
};

struct ArgumentNode {
  enum class Kind : std::uint8_t { kText, kNumber, kBoolean } kind;
  std::string_view text;
  std::int64_t number = 0;
  std::string_view alias;
  base::SourceRange range;
};

struct FilterNode : scheme::Foreign {
  std::string_view name;
  std::string_view spelled;
  const catalog::Filter* info;  // null for the combinators and the entitlement forms
  std::span<const ArgumentNode> arguments;
  std::span<const FilterNode* const> subfilters;
  base::SourceRange range;
  std::uint32_t depth;
  std::uint64_t weight;  // bytes
};

struct ModifierWord : scheme::Foreign {
  std::string_view spelled;
  const catalog::ModifierInfo* info;
};

struct ModifierNode : scheme::Foreign {
  std::string_view spelled;
  const catalog::ModifierInfo* info;
  std::span<const ArgumentNode> arguments;
  const std::vector<Rule>* message_rules;  // of a message filter
  base::SourceRange range;
};

// The object of that kind, or null.
template <typename T>
[[nodiscard]] const T* As(const scheme::Value& value, const scheme::ForeignKind& kind) {
  if (!value.is(scheme::Type::kForeign) || value.foreign()->kind != &kind) return nullptr;
  return static_cast<const T*>(value.foreign());
}
[[nodiscard]] inline const OperationObject* AsOperation(const scheme::Value& value) {
  return As<OperationObject>(value, kOperationKind);
}
[[nodiscard]] inline const FilterNode* AsFilter(const scheme::Value& value) {
  return As<FilterNode>(value, kFilterKind);
}
[[nodiscard]] inline const ModifierNode* AsModifier(const scheme::Value& value) {
  return As<ModifierNode>(value, kModifierKind);
}

}  // namespace sbtune::sbpl
