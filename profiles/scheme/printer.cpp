#include "profiles/scheme/printer.h"

#include <array>
#include <charconv>
#include <vector>

#include "profiles/scheme/machine.h"
#include "profiles/scheme/string_escape.h"

namespace sbtune::scheme {
namespace {

std::string CharacterName(std::uint8_t c) {
  switch (c) {
    case ' ': return "#\\space";
    case '\n': return "#\\newline";
    case '\r': return "#\\return";
    case '\t': return "#\\tab";
    default: break;
  }
  if (c > 0x20 && c < 0x7F) return {'#', '\\', static_cast<char>(c)};
  return "#\\x" + FormatNumber(Value::Integer(c), 16);
}

std::string Atom(const Value& value, PrintStyle style) {
  switch (value.type()) {
    case Type::kNil: return "()";
    case Type::kBoolean: return value.boolean() ? "#t" : "#f";
    case Type::kInteger:
    case Type::kReal: return FormatNumber(value, 10);
    case Type::kCharacter:
      if (style == PrintStyle::kDisplay) return {static_cast<char>(value.character())};
      return CharacterName(value.character());
    case Type::kString:
      if (style == PrintStyle::kDisplay) return std::string(value.string()->view());
      return WriteStringLiteral(value.string()->view());
    case Type::kSymbol: return std::string(value.symbol()->name);
    case Type::kPrimitive: return "#<procedure " + std::string(value.primitive()->name) + ">";
    case Type::kClosure:
      if (value.closure()->name != nullptr) return "#<procedure " + std::string(value.closure()->name->name) + ">";
      return "#<procedure>";
    default: return "#<" + std::string(TypeName(value)) + ">";
  }
}

struct Task {
  Value value;
  enum class Kind { kDatum, kRestOfList, kText } kind = Kind::kDatum;
  const char* text = "";
};

void PrintVector(const Vector& vector, std::vector<Task>& todo, std::string& out) {
  out += "#(";
  todo.push_back({{}, Task::Kind::kText, ")"});
  for (std::uint32_t i = vector.size; i > 0; --i) {
    todo.push_back({vector.items[i - 1]});
    if (i > 1) todo.push_back({{}, Task::Kind::kText, " "});
  }
}

}  // namespace

std::string Print(const Value& value, PrintStyle style, std::size_t most) {
  std::string out;
  std::vector<Task> todo{{value}};
  while (!todo.empty() && out.size() <= most) {
    const Task task = todo.back();
    todo.pop_back();
    if (task.kind == Task::Kind::kText) {
      out += task.text;
    } else if (task.kind == Task::Kind::kRestOfList && task.value.is_nil()) {
      out += ")";
    } else if (task.value.is(Type::kPair)) {
      out += task.kind == Task::Kind::kDatum ? "(" : " ";
      todo.push_back({task.value.pair()->cdr, Task::Kind::kRestOfList});
      todo.push_back({task.value.pair()->car});
    } else if (task.kind == Task::Kind::kRestOfList) {
      out += " . ";
      todo.push_back({{}, Task::Kind::kText, ")"});
      todo.push_back({task.value});
    } else if (task.value.is(Type::kVector)) {
      PrintVector(*task.value.vector(), todo, out);
    } else {
      out += Atom(task.value, style);
    }
  }
  if (out.size() > most) {
    out.resize(most);
    out += "...";
  }
  return out;
}

std::string FormatNumber(const Value& number, int base) {
  std::array<char, 80> buffer;
  char* const end = buffer.data() + buffer.size();
  if (number.is(Type::kInteger)) {
    return {buffer.data(), std::to_chars(buffer.data(), end, number.integer(), base).ptr};
  }
  std::string text(buffer.data(), std::to_chars(buffer.data(), end, number.real()).ptr);
  if (text.find_first_of(".enai") == std::string::npos) text += ".0";
  return text;
}

}  // namespace sbtune::scheme
