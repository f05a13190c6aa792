// The names of operations and of symbolic constants, and what to say about a name that is none of them.
#include <algorithm>
#include <fmt/format.h>

#include "core/base/text.h"
#include "profiles/sbpl/load/evaluation.h"

namespace sbtune::sbpl {
namespace {

using scheme::Machine;
using scheme::Value;

void DefineConstant(Evaluation& evaluation, Machine& machine, std::string_view name) {
  scheme::Symbol* symbol = evaluation.heap().Intern(name);
  if (!symbol->global.is(scheme::Type::kUnbound)) return;
  ConstantObject object{{&kConstantKind}, symbol->name};
  machine.DefineGlobal(name, Value(static_cast<scheme::Foreign*>(evaluation.heap().New(object))));
}

// Words of the interpreter that Apple builds on, which touch the world outside or the interpreter itself.
bool IsSchemeWord(std::string_view name) {
  constexpr std::string_view kWords[] = {
      "call-with-current-continuation", "call/cc", "call-with-input-file", "call-with-output-file", "catch",
      "cons-stream", "define-syntax", "dynamic-wind", "exit", "quit", "load", "let-syntax", "letrec-syntax",
      "open-input-file", "open-output-file", "syntax-rules", "values", "call-with-values", "with-input-from-file",
      "with-output-to-file"};
  return std::ranges::find(kWords, name) != std::end(kWords);
}

}  // namespace

Value Evaluation::OperationValue(const catalog::Operation& operation) {
  OperationObject object{{&kOperationKind}, &operation, operation.name};
  return Value(static_cast<scheme::Foreign*>(heap_.New(object)));
}

void InstallOperations(Evaluation& evaluation, Machine& machine) {
  const catalog::Catalog& catalog = evaluation.catalog();
  for (const std::string_view word : catalog.OperationWords()) {
    const std::optional<catalog::OperationName> name = catalog.FindOperation(word);
    if (!name) continue;
    OperationObject object{{&kOperationKind}, name->operation, word};
    machine.DefineGlobal(word, Value(static_cast<scheme::Foreign*>(evaluation.heap().New(object))));
  }
  for (const catalog::Filter& filter : catalog.filters()) {
    for (const catalog::NamedValue& value : filter.named_values) DefineConstant(evaluation, machine, value.name);
  }
  for (const catalog::ModifierInfo& modifier : catalog.modifiers()) {
    for (const catalog::NamedValue& value : modifier.named_values) DefineConstant(evaluation, machine, value.name);
  }
  DefineConstant(evaluation, machine, "unix-socket");
  DefineConstant(evaluation, machine, "unix");
}

// Of some filters only the count of the constants is known. Such a name is taken at its word; the rule keeps the
// name, and what it decides is unknown.
Value Evaluation::ResolveUnbound(Machine& machine, scheme::Symbol& name, Position position, const Value& callee,
                                 base::SourceRange range) {
  const catalog::Filter* filter = FilterOf(callee);
  if (filter == nullptr || filter->values_missing == 0 || position != Position::kOperand) return {};
  if (FirstUse(filter->name)) {
    machine.Tell(base::Severity::kNote, "unknown-number",
                 fmt::format("the number of the {} {} is not known here, so what it decides stays unknown",
                             filter->name, name.name), range);
  }
  return Value(static_cast<scheme::Foreign*>(heap_.New(ConstantObject{{&kConstantKind}, name.name})));
}

void Evaluation::DescribeUnbound(const Machine& machine, std::string_view name, Position position,
                                 const Value& callee, base::Diagnostic& diagnostic) {
  const bool in_rule = IsAction(callee);
  std::vector<std::string_view> candidates;
  if (in_rule && position == Position::kOperand) {
    diagnostic.code = "unknown-operation";
    diagnostic.message = fmt::format("unknown operation '{}'", name);
    candidates = catalog_.OperationWords();
  } else if (IsWith(callee)) {
    diagnostic.code = "unknown-modifier";
    diagnostic.message = fmt::format("unknown modifier '{}'", name);
    for (const catalog::ModifierInfo& modifier : catalog_.modifiers()) candidates.push_back(modifier.name);
    candidates.push_back("no-log");
  } else if (in_rule) {
    diagnostic.code = "unknown-filter";
    diagnostic.message = fmt::format("unknown filter '{}'", name);
    candidates = machine.heap().GlobalNames();
  } else {
    diagnostic.message = fmt::format("unbound variable '{}'", name);
    candidates = machine.heap().GlobalNames();
  }
  const std::optional<std::string_view> nearest = base::NearestName(name, candidates);
  if (name.starts_with("\xef\xbb\xbf")) {
    diagnostic.hint = "the file begins with a byte order mark; save it without";
  } else if (name.starts_with('/') && name.size() > 1) {
    diagnostic.hint = fmt::format("a path is a string: \"{}\"", name);
  } else if (IsSchemeWord(name)) {
    diagnostic.hint = "this word of Scheme is not supported: no known profile uses it";
  } else if (nearest) {
    diagnostic.hint = fmt::format("did you mean '{}'?", *nearest);
  } else if (name.starts_with("__") && name.ends_with("__")) {
    diagnostic.hint = "this looks like a place of a template that its program fills in; fill it in first";
  } else if (diagnostic.code != "unknown-operation" && diagnostic.code != "unknown-modifier") {
    diagnostic.hint = "if another file defines it, name that file first: --profile OTHER --profile THIS";
  }
}

std::string Evaluation::HintForWrongType(const Value& value) {
  if (!value.is(scheme::Type::kBoolean) || value.boolean()) return "";
  return "a parameter that was not given is #f; give it with -D NAME=VALUE";
}

bool Evaluation::MayBeSkipped(const Value& callee) { return IsAction(callee); }

}  // namespace sbtune::sbpl
