// Strings as ports to read from. What is read counts as a text of its own, so that mistakes in it have a place.
#include "profiles/scheme/primitives.h"
#include "profiles/scheme/reader.h"

namespace sbtune::scheme {
namespace {

constexpr std::uint64_t kSourceOverhead = 512;  // bytes that the source map keeps beside the text

void OpenInputString(const Call& call) {
  if (!call[0].is(Type::kString)) return WrongType(call, 0, "a string");
  const String& string = *call[0].string();
  call.machine.Return(Value(call.machine.heap().New(Port{string.data, string.size, base::kNoSource, 0})));
}

Port* TakePort(const Call& call) {
  if (call.size() == 0 || !call[0].is(Type::kPort)) {
    call.machine.Fail("wrong-type", std::string(call.callee.name) + " needs a port that open-input-string made",
                      call.range);
    return nullptr;
  }
  return call[0].port();
}

void Read(const Call& call) {
  Port* port = TakePort(call);
  if (port == nullptr) return;
  Machine& machine = call.machine;
  if (port->source == base::kNoSource) {
    // The line table of a text of newlines is four times as big as the text.
    if (!machine.heap().Fits(std::uint64_t{port->size} * 5 + kSourceOverhead)) {
      return static_cast<void>(machine.Charge(0));
    }
    machine.heap().Charge(std::uint64_t{port->size} * 5 + kSourceOverhead);
    const std::string where = machine.sources().Where(call.range);
    port->source = machine.sources().Add("(string read at " + where + ")", std::string(port->data, port->size));
  }
  if (!machine.Charge(1 + (port->size - port->position) / 16)) return;
  base::Diagnostics mistakes;
  Reader reader(machine.heap(), machine.sources().Text(port->source), port->source, mistakes, {.depth = machine.options().depth});
  reader.SkipTo(port->position);
  const std::optional<Slot> datum = reader.Next();
  port->position = reader.position();
  if (reader.failed()) return machine.Fail(mistakes.items().front());
  machine.Return(datum ? datum->value : Value::Eof());
}

void ReadChar(const Call& call) {
  Port* port = TakePort(call);
  if (port == nullptr) return;
  if (port->position >= port->size) return call.machine.Return(Value::Eof());
  const auto character = static_cast<std::uint8_t>(port->data[port->position]);
  if (call.callee.name == "read-char") ++port->position;
  call.machine.Return(Value::Character(character));
}

}  // namespace

void InstallPorts(Machine& machine) {
  machine.Define("open-input-string", 1, 1, OpenInputString);
  machine.Define("read", 0, 1, Read);
  machine.Define("read-char", 0, 1, ReadChar);
  machine.Define("peek-char", 0, 1, ReadChar);
}

}  // namespace sbtune::scheme
