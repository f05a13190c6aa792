// Filters made ready for matching: a tree whose leaves hold numbers, lower-cased texts and compiled expressions
// instead of words. For policy.cpp and profiles/regions, not for others.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/source.h"
#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/regex.h"
#include "profiles/sbpl/rule.h"

namespace sbtune::sbpl {

struct StringTest {
  catalog::MatchKind kind = catalog::MatchKind::kExact;
  std::string text;  // lower-cased when the filter folds case; of a regex: the expression
  std::optional<Regex> regex;
};
// `text` must come lower-cased when the filter folds case. Not to be asked of an uncertain regex.
[[nodiscard]] bool MatchesString(const StringTest& test, std::string_view text);
[[nodiscard]] bool IsUncertain(const StringTest& test);

inline constexpr unsigned kIp4 = 1, kIp6 = 2, kTcp = 4, kUdp = 8;  // SBPL's own bits: tcp is 7, udp4 is 9

struct NetworkTest {
  unsigned protocol = kIp4 | kIp6;  // no kTcp, no kUdp: either
  bool localhost_only = false;
  std::optional<std::uint32_t> port;  // absent: any
};

// A filter without subfilters.
struct Leaf {
  enum class Kind : std::uint8_t {
    kString, kNumber, kBits, kFlag, kNetwork, kExtension, kMountRelative,
    kEntitlementLoad, kEntitlementTrue, kEntitlementValue, kUnsupported,
  };
  Kind kind = Kind::kUnsupported;
  const Filter* source = nullptr;
  std::string base;  // the fact it asks for: "path", "vnode-type", …
  bool folds_case = false;
  std::vector<StringTest> tests;
  std::vector<std::int64_t> numbers;
  std::vector<NetworkTest> ends;
  std::vector<std::string> names;  // extension classes, entitlement names
};

// A filter as a tree. Depth is limited by the loader, so walking it recursively is safe.
struct Node {
  enum class Kind : std::uint8_t { kAny, kAll, kNot, kLeaf };
  Kind kind = Kind::kLeaf;
  Leaf leaf;
  std::vector<Node> children;
};

struct FilterContext {
  const catalog::Catalog& catalog;
  const base::SourceMap& sources;  // for messages
  CaseRule case_rule;
};

// Fails on a regex that is no regex. The tree points to `filter` and must not outlive it.
[[nodiscard]] base::Result<Node> CompileFilter(const Filter& filter, const FilterContext& context);
// Any of them: one child for each.
[[nodiscard]] base::Result<Node> CompileAny(const std::vector<Filter>& filters, const FilterContext& context);

// ASCII only: how the system folds beyond is not known.
[[nodiscard]] std::string Lowered(std::string_view text);
void AssignLowered(std::string& out, std::string_view text);

}  // namespace sbtune::sbpl
