// The filters as procedures: one for each word of the catalog, the combinators, path-ancestors, entitlements.
#include <algorithm>
#include <fmt/format.h>

#include "profiles/sbpl/load/arguments.h"
#include "profiles/sbpl/load/evaluation.h"
#include "profiles/sbpl/regex.h"
#include "profiles/scheme/primitives.h"

namespace sbtune::sbpl {
namespace {

using scheme::Call;
using scheme::Type;
using scheme::Value;

FilterNode Blank(const Call& call, std::string_view name) {
  return {{&kFilterKind}, name, call.callee.name, nullptr, {}, {}, call.range, 0, 0};
}

void ReturnFilter(const Call& call, const FilterNode& node) {
  const FilterNode* made = Evaluation::Of(call.machine).MakeFilter(node);
  if (made != nullptr) call.machine.Return(Value(const_cast<FilterNode*>(made)));
}

std::span<const ArgumentNode> Keep(const Call& call, const std::vector<ArgumentNode>& arguments) {
  return call.machine.heap().NewArray(std::span<const ArgumentNode>(arguments));
}

bool CheckPath(const Call& call, std::size_t index, const FilterWord& word) {
  if (word.info->argument != catalog::ArgumentType::kPath || word.info->match != catalog::MatchKind::kSubpath) {
    return true;
  }
  const std::string_view path = call[index].string()->view();
  if (path.size() < 2 || path.back() != '/') return true;
  const std::string message = "a subpath must not end with a slash";
  const std::string hint = fmt::format("leave the slash away: it covers everything below in either case");
  if (Evaluation::Of(call.machine).catalog().version() == "10.9") {
    call.machine.Fail("subpath-slash", message, call.arguments[index].range, hint);
    return false;
  }
  call.machine.Warn("subpath-slash", message, call.arguments[index].range, hint);
  return true;
}

// Nothing could decide by such a rule, so it does not stay even where mistakes are skipped.
bool CheckRegex(const Call& call, std::size_t index, const FilterWord& word) {
  if (word.info->match != catalog::MatchKind::kRegex && word.info->argument != catalog::ArgumentType::kRegex) return true;
  const auto parsed = ParseRegex(call[index].string()->view(), RegexCase::kExact);
  if (parsed) return true;
  call.machine.Fail("bad-regex", fmt::format("this is no regular expression: {}", parsed.error().message),
                    call.arguments[index].range);
  return false;
}

void MakeWordFilter(const Call& call) {
  const FilterWord& word = *static_cast<const FilterWord*>(call.callee.context);
  std::vector<ArgumentNode> arguments;
  for (std::size_t i = 0; i < call.size(); ++i) {
    const ArgumentWanted wanted{word.info->argument, word.info->named_values, word.info->values_missing > 0,
                                word.spelled};
    const std::optional<ArgumentNode> argument = TakeArgument(call, i, wanted);
    if (!argument) return;
    if (argument->kind == ArgumentNode::Kind::kText && !(CheckPath(call, i, word) && CheckRegex(call, i, word))) return;
    arguments.push_back(*argument);
  }
  if (arguments.empty() && word.info->argument != catalog::ArgumentType::kNone) {
    if (word.info->name != "extension") {
      return call.machine.Fail("wrong-arguments", fmt::format("{} needs at least one argument", word.spelled),
                               call.range);
    }
    arguments.push_back({ArgumentNode::Kind::kText, "com.apple.app-sandbox.read-write", 0, {}, call.range});
  }
  FilterNode node = Blank(call, word.info->name);
  node.info = word.info;
  node.arguments = Keep(call, arguments);
  ReturnFilter(call, node);
}

void MakeShorthand(const Call& call) {
  const auto& shorthand = *static_cast<const catalog::FilterShorthand*>(call.callee.context);
  ArgumentNode argument{ArgumentNode::Kind::kText, shorthand.text, 0, shorthand.alias, call.range};
  if (shorthand.value) {
    argument.kind = ArgumentNode::Kind::kNumber;
    argument.number = *shorthand.value;
  }
  FilterNode node = Blank(call, shorthand.filter);
  node.info = Evaluation::Of(call.machine).catalog().FindFilter(shorthand.filter);
  node.arguments = Keep(call, {argument});
  ReturnFilter(call, node);
}

// `first` and on must be filters.
bool TakeFilters(const Call& call, std::size_t first, std::vector<const FilterNode*>& out) {
  for (std::size_t i = first; i < call.size(); ++i) {
    const FilterNode* filter = AsFilter(call[i]);
    if (filter == nullptr) {
      scheme::WrongType(call, i, "a filter");
      return false;
    }
    out.push_back(filter);
  }
  return true;
}

void Combine(const Call& call) {
  std::vector<const FilterNode*> filters;
  if (!TakeFilters(call, 0, filters)) return;
  FilterNode node = Blank(call, call.callee.name);
  node.subfilters = call.machine.heap().NewArray(std::span<const FilterNode* const>(filters));
  ReturnFilter(call, node);
}

// Literals of all proper ancestors of one path, "/" included; null after a mistake.
const FilterNode* AncestorsOf(const Call& call, std::size_t index) {
  Evaluation& evaluation = Evaluation::Of(call.machine);
  std::string_view path;
  if (!scheme::TakeString(call, index, path)) return nullptr;
  if (path == "/" || !(path.starts_with('/') || path.starts_with("${"))) {
    call.machine.Fail("bad-path", path == "/" ? "\"/\" has no ancestors" : "path-ancestors needs an absolute path",
                      call.arguments[index].range);
    return nullptr;
  }
  if (path.back() == '/') path.remove_suffix(1);
  std::vector<const FilterNode*> ancestors;
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    if (!call.machine.Charge(1 + slash / 64)) return nullptr;
    FilterNode node = Blank(call, "path");
    node.info = evaluation.catalog().FindFilter("path");
    node.arguments = Keep(call, {{ArgumentNode::Kind::kText, path.substr(0, std::max<std::size_t>(slash, 1)), 0, {},
                                  call.arguments[index].range}});
    const FilterNode* ancestor = evaluation.MakeFilter(node);
    if (ancestor == nullptr) return nullptr;
    ancestors.push_back(ancestor);
  }
  FilterNode any = Blank(call, "require-any");
  any.subfilters = call.machine.heap().NewArray(std::span<const FilterNode* const>(ancestors));
  return evaluation.MakeFilter(any);
}

void PathAncestors(const Call& call) {
  std::vector<const FilterNode*> each;
  for (std::size_t i = 0; i < call.size(); ++i) {
    const FilterNode* ancestors = AncestorsOf(call, i);
    if (ancestors == nullptr) return;
    each.push_back(ancestors);
  }
  FilterNode any = Blank(call, "require-any");
  any.subfilters = call.machine.heap().NewArray(std::span<const FilterNode* const>(each));
  ReturnFilter(call, any);
}

// (require-entitlement "name" test …) and the tests of its value.
void RequireEntitlement(const Call& call) {
  std::vector<const FilterNode*> tests;
  if (!call[0].is(Type::kString)) return scheme::WrongType(call, 0, "a string");
  if (!TakeFilters(call, 1, tests)) return;
  FilterNode node = Blank(call, call.callee.name);
  node.arguments = Keep(call, {TextArgument(call, 0)});
  node.subfilters = call.machine.heap().NewArray(std::span<const FilterNode* const>(tests));
  ReturnFilter(call, node);
}

void EntitlementValue(const Call& call) {
  std::vector<ArgumentNode> arguments;
  for (std::size_t i = 0; i < call.size(); ++i) {
    switch (call[i].type()) {
      case Type::kString: arguments.push_back(TextArgument(call, i)); break;
      case Type::kBoolean:
        arguments.push_back({ArgumentNode::Kind::kBoolean, {}, call[i].boolean() ? 1 : 0, {},
                             call.arguments[i].range});
        break;
      case Type::kInteger:
        arguments.push_back({ArgumentNode::Kind::kNumber, {}, call[i].integer(), {}, call.arguments[i].range});
        break;
      default: return scheme::WrongType(call, i, "a string, boolean or integer");
    }
  }
  FilterNode node = Blank(call, call.callee.name);
  node.arguments = Keep(call, arguments);
  ReturnFilter(call, node);
}

}  // namespace

