// version, import, param and the other words that are about the profile as a whole.
#include <fmt/format.h>

#include "profiles/sbpl/load/evaluation.h"
#include "profiles/scheme/operands.h"
#include "profiles/scheme/primitives.h"

namespace sbtune::sbpl {
namespace {

using scheme::Call;
using scheme::Form;
using scheme::Slot;
using scheme::Type;
using scheme::Value;

void Version(const Call& call) {
  std::int64_t version = 0;
  if (!scheme::TakeInteger(call, 0, version)) return;
  call.machine.Return(Value::Nil());
  Evaluation::Of(call.machine).SetVersion(version, call.range);
}

void Import(const Call& call) {
  std::string_view name;
  if (!scheme::TakeString(call, 0, name)) return;
  Evaluation::Of(call.machine).Import(std::string(name), call.range);
}

// A value that a path, a name and a regular expression can begin with.
std::string Placeholder(std::string_view name) {
  std::string text = "/";
  for (const char c : name) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    text += plain ? c : '_';
  }
  return text;
}

void Param(const Call& call) {
  std::string_view name;
  if (!scheme::TakeString(call, 0, name)) return;
  Evaluation& evaluation = Evaluation::Of(call.machine);
  const LoadOptions& options = evaluation.options();
  const auto found = options.parameters.find(std::string(name));
  evaluation.UseParameter(name, found != options.parameters.end(), call.range);
  if (found != options.parameters.end()) return scheme::ReturnString(call, found->second);
  if (options.missing_parameters == MissingParameters::kPlaceholder && !call.machine.NextIsTest()) {
    return scheme::ReturnString(call, Placeholder(name));
  }
  call.machine.Return(Value::Boolean(false));
}

// Forms that are kept for compatibility and change no decision; their arguments are not evaluated.
void Ignore(const Form& form) { form.machine.Return(Value::Nil()); }

void IsDefined(const Call& call) {
  if (!call[0].is(Type::kSymbol)) return scheme::WrongType(call, 0, "a symbol");
  const Value* value = call.machine.Lookup(call[0].symbol(), call.machine.environment());
  const OperationObject* operation = AsOperation(*value);
  const bool absent = value->is(Type::kUnbound) ||
                      (operation != nullptr && operation->operation != nullptr &&
                       (operation->operation->only_newer || operation->operation->only_older));
  call.machine.Return(Value::Boolean(!absent));
}

// A regular expression that matches exactly the text.
void RegexQuote(const Call& call) {
  std::string_view text;
  if (!scheme::TakeString(call, 0, text)) return;
  std::string quoted;
  for (const char c : text) {
    if (std::string_view("^.[$()|*+?{\\").find(c) != std::string_view::npos) quoted += '\\';
    quoted += c;
  }
  scheme::ReturnString(call, quoted);
}

// A variable of a pattern that is filled in when the profile is compiled; here the name as it would be written.
void VariableQuote(const Call& call) {
  std::string_view text;
  if (!scheme::TakeString(call, 0, text)) return;
  std::string quoted;
  for (const char c : text) {
    if (c == '$' || c == '\\') quoted += '\\';
    quoted += c;
  }
  scheme::ReturnString(call, quoted);
}

// The number of an ioctl without argument: (_IO "h" 47).
void IoctlNumber(const Call& call) {
  std::string_view group;
  std::int64_t number = 0;
  if (!scheme::TakeString(call, 0, group) || !scheme::TakeInteger(call, 1, number)) return;
  if (group.size() != 1 || number < 0 || number > 255) {
    return call.machine.Fail("out-of-range", "_IO needs one character and a number from 0 to 255", call.range);
  }
  call.machine.Return(Value::Integer((static_cast<std::int64_t>(static_cast<unsigned char>(group[0])) << 8) | number));
}

template <const scheme::ForeignKind* kind>
void IsKind(const Call& call) {
  call.machine.Return(Value::Boolean(call[0].is(Type::kForeign) && call[0].foreign()->kind == kind));
}

void Nothing(const Call& call) { call.machine.Return(Value::Nil()); }

// (operation-expand op …): the operations with everything that falls back to them.
void ExpandOperations(const Call& call) {
  Evaluation& evaluation = Evaluation::Of(call.machine);
  const catalog::Catalog& catalog = evaluation.catalog();
  std::vector<Slot> found;
  for (std::size_t i = 0; i < call.size(); ++i) {
    const OperationObject* root = AsOperation(call[i]);
    if (root == nullptr) return scheme::WrongType(call, i, "an operation");
    for (const catalog::Operation& operation : catalog.operations()) {
      if (!call.machine.Charge(1)) return;
      const catalog::Operation* at = &operation;
      while (at != nullptr && at != root->operation) at = catalog.Parent(*at);
      if (at != nullptr) found.push_back({evaluation.OperationValue(operation), call.arguments[i].range});
    }
  }
  call.machine.Return(call.machine.heap().List(found));
}

void OperationsAllowedByDefault(const Call& call) {
  Evaluation& evaluation = Evaluation::Of(call.machine);
  std::vector<Slot> found;
  for (const catalog::Operation& operation : evaluation.catalog().operations()) {
    if (operation.default_allowed) found.push_back({evaluation.OperationValue(operation), call.range});
  }
  call.machine.Return(call.machine.heap().List(found));
}

void IsVersionCompatible(const Call& call) {
  std::int64_t version = 0;
  if (scheme::TakeInteger(call, 0, version)) call.machine.Return(Value::Boolean(version >= 1 && version <= 3));
}

void IsSameOperation(const Call& call) {
  const OperationObject* left = AsOperation(call[0]);
  const OperationObject* right = AsOperation(call[1]);
  call.machine.Return(Value::Boolean(left != nullptr && right != nullptr && left->operation == right->operation));
}

// (define-storage-class name filter): a rule of the platform profile.
void DefineStorageClass(const scheme::Form& form) {
  // Spelled out as the system's own library does, so that allow is whatever the profile made of it.
  scheme::Heap& heap = form.machine.heap();
  scheme::Operands operands(form);
  const std::optional<Slot> name = operands.Next();
  const std::optional<Slot> filter = operands.Next();
  if (!filter || !operands.AtEnd()) return scheme::SyntaxError(form, "define-storage-class takes a name and a filter");
  const Slot with[] = {{Value(heap.Intern("with")), form.range},
                       {Value(heap.Intern("assign-storage-class")), form.range},
                       *name};
  const Slot rule[] = {{Value(heap.Intern("allow")), form.range},
                       {heap.List(with), form.range},
                       {Value(heap.Intern("storage-class-map")), form.range},
                       *filter};
  form.machine.Eval(heap.List(rule), form.range, form.environment);
}

Value Text(Evaluation& evaluation, std::string_view text) {
  return Value(evaluation.heap().NewString(text, {}));
}

}  // namespace

