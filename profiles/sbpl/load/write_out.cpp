// From the shared objects of an evaluation to the values of a rule, which own everything.
#include "profiles/sbpl/load/evaluation.h"

namespace sbtune::sbpl {
namespace {

Argument WriteOut(const ArgumentNode& node) {
  Argument argument{.value = false, .alias = std::string(node.alias), .range = node.range};
  switch (node.kind) {
    case ArgumentNode::Kind::kText: argument.value = std::string(node.text); break;
    case ArgumentNode::Kind::kNumber: argument.value = node.number; break;
    case ArgumentNode::Kind::kBoolean: argument.value = node.number != 0; break;
  }
  return argument;
}

}  // namespace

// Recursion is bounded: MakeFilter refuses filters deeper than Limits::filter_depth.
Filter WriteOut(const FilterNode& node) {
  Filter filter{std::string(node.name), std::string(node.spelled), {}, {}, node.range};
  for (const ArgumentNode& argument : node.arguments) filter.arguments.push_back(WriteOut(argument));
  for (const FilterNode* sub : node.subfilters) filter.subfilters.push_back(WriteOut(*sub));
  return filter;
}

Modifier WriteOut(const ModifierNode& node) {
  Modifier modifier{std::string(node.info->name), std::string(node.spelled), {}, {}, node.range};
  for (const ArgumentNode& argument : node.arguments) modifier.arguments.push_back(WriteOut(argument));
  if (node.message_rules != nullptr) modifier.message_rules = *node.message_rules;
  return modifier;
}

}  // namespace sbtune::sbpl