const FilterNode* Evaluation::MakeFilter(FilterNode node) {
  node.depth = 1;
  node.weight = sizeof(Filter) + node.name.size() + node.spelled.size();
  for (const ArgumentNode& argument : node.arguments) node.weight += sizeof(Argument) + argument.text.size();
  for (const FilterNode* sub : node.subfilters) {
    node.depth = std::max(node.depth, sub->depth + 1);
    node.weight = node.weight > UINT64_MAX / 4 ? node.weight : node.weight + sub->weight;  // no overflow
  }
  if (node.depth > options_.limits.filter_depth) {
    machine_.Fail("filter-depth", fmt::format("filters are nested more than {} deep", options_.limits.filter_depth),
                  node.range);
    return nullptr;
  }
  return heap_.New(node);
}

const catalog::Filter* FilterOf(const Value& procedure) {
  if (!procedure.is(Type::kPrimitive)) return nullptr;
  const scheme::Primitive& primitive = *procedure.primitive();
  if (primitive.procedure != MakeWordFilter && primitive.procedure != MakeNetworkFilter) return nullptr;
  return static_cast<const FilterWord*>(primitive.context)->info;
}

void InstallFilters(Evaluation& evaluation, scheme::Machine& machine) {
  for (const std::string_view word : evaluation.catalog().FilterWords()) {
    const catalog::Filter* info = evaluation.catalog().FindFilter(word);
    if (info == nullptr || word.starts_with('%') || info->name.starts_with('%')) continue;
    const FilterWord* context = evaluation.heap().New(FilterWord{word, info});
    const bool network = info->argument == catalog::ArgumentType::kNetwork;
    machine.Define(word, 0, scheme::kAnyNumber, network ? MakeNetworkFilter : MakeWordFilter, context);
  }
  for (const catalog::FilterShorthand& shorthand : evaluation.catalog().shorthands()) {
    machine.Define(shorthand.name, 0, 0, MakeShorthand, &shorthand);
  }
  machine.Define("require-any", 1, scheme::kAnyNumber, Combine);
  machine.Define("require-all", 1, scheme::kAnyNumber, Combine);
  machine.Define("require-not", 1, 1, Combine);
  machine.Define("path-ancestors", 1, scheme::kAnyNumber, PathAncestors);
  machine.Define("require-entitlement", 1, scheme::kAnyNumber, RequireEntitlement);
  for (const char* word : {"entitlement-value", "entitlement-value-prefix", "entitlement-value-regex",
                           "entitlement-is-present", "entitlement-is-bool-true"}) {
    machine.Define(word, 1, scheme::kAnyNumber, EntitlementValue);
  }
}

}  // namespace sbtune::sbpl
