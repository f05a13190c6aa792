// Filters made ready for matching, and the three-valued evaluation of one filter against one query. Private to
// this folder; policy.h is the way in.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/facts.h"
#include "profiles/sbpl/query.h"
#include "profiles/sbpl/regex.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/rule.h"

namespace sbtune::sbpl {

enum class Truth : std::uint8_t { kFalse, kUnknown, kTrue };

struct StringTest {
  catalog::MatchKind kind = catalog::MatchKind::kExact;
  std::string text;            // lower-cased when the filter folds case; of a regex: the expression
  std::optional<Regex> regex;
};

enum class Host : std::uint8_t { kUnknown, kLocalhost, kOther };
inline constexpr unsigned kIp4 = 1, kIp6 = 2, kTcp = 4, kUdp = 8;  // SBPL's own bits: tcp is 7, udp4 is 9

struct NetworkTest {
  unsigned protocol = kIp4 | kIp6;     // no kTcp, no kUdp: either
  bool localhost_only = false;
  std::optional<std::uint32_t> port;   // absent: any
};

// A filter without subfilters.
struct Leaf {
  enum class Kind : std::uint8_t {
    kString, kNumber, kBits, kFlag, kNetwork, kExtension, kMountRelative,
    kEntitlementLoad, kEntitlementString, kEntitlementBoolean, kEntitlementTrue, kUnsupported,
  };
  Kind kind = Kind::kUnsupported;
  const Filter* source = nullptr;
  std::string base;            // the fact it asks for: "path", "vnode-type", …
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


// Fails on a regex that is no regex; `where` names the place of a filter for the message.
struct MatcherContext {
  const catalog::Catalog& catalog;
  const base::SourceMap& sources;
  CaseRule case_rule;
};
[[nodiscard]] base::Result<Node> CompileFilter(const Filter& filter, const MatcherContext& context);
[[nodiscard]] base::Result<Node> CompileAny(const std::vector<Filter>& filters, const MatcherContext& context);

// What is known beside the query, by name.
struct FactSet {
  std::vector<std::string> holds;
  std::vector<std::string> does_not_hold;
  bool closed = false;  // nothing but `holds`
};
using FactTable = std::map<std::string, FactSet, std::less<>>;
[[nodiscard]] FactTable MakeFactTable(const std::vector<Fact>& facts);

struct EndView {
  bool present = false;
  unsigned family = 0;     // kIp4, kIp6; 0: unknown
  unsigned protocol = 0;   // kTcp, kUdp; 0: unknown
  Host host = Host::kUnknown;
  std::optional<std::uint32_t> port;
};

// Which spelling of a path below /tmp, /var or /etc the kernel compares was measured on 14.4; older tables know
// the path only as it is spelled.
enum class Spelling : std::uint8_t { kCanonical, kAsLogged };
[[nodiscard]] Spelling SpellingFor(const catalog::Catalog& catalog);

struct PathRules {
  CaseRule case_rule = CaseRule::kFoldPaths;
  Spelling spelling = Spelling::kCanonical;
};

// One query with what the filters look at prepared. Reusable: Reset keeps the buffers. Not shared by threads.
class Subject {
 public:
  void Reset(const Query& query, const FactTable& facts, PathRules rules, const catalog::Catalog& catalog);

  const Query* query = nullptr;
  const FactTable* facts = nullptr;
  const catalog::Catalog* catalog = nullptr;
  bool fold = true;
  bool has_path = false;
  bool has_second_path = false;
  std::string path;         // lower-cased when paths fold
  std::string second_path;
  EndView local;
  EndView remote;
  const FactSet* entitlement = nullptr;  // set by an entitlement-load on the way
  FactSet entitlement_storage;
  const Leaf* unknown = nullptr;         // the first leaf that made something unknown
};

[[nodiscard]] Truth Evaluate(const Node& node, Subject& subject);
// A filter on the fact `base` simply fails: the query's target is of another kind (a path filter on a connection).
[[nodiscard]] bool CannotApply(std::string_view base, const Query& query);
[[nodiscard]] std::string Lowered(std::string_view text);  // ASCII only, as the system folds is not known beyond
[[nodiscard]] bool MatchesString(const StringTest& test, std::string_view text);

// "the filter (vnode-type …) needs to know …": a sentence without full stop for Verdict::unknown_reason.
[[nodiscard]] std::string UnknownReason(const Leaf& leaf, const Subject& subject);

}  // namespace sbtune::sbpl
