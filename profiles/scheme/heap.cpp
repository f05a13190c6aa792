#include "profiles/scheme/heap.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace sbtune::scheme {
namespace {

constexpr std::size_t kBlockBytes = 256u << 10;
constexpr std::uint32_t kFirstBindings = 4;

}  // namespace

void* Heap::Allocate(std::size_t bytes, std::size_t alignment) {
  used_ += bytes;
  auto address = reinterpret_cast<std::uintptr_t>(next_);
  std::size_t padding = (alignment - address % alignment) % alignment;
  if (next_ == nullptr || static_cast<std::size_t>(end_ - next_) < bytes + padding) {
    const std::size_t size = std::max(kBlockBytes, bytes);
    blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(size));
    next_ = blocks_.back().get();
    end_ = next_ + size;
    padding = 0;  // operator new aligns for everything that we store
  }
  std::byte* place = next_ + padding;
  next_ = place + bytes;
  return place;
}

bool Heap::Fits(std::uint64_t bytes) {
  if (bytes <= limit_ && used_ <= limit_ - bytes) return true;
  used_ = limit_ == std::numeric_limits<std::uint64_t>::max() ? limit_ : std::max(used_, limit_ + 1);
  return false;
}

Pair* Heap::Cons(Value car, Value cdr) { return New(Pair{car, cdr, {}, {}}); }

Value Heap::List(std::span<const Slot> items) {
  Value list = Value::Nil();
  for (std::size_t i = items.size(); i > 0; --i) {
    Pair* pair = Cons(items[i - 1].value, list);
    pair->car_range = items[i - 1].range;
    list = Value(pair);
  }
  return list;
}

String* Heap::NewString(std::string_view text, base::SourceRange range) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max() || !Fits(text.size())) text = {};
  char* data = static_cast<char*>(Allocate(text.size(), 1));
  std::copy(text.begin(), text.end(), data);
  return New(String{data, static_cast<std::uint32_t>(text.size()), range, false});
}

Vector* Heap::NewVector(std::span<const Value> items) {
  const std::span<Value> copy = NewArray(items);
  return New(Vector{copy.data(), static_cast<std::uint32_t>(copy.size())});
}

Environment* Heap::NewEnvironment(Environment* outer, std::uint32_t capacity) {
  Binding* bindings = nullptr;
  if (capacity > 0) bindings = static_cast<Binding*>(Allocate(sizeof(Binding) * capacity, alignof(Binding)));
  return New(Environment{outer, bindings, 0, capacity});
}

void Heap::Define(Environment& environment, Symbol* name, Value value) {
  Binding* const end = environment.bindings + environment.count;
  Binding* const known =
      std::find_if(environment.bindings, end, [name](const Binding& binding) { return binding.name == name; });
  if (known != end) {
    known->value = value;
    return;
  }
  if (environment.count == environment.capacity) {
    const std::uint32_t capacity = std::max(kFirstBindings, environment.capacity * 2);
    auto* grown = static_cast<Binding*>(Allocate(sizeof(Binding) * capacity, alignof(Binding)));
    std::copy(environment.bindings, end, grown);
    environment.bindings = grown;
    environment.capacity = capacity;
  }
  environment.bindings[environment.count++] = Binding{name, value};
}

Symbol* Heap::Intern(std::string_view name) {
  const auto known = symbols_.find(name);
  if (known != symbols_.end()) return known->second;
  char* data = static_cast<char*>(Allocate(name.size(), 1));
  std::copy(name.begin(), name.end(), data);
  const std::string_view kept(data, name.size());
  Symbol* symbol = New(Symbol{kept, {}});
  Charge(sizeof(void*) * 6);  // the table's node
  symbols_.emplace(kept, symbol);
  return symbol;
}

std::vector<std::string_view> Heap::GlobalNames() const {
  std::vector<std::string_view> names;
  for (const auto& [name, symbol] : symbols_) {
    if (!symbol->global.is(Type::kUnbound)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string_view TypeName(const Value& value) {
  switch (value.type()) {
    case Type::kUnbound: return "nothing";
    case Type::kNil: return "the empty list";
    case Type::kBoolean: return "a boolean";
    case Type::kInteger: return "an integer";
    case Type::kReal: return "a real number";
    case Type::kCharacter: return "a character";
    case Type::kEof: return "the end of file";
    case Type::kString: return "a string";
    case Type::kSymbol: return "a symbol";
    case Type::kPair: return "a list";
    case Type::kVector: return "a vector";
    case Type::kClosure:
    case Type::kPrimitive: return "a procedure";
    case Type::kMacro:
    case Type::kSyntax: return "a syntactic keyword";
    case Type::kEnvironment: return "an environment";
    case Type::kPort: return "a port";
    case Type::kPromise: return "a promise";
    case Type::kForeign: return value.foreign()->kind->name;
  }
  return "nothing";
}

}  // namespace sbtune::scheme
