// One query with what filters look at made ready: folded paths, numbers of a connection, the user's facts. Private to
// this folder and policy.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/decide/filter_tree.h"
#include "profiles/sbpl/facts.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/query.h"

namespace sbtune::sbpl {

// What is known beside the query, by name.
struct FactSet {
  std::vector<std::string> holds;
  std::vector<std::string> does_not_hold;
  bool closed = false;  // nothing but `holds`
};
using FactTable = std::map<std::string, FactSet, std::less<>>;
[[nodiscard]] FactTable MakeFactTable(const std::vector<Fact>& facts);

enum class Host : std::uint8_t { kUnknown, kLocalhost, kOther };

// One end of a connection as filters look at it.
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

// A filter on the fact `base` simply fails: the query's target is of another kind (a path filter on a connection).
[[nodiscard]] bool CannotApply(std::string_view base, const Query& query);

}  // namespace sbtune::sbpl
