// The values of the small Scheme in which profiles are written. A Value is two words; what does not fit lives in
// the Heap of one evaluation, is trivially destructible, and goes away with it. So deep data costs no recursion to
// free, and nothing here may outlive its Heap.
//
//   Value list = heap.Cons(Value::Integer(1), Value::Nil());
//   list.pair()->car.integer() == 1
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/base/result.h"
#include "core/base/source.h"

namespace sbtune::scheme {

struct Pair;
struct String;
struct Symbol;
struct Vector;
struct Closure;
struct Macro;
struct Primitive;
struct Syntax;
struct Environment;
struct Port;
struct Promise;
struct Foreign;

enum class Type : std::uint8_t {
  kUnbound,  // the value of a name that nobody defined; never reaches a program
  kNil,      // the empty list, also what an expression without a value yields (as in TinyScheme)
  kBoolean,
  kInteger,
  kReal,
  kCharacter,
  kEof,
  kString,
  kSymbol,
  kPair,
  kVector,
  kClosure,
  kMacro,
  kPrimitive,
  kSyntax,
  kEnvironment,
  kPort,
  kPromise,
  kForeign,  // an object of the program that embeds the Scheme: an operation, a filter, …
};

class Value {
 public:
  constexpr Value() = default;  // unbound
  static constexpr Value Nil() { return Value(Type::kNil); }
  static constexpr Value Eof() { return Value(Type::kEof); }
  static constexpr Value Boolean(bool value) { return Value(Type::kBoolean, value ? 1 : 0); }
  static constexpr Value Integer(std::int64_t value) { return Value(Type::kInteger, value); }
  static constexpr Value Character(std::uint8_t value) { return Value(Type::kCharacter, value); }
  static Value Real(double value) {
    Value made(Type::kReal);
    made.real_ = value;
    return made;
  }
  explicit Value(Pair* object) : type_(Type::kPair), object_(object) {}
  explicit Value(String* object) : type_(Type::kString), object_(object) {}
  explicit Value(Symbol* object) : type_(Type::kSymbol), object_(object) {}
  explicit Value(Vector* object) : type_(Type::kVector), object_(object) {}
  explicit Value(Closure* object) : type_(Type::kClosure), object_(object) {}
  explicit Value(Macro* object) : type_(Type::kMacro), object_(object) {}
  explicit Value(Primitive* object) : type_(Type::kPrimitive), object_(object) {}
  explicit Value(Syntax* object) : type_(Type::kSyntax), object_(object) {}
  explicit Value(Environment* object) : type_(Type::kEnvironment), object_(object) {}
  explicit Value(Port* object) : type_(Type::kPort), object_(object) {}
  explicit Value(Promise* object) : type_(Type::kPromise), object_(object) {}
  explicit Value(Foreign* object) : type_(Type::kForeign), object_(object) {}

  [[nodiscard]] Type type() const { return type_; }
  [[nodiscard]] bool is(Type type) const { return type_ == type; }
  [[nodiscard]] bool is_nil() const { return type_ == Type::kNil; }
  [[nodiscard]] bool is_true() const { return type_ != Type::kBoolean || integer_ != 0; }
  [[nodiscard]] bool is_number() const { return type_ == Type::kInteger || type_ == Type::kReal; }
  [[nodiscard]] bool is_procedure() const { return type_ == Type::kClosure || type_ == Type::kPrimitive; }

