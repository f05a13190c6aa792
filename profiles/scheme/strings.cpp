// Procedures over strings and symbols.
#include <cctype>

#include "profiles/scheme/primitives.h"

namespace sbtune::scheme {
namespace {

void StringAppend(const Call& call) {
  std::uint64_t size = 0;
  for (std::size_t i = 0; i < call.size(); ++i) {
    std::string_view part;
    if (!TakeString(call, i, part)) return;
    size += part.size();
  }
  // Asked before a byte is copied: doubling a string often enough would be the end of the machine.
  if (!call.machine.heap().Fits(size)) return static_cast<void>(call.machine.Charge(0));
  std::string text;
  text.reserve(size);
  bool ended = false;
  for (const Slot& argument : call.arguments) {
    if (ended) {
      call.machine.Warn("raw-string-append", "string-append drops what follows a raw string", argument.range,
                        "write the raw string as a plain one, with its backslashes doubled");
      break;
    }
    text += argument.value.string()->view();
    ended = argument.value.string()->ended;
  }
  String* string = call.machine.heap().NewString(text, call.range);
  string->ended = ended;
  call.machine.Return(Value(string));
}

void StringLength(const Call& call) {
  std::string_view text;
  if (TakeString(call, 0, text)) call.machine.Return(Value::Integer(static_cast<std::int64_t>(text.size())));
}

void StringRef(const Call& call) {
  std::string_view text;
  std::size_t index = 0;
  if (!TakeString(call, 0, text)) return;
  if (text.empty()) {
    return call.machine.Fail("out-of-range", "string-ref: the string is empty", call.arguments[0].range);
  }
  if (!TakeIndex(call, 1, text.size() - 1, index)) return;
  call.machine.Return(Value::Character(static_cast<std::uint8_t>(text[index])));
}

void Substring(const Call& call) {
  std::string_view text;
  std::size_t begin = 0;
  if (!TakeString(call, 0, text) || !TakeIndex(call, 1, text.size(), begin)) return;
  std::size_t end = text.size();
  if (call.size() > 2 && !TakeIndex(call, 2, text.size(), end)) return;
  if (end < begin) {
    return call.machine.Fail("out-of-range", "substring: the end lies before the start", call.arguments[2].range);
  }
  ReturnString(call, text.substr(begin, end - begin));
}

void MakeString(const Call& call) {
  std::int64_t size = 0;
  std::uint8_t fill = ' ';
  if (!TakeInteger(call, 0, size) || (call.size() > 1 && !TakeCharacter(call, 1, fill))) return;
  if (size < 0) return call.machine.Fail("out-of-range", "make-string needs a size of 0 or more", call.range);
  if (!call.machine.heap().Fits(static_cast<std::uint64_t>(size))) return static_cast<void>(call.machine.Charge(0));
  ReturnString(call, std::string(static_cast<std::size_t>(size), static_cast<char>(fill)));
}

void StringOf(const Call& call) {
  std::string text;
  for (std::size_t i = 0; i < call.size(); ++i) {
    std::uint8_t character = 0;
    if (!TakeCharacter(call, i, character)) return;
    text += static_cast<char>(character);
  }
  ReturnString(call, text);
}

void StringToList(const Call& call) {
  std::string_view text;
  if (!TakeString(call, 0, text)) return;
  Value list = Value::Nil();
  for (std::size_t i = text.size(); i > 0; --i) {
    if (!call.machine.Charge(1)) return;
    list = Value(call.machine.heap().Cons(Value::Character(static_cast<std::uint8_t>(text[i - 1])), list));
  }
  call.machine.Return(list);
}

void ListToString(const Call& call) {
  std::vector<Slot> characters;
  if (!TakeList(call, 0, characters)) return;
  std::string text;
  for (const Slot& slot : characters) {
    if (!slot.value.is(Type::kCharacter)) return WrongType(call, 0, "a list of characters");
    text += static_cast<char>(slot.value.character());
  }
  ReturnString(call, text);
}

std::string Folded(std::string_view text) {
  std::string folded(text);
  for (char& c : folded) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return folded;
}

enum class Order { kEqual, kLess, kGreater, kAtMost, kAtLeast };
enum class Case { kExact, kFolded };

template <Order order, Case folding>
void Compare(const Call& call) {
  bool holds = true;
  for (std::size_t i = 1; i < call.size(); ++i) {
    std::string_view left;
    std::string_view right;
    if (!TakeString(call, i - 1, left) || !TakeString(call, i, right)) return;
    const int sign = folding == Case::kFolded ? Folded(left).compare(Folded(right)) : left.compare(right);
    if (order == Order::kEqual) holds = holds && sign == 0;
    if (order == Order::kLess) holds = holds && sign < 0;
    if (order == Order::kGreater) holds = holds && sign > 0;
    if (order == Order::kAtMost) holds = holds && sign <= 0;
    if (order == Order::kAtLeast) holds = holds && sign >= 0;
  }
  call.machine.Return(Value::Boolean(holds));
}

void StringToSymbol(const Call& call) {
  std::string_view text;
  if (TakeString(call, 0, text)) call.machine.Return(Value(call.machine.heap().Intern(text)));
}

void SymbolToString(const Call& call) {
  if (!call[0].is(Type::kSymbol)) return WrongType(call, 0, "a symbol");
  ReturnString(call, call[0].symbol()->name);
}

// (split-string "a:b" ":"): the parts between the separators.
void SplitString(const Call& call) {
  std::string_view text;
  std::string_view separator;
  if (!TakeString(call, 0, text) || !TakeString(call, 1, separator)) return;
  if (separator.empty()) {
    return call.machine.Fail("out-of-range", "split-string needs a separator", call.arguments[1].range);
  }
  std::vector<Slot> parts;
  for (bool more = true; more;) {
    if (!call.machine.Charge(1)) return;
    const std::size_t end = text.find(separator);
    more = end != std::string_view::npos;
    parts.push_back({Value(call.machine.heap().NewString(text.substr(0, end), call.arguments[0].range)),
                     call.arguments[0].range});
    if (more) text.remove_prefix(end + separator.size());
  }
  call.machine.Return(call.machine.heap().List(parts));
}

void StringCopy(const Call& call) {
  std::string_view text;
  if (TakeString(call, 0, text)) ReturnString(call, text);
}

}  // namespace

void InstallStrings(Machine& machine) {
  machine.Define("string-append", 0, kAnyNumber, StringAppend);
  machine.Define("string-length", 1, 1, StringLength);
  machine.Define("string-ref", 2, 2, StringRef);
  machine.Define("substring", 2, 3, Substring);
  machine.Define("make-string", 1, 2, MakeString);
  machine.Define("string", 0, kAnyNumber, StringOf);
  machine.Define("string->list", 1, 1, StringToList);
  machine.Define("list->string", 1, 1, ListToString);
  machine.Define("string=?", 1, kAnyNumber, Compare<Order::kEqual, Case::kExact>);
  machine.Define("string<?", 1, kAnyNumber, Compare<Order::kLess, Case::kExact>);
  machine.Define("string>?", 1, kAnyNumber, Compare<Order::kGreater, Case::kExact>);
  machine.Define("string<=?", 1, kAnyNumber, Compare<Order::kAtMost, Case::kExact>);
  machine.Define("string>=?", 1, kAnyNumber, Compare<Order::kAtLeast, Case::kExact>);
  machine.Define("string-ci=?", 1, kAnyNumber, Compare<Order::kEqual, Case::kFolded>);
  machine.Define("string-ci<?", 1, kAnyNumber, Compare<Order::kLess, Case::kFolded>);
  machine.Define("string-ci>?", 1, kAnyNumber, Compare<Order::kGreater, Case::kFolded>);
  machine.Define("string-ci<=?", 1, kAnyNumber, Compare<Order::kAtMost, Case::kFolded>);
  machine.Define("string-ci>=?", 1, kAnyNumber, Compare<Order::kAtLeast, Case::kFolded>);
  machine.Define("split-string", 2, 2, SplitString);
  machine.Define("string-copy", 1, 1, StringCopy);
  machine.Define("string->symbol", 1, 1, StringToSymbol);
  machine.Define("symbol->string", 1, 1, SymbolToString);
}

}  // namespace sbtune::scheme