void InstallDirectives(Evaluation& evaluation, scheme::Machine& machine) {
  machine.Define("version", 1, 1, Version);
  machine.Define("import", 1, 1, Import);
  machine.Define("param", 1, 1, Param);
  machine.Define("getenv", 1, 1, Param);
  machine.Define("defined?", 1, 2, IsDefined);
  machine.Define("regex-quote", 1, 1, RegexQuote);
  machine.Define("variable-quote", 1, 1, VariableQuote);
  machine.Define("_IO", 2, 2, IoctlNumber);
  machine.Define("sbpl-filter?", 1, 1, IsKind<&kFilterKind>);
  machine.Define("sbpl-modifier?", 1, 1, IsKind<&kModifierKind>);
  machine.Define("sbpl-operation?", 1, 1, IsKind<&kOperationKind>);
  machine.Define("%finalize", 0, 0, Nothing);
  for (const char* name : {"debug", "trace", "record", "eliminate-duplicate-rules", "disable-callouts",
                           "disable-full-symbolication", "%extends-protobox",
                           "profile-flag"}) {
    machine.DefineSyntax(name, Ignore);
  }
  machine.DefineSyntax("define-storage-class", DefineStorageClass);
  machine.Define("operation-expand", 1, scheme::kAnyNumber, ExpandOperations);
  machine.Define("operations-allowed-by-default", 0, 0, OperationsAllowedByDefault);
  machine.Define("sbpl-version-compatible?", 1, 1, IsVersionCompatible);
  machine.Define("sbpl-operation-eqv?", 2, 2, IsSameOperation);
  machine.DefineGlobal("*ios-sandbox-container*", Text(evaluation, "com.apple.sandbox.container"));
  machine.DefineGlobal("*ios-sandbox-application-group*", Text(evaluation, "com.apple.sandbox.application-group"));
  machine.DefineGlobal("*ios-sandbox-system-container*", Text(evaluation, "com.apple.sandbox.system-container"));
  machine.DefineGlobal("*ios-sandbox-system-group*", Text(evaluation, "com.apple.sandbox.system-group"));
  machine.DefineGlobal("*sandbox-executable-bundle*", Text(evaluation, "com.apple.sandbox.executable"));
  machine.DefineGlobal("*target-platform*", Text(evaluation, "mac"));
  Value params = Value::Nil();
  for (const auto& [name, value] : evaluation.options().parameters) {
    const Value entry(evaluation.heap().Cons(Text(evaluation, name), Text(evaluation, value)));
    params = Value(evaluation.heap().Cons(entry, params));
  }
  machine.DefineGlobal("*params*", params);
}

}  // namespace sbtune::sbpl