  [[nodiscard]] bool boolean() const { return Checked(Type::kBoolean).integer_ != 0; }
  [[nodiscard]] std::int64_t integer() const { return Checked(Type::kInteger).integer_; }
  [[nodiscard]] double real() const { return Checked(Type::kReal).real_; }
  [[nodiscard]] std::uint8_t character() const {
    return static_cast<std::uint8_t>(Checked(Type::kCharacter).integer_);
  }
  [[nodiscard]] Pair* pair() const { return As<Pair>(Type::kPair); }
  [[nodiscard]] String* string() const { return As<String>(Type::kString); }
  [[nodiscard]] Symbol* symbol() const { return As<Symbol>(Type::kSymbol); }
  [[nodiscard]] Vector* vector() const { return As<Vector>(Type::kVector); }
  [[nodiscard]] Closure* closure() const { return As<Closure>(Type::kClosure); }
  [[nodiscard]] Macro* macro() const { return As<Macro>(Type::kMacro); }
  [[nodiscard]] Primitive* primitive() const { return As<Primitive>(Type::kPrimitive); }
  [[nodiscard]] Syntax* syntax() const { return As<Syntax>(Type::kSyntax); }
  [[nodiscard]] Environment* environment() const { return As<Environment>(Type::kEnvironment); }
  [[nodiscard]] Port* port() const { return As<Port>(Type::kPort); }
  [[nodiscard]] Promise* promise() const { return As<Promise>(Type::kPromise); }
  [[nodiscard]] Foreign* foreign() const { return As<Foreign>(Type::kForeign); }

  // eq?: the same object, or the same number, character or boolean.
  [[nodiscard]] bool IsSame(const Value& other) const {
    if (type_ != other.type_) return false;
    return type_ == Type::kReal ? real_ == other.real_ : integer_ == other.integer_;
  }

 private:
  explicit constexpr Value(Type type, std::int64_t integer = 0) : type_(type), integer_(integer) {}
  [[nodiscard]] const Value& Checked(Type type) const {
    SBTUNE_ASSERT(type_ == type);
    return *this;
  }
  template <typename T>
  [[nodiscard]] T* As(Type type) const {
    SBTUNE_ASSERT(type_ == type);
    return static_cast<T*>(object_);
  }

  Type type_ = Type::kUnbound;
  union {
    std::int64_t integer_ = 0;
    double real_;
    void* object_;
  };
};

// A value together with where it was written: an element of a list that was read, an argument of a call.
struct Slot {
  Value value;
  base::SourceRange range;
};

// Both ranges are absent in pairs that a program made.
struct Pair {
  Value car;
  Value cdr;
  base::SourceRange car_range;  // where the car was written
  base::SourceRange form;       // of the first pair of a list that was read: the list with its parentheses
};

struct String {
  const char* data;
  std::uint32_t size;
  base::SourceRange range;  // the literal, or the expression that made the string
  // Nothing can be appended: a raw string that was read with ReaderOptions::RawStrings::kEndTheirText.
  bool ended = false;

  [[nodiscard]] std::string_view view() const { return {data, size}; }
};

struct Symbol {
  std::string_view name;  // lives in the heap
  Value global;           // its value at top level
};

struct Vector {
  Value* items;
  std::uint32_t size;

  [[nodiscard]] std::span<Value> view() const { return {items, size}; }
};

struct Binding {
  Symbol* name;
  Value value;
};

// Local variables. The outermost scope is no Environment (null): its values stand in the symbols.
struct Environment {
  Environment* outer;
  Binding* bindings;
  std::uint32_t count;
  std::uint32_t capacity;
};

struct Closure {
  Symbol** parameters;
  std::uint32_t parameter_count;
  Symbol* rest;  // takes what the parameters leave over; may be null
  Value body;    // a list of expressions
  Environment* environment;
  Symbol* name;  // by which it was first defined; null for a lambda
  base::SourceRange range;
};

struct Macro {
  Value expander;  // a procedure
  // Called with the whole form as its one argument, or with the form's operands (define-macro).
  enum class Takes : std::uint8_t { kForm, kOperands } takes;
};

struct Port {
  const char* data;
  std::uint32_t size;
  std::uint32_t source;    // base::SourceId of the text, once something was read
  std::uint32_t position;  // byte at which the next read starts; of an output port the room that `data` has
  bool output = false;
};

struct Promise {
  Value value;  // the expression until `forced`
  Environment* environment;
  base::SourceRange range;
  bool forced;
};

// The common head of objects that the embedding program makes; `kind` is compared by address.
struct ForeignKind {
  std::string_view name;  // for messages: "filter"
};
struct Foreign {
  const ForeignKind* kind;
};

[[nodiscard]] std::string_view TypeName(const Value& value);  // with its article: "a list", "an integer"

}  // namespace sbtune::scheme
