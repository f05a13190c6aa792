// Adds allow rules to a loaded profile's own text: beside filters of a rule for the same operations where there is
// one, else as a new rule among its kind. What is there stays byte for byte; files that are imported are never
// touched. Only text is made here: whether the edited profile decides as wished is the caller's to prove.
//
//   RuleInserter inserter(profile, catalog);
//   Insertion done = *inserter.Insert(additions);
//   done.fragments[0].edits …                       // for ApplyEdits and UnifiedDiff
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/edit/layout.h"
#include "profiles/sbpl/edit/profile_map.h"
#include "profiles/sbpl/edit/text_edit.h"
#include "profiles/sbpl/profile.h"

namespace sbtune::sbpl {

// One filter (or, without it, an unconditional rule) to be allowed for each of the operations.
struct Addition {
  std::vector<std::string> operations;  // canonical, sorted, not empty
  std::optional<Filter> filter;
  const Rule* after = nullptr;          // takes effect only behind this rule of the profile
};

struct FragmentEdit {
  std::uint32_t fragment = 0;  // index into Profile::fragments
  std::vector<TextEdit> edits;  // sorted
};

// Where an addition went. `begin` and `length` are bytes of the new text of the fragment.
struct Placement {
  std::uint32_t fragment = 0;
  std::uint32_t begin = 0;
  std::uint32_t length = 0;
  std::optional<base::SourceRange> merged_into;  // the rule that took it (old text); absent: a new rule
};

struct Insertion {
  std::vector<FragmentEdit> fragments;  // only those with edits, in load order
  std::vector<Placement> places;        // one for each addition, in the order given
};

// Whether additions may go into rules that are there, or only into new ones.
enum class Merging : std::uint8_t { kIntoRules, kNewRulesOnly };

class RuleInserter {
 public:
  // The profile must outlive the inserter, and must have at least one fragment.
  RuleInserter(const Profile& profile, const catalog::Catalog& catalog);
  ~RuleInserter();
  RuleInserter(RuleInserter&&) noexcept;

  // The operations of every rule that could take a filter: {"file-read-data"}, {"mach-lookup"}, …
  [[nodiscard]] const std::set<std::vector<std::string>>& MergeableOperations() const;

  // The same additions in the same order give the same edits. Fails when a filter cannot be written as text.
  [[nodiscard]] base::Result<Insertion> Insert(std::span<const Addition> additions, Merging merging) const;

  struct State;  // known to insert_rules.cpp alone

 private:
  std::unique_ptr<State> state_;
};

}  // namespace sbtune::sbpl
