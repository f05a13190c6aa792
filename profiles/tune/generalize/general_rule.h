// What generalising yields: filters on paths with the operations that they are allowed for, and what each
// covers. Values; how they become profile text is filter_text.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "profiles/catalog/places.h"
#include "profiles/tune/generalize/name_pattern.h"

namespace sbtune::tune {

// One denied access to a path, as the policy side sees it.
struct PathDenial {
  std::string operation;  // canonical, a leaf
  std::string path;       // canonical, begins with a slash
  catalog::Reach reach = catalog::Reach::kRead;
  std::vector<std::uint32_t> runs;  // sorted, distinct; indices
  std::uint32_t id = 0;             // the caller's, distinct
};

enum class FilterKind : std::uint8_t {
  kLiteral,  // one path
  kShape,    // an anchored regex: names of known shape, never across a slash
  kTree,     // a folder and everything in it
};

struct PathFilter {
  FilterKind kind = FilterKind::kLiteral;
  std::uint32_t root = 0;                // of the placement
  std::vector<NamePattern> steps;        // plain names, but for kShape
  std::vector<std::uint32_t> leave_out;  // of kTree: indices of Places::Floats that stay closed
  std::vector<std::string> holes{};      // of kTree: names right below that stay closed with all in them; sorted
  bool operator==(const PathFilter&) const = default;
};

struct GeneralRule {
  std::vector<std::string> operations;  // sorted
  PathFilter filter;
  std::vector<std::uint32_t> covers;  // ids of denials, sorted
  std::vector<std::uint32_t> runs;    // that the evidence comes from, sorted
  catalog::Risk risk = catalog::Risk::kNone;
  std::string risk_reason;  // the place that gives it
};

// A denial that no suggestion covers without the user's word.
struct Asked {
  std::uint32_t id = 0;
  catalog::Survey survey;
};

struct Generalized {
  std::vector<GeneralRule> rules;  // sorted by filter, then operations
  std::vector<Asked> asked;        // by id
};

}  // namespace sbtune::tune
