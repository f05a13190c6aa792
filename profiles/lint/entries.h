// Which rule decides what, over all accesses of all operations: the facts behind the findings about rules that
// decide nothing, change nothing, or lose where their writer expects them to win. Private to this folder.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "profiles/catalog/catalog.h"
#include "profiles/regions/rule_table.h"
#include "profiles/sbpl/profile.h"

namespace sbtune::lint {

// A rule as one of the rules of one operation that it names.
struct Entry {
  regions::RuleId rule = 0;
  const catalog::Operation* operation = nullptr;
  auto operator<=>(const Entry&) const = default;
};

// What decides, or would: an entry, or the table (nothing).
using Decider = std::optional<Entry>;

// A place where the last line would say otherwise.
struct Surprise {
  Entry expected;       // the last matching rule of the file
  Entry real;           // the one that decides
  std::string operation, target;  // of an example
};

struct EntryReport {
  std::set<Entry> decide;               // decide at least one access
  std::set<Entry> matter;               // … and without them that access would be decided differently
  std::map<Entry, Decider> instead;     // of entries that never decide: who decides what they match, for one access
  std::map<Entry, Decider> otherwise;   // of entries that decide but do not matter: who would decide the same
  std::set<Entry> match_nothing;        // there is no target that the rule matches
  std::vector<Surprise> surprises;      // one for each pair
  std::set<const catalog::Operation*> skipped;  // too complex to look at
};

[[nodiscard]] EntryReport FindEntries(const regions::RuleTable& table, const sbpl::PolicyOptions& options);

}  // namespace sbtune::lint
