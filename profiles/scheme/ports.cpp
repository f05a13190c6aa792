// Strings as ports. What is read from one counts as a text of its own, so that mistakes in it have a place. What is
// written goes into a string; without a port nobody would see it, and it is dropped.
#include <algorithm>

#include "profiles/scheme/primitives.h"
#include "profiles/scheme/printer.h"
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
  if (call.size() == 0 || !call[0].is(Type::kPort) || call[0].port()->output) {
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

void OpenOutputString(const Call& call) {
  call.machine.Return(Value(call.machine.heap().New(Port{nullptr, 0, base::kNoSource, 0, true})));
}

bool IsOutput(const Value& value) { return value.is(Type::kPort) && value.port()->output; }

void GetOutputString(const Call& call) {
  if (!IsOutput(call[0])) return WrongType(call, 0, "a port that open-output-string made");
  ReturnString(call, std::string_view(call[0].port()->data, call[0].port()->size));
}

// False when memory has run out.
bool Append(Machine& machine, Port& port, std::string_view text) {
  if (!machine.Charge(1 + text.size() / 16)) return false;
  const std::size_t size = port.size + text.size();
  if (size > port.position) {
    const std::size_t room = std::max<std::size_t>(64, 2 * size);
    if (!machine.heap().Fits(room)) return machine.Charge(0);
    std::string grown(port.data, port.size);
    grown.resize(room);
    port.data = machine.heap().NewArray(std::span<const char>(grown)).data();
    port.position = static_cast<std::uint32_t>(room);
  }
  std::ranges::copy(text, const_cast<char*>(port.data) + port.size);
  port.size = static_cast<std::uint32_t>(size);
  return true;
}

// (write x port), and its relatives: the text, then perhaps a port.
void Put(const Call& call, std::string_view text, std::size_t port) {
  if (call.size() > port) {
    if (!IsOutput(call[port])) return WrongType(call, port, "a port that open-output-string made");
    if (!Append(call.machine, *call[port].port(), text)) return;
  }
  call.machine.Return(Value::Boolean(true));
}

constexpr std::size_t kMostWritten = 1u << 20;

void Write(const Call& call) {
  const bool unseen = call.size() < 2;
  Put(call, unseen ? "" : Print(call[0], PrintStyle::kWrite, kMostWritten), 1);
}
void Display(const Call& call) {
  const bool unseen = call.size() < 2;
  Put(call, unseen ? "" : Print(call[0], PrintStyle::kDisplay, kMostWritten), 1);
}
void Newline(const Call& call) { Put(call, "\n", 0); }

}  // namespace

void InstallPorts(Machine& machine) {
  machine.Define("open-input-string", 1, 1, OpenInputString);
  machine.Define("read", 0, 1, Read);
  machine.Define("read-char", 0, 1, ReadChar);
  machine.Define("peek-char", 0, 1, ReadChar);
  machine.Define("open-output-string", 0, 0, OpenOutputString);
  machine.Define("get-output-string", 1, 1, GetOutputString);
  machine.Define("write", 0, 2, Write);
  machine.Define("display", 0, 2, Display);
  machine.Define("write-char", 0, 2, Display);
  machine.Define("newline", 0, 1, Newline);
}

}  // namespace sbtune::scheme
