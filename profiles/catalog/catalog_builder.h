// Turns the embedded catalog.json into one Catalog per version. Private to this folder.
#pragma once

#include <memory>
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

// Everything that the data file holds. The catalogs' views point into it and into the embedded text's strings.
struct Library {
  std::vector<std::string_view> versions;  // oldest first
  std::vector<Catalog> catalogs;           // by version
  std::unordered_set<std::string_view> operation_names;
  std::unordered_set<std::string> strings;  // owns every name

  static const Library& Get();  // built by the first caller, about 1 ms
};

}  // namespace sbtune::catalog
