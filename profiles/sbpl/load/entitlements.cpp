// The process's entitlements as a profile sees them: *entitlements*, an association list of names and values, and
// (entitlement "name"). Both come from a JSON object; without one the process has none.
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "profiles/sbpl/load/evaluation.h"
#include "profiles/scheme/equality.h"
#include "profiles/scheme/primitives.h"

namespace sbtune::sbpl {
namespace {

using Json = nlohmann::ordered_json;
using scheme::Heap;
using scheme::Slot;
using scheme::Value;

constexpr int kDepth = 32;  // of arrays and objects; real ones have two

// Recursion is bounded: the parser refuses deeper input.
Value FromJson(Heap& heap, const Json& json) {
  std::vector<Slot> elements;
  switch (json.type()) {
    case Json::value_t::boolean: return Value::Boolean(json.get<bool>());
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned: return Value::Integer(json.get<std::int64_t>());
    case Json::value_t::number_float: return Value::Real(json.get<double>());
    case Json::value_t::string: return Value(heap.NewString(json.get_ref<const std::string&>(), {}));
    case Json::value_t::array:
      for (const Json& item : json) elements.push_back({FromJson(heap, item), {}});
      return heap.List(elements);
    case Json::value_t::object:
      for (const auto& [name, value] : json.items()) {
        elements.push_back({Value(heap.Cons(Value(heap.NewString(name, {})), FromJson(heap, value))), {}});
      }
      return heap.List(elements);
    case Json::value_t::null:
    case Json::value_t::binary:
    case Json::value_t::discarded: break;
  }
  return Value::Nil();
}

void Entitlement(const scheme::Call& call) {
  Heap& heap = call.machine.heap();
  for (Value list = heap.Intern("*entitlements*")->global; list.is(scheme::Type::kPair); list = list.pair()->cdr) {
    if (!call.machine.Charge(1)) return;
    const Value entry = list.pair()->car;
    if (entry.is(scheme::Type::kPair) && scheme::Equal(call.machine, entry.pair()->car, call[0])) {
      return call.machine.Return(entry.pair()->cdr);
    }
  }
  call.machine.Return(Value::Boolean(false));
}

}  // namespace

void InstallEntitlements(Evaluation& evaluation, scheme::Machine& machine) {
  machine.Define("entitlement", 1, 1, Entitlement);
  const std::string& text = evaluation.options().entitlements_json;
  if (text.empty()) {  // older profiles of Apple walk the list without asking whether it is defined
    machine.DefineGlobal("*entitlements*", Value::Nil());
    return;
  }
  bool too_deep = false;
  const auto watch = [&too_deep](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kDepth;
    return !too_deep;
  };
  const Json json = Json::parse(text, watch, /*allow_exceptions=*/false);
  if (too_deep || !json.is_object()) {
    machine.diagnostics().Error("bad-entitlements",
                                too_deep ? fmt::format("the entitlements are nested more than {} deep", kDepth)
                                         : "the entitlements are not a JSON object",
                                {}, "an object of names and values, as codesign -d --entitlements prints them");
    return;
  }
  machine.DefineGlobal("*entitlements*", FromJson(evaluation.heap(), json));
}

}  // namespace sbtune::sbpl
