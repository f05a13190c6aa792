// The removal of rules that nothing recorded needed, and of rules without which the profile means the same.
//
//   auto answer = Shrink({load, policy_options, samples, limits, same_meaning}, files);
//   answer->fragments[0].edits …   // for UnifiedDiff
//   answer->proof                  // holds(), or nothing is proposed
//
// Only allow rules that stand in the user's files as forms of their own are touched. A deny is never taken out: it is
// there for what should not happen. Neither is the default. What shrinks only ever narrows.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "profiles/coverage/proof.h"
#include "profiles/coverage/usage.h"
#include "profiles/sbpl/edit/text_edit.h"

namespace sbtune::coverage {

// How much must have been recorded before the lack of a use says anything.
struct Limits {
  std::size_t min_runs = 3;
  double min_days = 0;
  std::optional<double> window_days = {};  // uses longer before the newest record do not count
};

// Whether two profiles answer every access alike, exactly. Given from outside: the analysis lives in another room.
using SameMeaning = std::function<bool(const sbpl::Profile& before, const sbpl::Profile& after)>;

struct ShrinkRequest {
  const sbpl::LoadOptions& load;
  const sbpl::PolicyOptions& options;
  std::span<const Sample> samples;
  Limits limits;
  SameMeaning same_meaning = {};  // empty: redundant rules are not looked for
};

enum class Why : std::uint8_t { kNeverUsed, kRedundant };
[[nodiscard]] std::string_view Name(Why why);  // "never-used", "redundant": stable, for JSON

struct Removal {
  Why why = Why::kNeverUsed;
  std::size_t rule = 0;                // in Usage::rules
  std::vector<std::uint32_t> filters;  // those taken out; none: the whole rule
};

// Rules without use that stay, and why.
enum class Kept : std::uint8_t { kDeny, kDefault, kInside, kImported, kParameter, kFilterInside, kUnreported };
[[nodiscard]] std::string_view Name(Kept kept);  // "deny", "default", "inside", …: stable, for JSON
[[nodiscard]] std::string_view Sentence(Kept kept);

struct KeptRule {
  Kept why = Kept::kDeny;
  std::size_t rule = 0;
  std::vector<std::uint32_t> filters;  // of kFilterInside
};

struct ShrunkFragment {
  std::uint32_t fragment = 0;         // index into Profile::fragments
  std::vector<sbpl::TextEdit> edits;  // of the text that was loaded; sorted
  std::string text;                   // with the edits
};

struct Shrunk {
  Usage usage;
  std::vector<Removal> removals;  // in the order of the rules
  std::vector<KeptRule> kept;     // the same
  std::vector<ShrunkFragment> fragments;
  Proof proof;
  std::size_t not_compared = 0;  // rules that may be redundant, left when there were too many to compare
  std::vector<std::string> closed;  // recorded accesses outside the window that become denied, in words
};

// Fails when the records are too few, or hold only what the profile denies, or the edit cannot be proven.
[[nodiscard]] base::Result<Shrunk> Shrink(const ShrinkRequest& request, sbpl::ProfileFiles& files);

}  // namespace sbtune::coverage
