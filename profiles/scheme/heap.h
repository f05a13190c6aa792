// Memory of one evaluation: everything is bump-allocated, counted against a limit, and freed at once.
//
// Past the limit the heap says so (exhausted()) and keeps handing out valid small objects, so that whoever makes
// many of them need not check after each; the machine stops at its next step. Loops over data of a program's
// choosing must look at Machine::Charge, which covers both time and memory. Not thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "profiles/scheme/value.h"

namespace sbtune::scheme {

class Heap {
 public:
  explicit Heap(std::uint64_t limit_bytes) : limit_(limit_bytes) {}
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  [[nodiscard]] Pair* Cons(Value car, Value cdr);
  // A list of the values, each knowing where it was written.
  [[nodiscard]] Value List(std::span<const Slot> items);
  [[nodiscard]] String* NewString(std::string_view text, base::SourceRange range);
  [[nodiscard]] Vector* NewVector(std::span<const Value> items);
  [[nodiscard]] Environment* NewEnvironment(Environment* outer, std::uint32_t capacity);
  // Adds a variable, or overwrites the one of that name in this very scope.
  void Define(Environment& environment, Symbol* name, Value value);
  [[nodiscard]] Symbol* Intern(std::string_view name);

  // Any other trivially destructible object.
  template <typename T>
  [[nodiscard]] T* New(T object) {
    static_assert(std::is_trivially_destructible_v<T> && std::is_trivially_copyable_v<T>);
    return new (Allocate(sizeof(T), alignof(T))) T(object);
  }
  template <typename T>
  [[nodiscard]] std::span<T> NewArray(std::span<const T> items) {
    static_assert(std::is_trivially_destructible_v<T> && std::is_trivially_copyable_v<T>);
    if (items.empty() || !Fits(items.size_bytes())) return {};
    T* copy = static_cast<T*>(Allocate(items.size_bytes(), alignof(T)));
    std::uninitialized_copy(items.begin(), items.end(), copy);
    return {copy, items.size()};
  }

  // Counts memory that is held elsewhere on behalf of the evaluation.
  void Charge(std::uint64_t bytes) { used_ += bytes; }
  [[nodiscard]] bool exhausted() const { return used_ > limit_; }
  // Whether `bytes` more can be had; if not, the heap counts as exhausted from now on.
  [[nodiscard]] bool Fits(std::uint64_t bytes);
  [[nodiscard]] std::uint64_t used() const { return used_; }
  // All symbols that have a value at top level.
  [[nodiscard]] std::vector<std::string_view> GlobalNames() const;

 private:
  [[nodiscard]] void* Allocate(std::size_t bytes, std::size_t alignment);

  std::uint64_t limit_;
  std::uint64_t used_ = 0;
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::byte* next_ = nullptr;
  std::byte* end_ = nullptr;
  std::unordered_map<std::string_view, Symbol*> symbols_;
};

}  // namespace sbtune::scheme
