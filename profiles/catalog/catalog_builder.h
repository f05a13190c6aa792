// Turns the embedded catalog.json into one Catalog per version. Private to this folder.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "profiles/catalog/catalog.h"

namespace sbtune::catalog {

struct Catalog::Index {
  struct Word {
    OperationName profile;
    const Operation* logged = nullptr;
  };
  std::unordered_map<std::string_view, Word> operations;
  std::unordered_map<std::string_view, const Filter*> filters;
  std::unordered_map<std::string_view, const FilterShorthand*> shorthands;
  std::unordered_map<std::string_view, const ModifierInfo*> modifiers;
  std::unordered_map<std::string_view, std::size_t> filter_bases;  // base name -> bit
  std::vector<const Operation*> parents;                           // by operation id
  std::vector<std::vector<bool>> applies;                          // by operation id, then base bit
  std::vector<std::unordered_set<std::string_view>> modifiers_of;  // by operation id
};

// Everything that the data file holds. Catalogs are built when first asked for; their views point into the parsed
// data, which lives for the program's time.
class Library {
 public:
  [[nodiscard]] static const Library& Get();  // parses the data at the first call, about 1 ms
  [[nodiscard]] std::span<const std::string_view> versions() const { return versions_; }  // oldest first
  [[nodiscard]] const Catalog& At(std::size_t version) const;
  [[nodiscard]] bool HasOperationName(std::string_view word) const { return operation_names_.contains(word); }

  ~Library();

 private:
  struct Data;
  Library();
  std::unique_ptr<const Data> data_;
  std::vector<std::string_view> versions_;
  std::unordered_set<std::string_view> operation_names_;  // of any version, aliases and no-ops too
  struct Slot {
    std::once_flag once;
    std::unique_ptr<const Catalog> catalog;
  };
  mutable std::vector<Slot> slots_;  // by version; each is written once
};

}  // namespace sbtune::catalog
