// The exact answer: the smallest edit of the user's own profile that allows what was denied and nothing else, with
// its proof.
//
//   auto answer = tune::Suggest({loaded.profile, load_options, policy_options, evidence, overrides}, files);
//   answer->fragments[0].edits …     // the text
//   answer->certificate              // holds(), or nothing is proposed
//
// Pure but for reading imports again through `files`. The same evidence in any order gives the same answer; asking
// again with the answer applied proposes nothing.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "profiles/sbpl/edit/insert_rules.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/profile.h"
#include "profiles/tune/certificate.h"
#include "profiles/tune/evidence.h"
#include "profiles/tune/plan.h"
#include "profiles/tune/sift.h"

namespace sbtune::tune {

struct SuggestRequest {
  const sbpl::Profile& profile;        // loaded without errors
  const sbpl::LoadOptions& load;       // by which it was loaded
  const sbpl::PolicyOptions& options;
  std::span<const Evidence> evidence;  // from MergeEvidence
  std::span<const RulePlace> overrides;
};

struct EditedFragment {
  std::uint32_t fragment = 0;             // index into Profile::fragments
  std::vector<sbpl::TextEdit> edits;      // of the text that was loaded; sorted
  std::string text;                       // with the edits
};

// How far a generalised addition goes beyond its evidence.
struct Breadth {
  std::string step;         // exact, shape, prefix, folder
  std::string risk;         // none, low, medium, high, severe: the greatest of everything that it covers
  std::string risk_reason;  // the line of places.txt that gives it
  // By operation: paths of the reference tree that are allowed now and were not, beside the evidence.
  std::map<std::string, std::uint64_t> opened;
};

// One addition as it stands in the edited text.
struct Suggestion {
  std::vector<std::string> operations;
  std::string text;                         // "(literal "/etc/hosts")"; of a rule without filter the whole rule
  std::uint32_t fragment = 0;
  std::uint32_t line = 1;                   // in the edited text
  bool merged = false;                      // went into a rule that was there
  Width width = Width::kExact;
  std::vector<std::string> opens;           // beside the evidence, in words
  std::vector<std::size_t> evidence;        // that it covers; ascending
  std::vector<std::size_t> returns;         // that is denied again without it, one for each operation
  std::vector<std::string> overrides;       // "FILE:LINE" of denies that the user gave up for it
  std::optional<Breadth> breadth;           // of generalised answers
};

struct Answer {
  std::vector<Suggestion> suggestions;
  std::vector<Left> left;                   // evidence without a rule, in the order of the evidence
  std::vector<EditedFragment> fragments;    // in load order, only those that change
  Certificate certificate;
  std::size_t denials = 0;                  // pieces of evidence that were asked about

  [[nodiscard]] std::size_t covered() const { return denials - left.size(); }
};

// Fails where the edited profile cannot be loaded or proven: then nothing is proposed, and the sentence says why.
[[nodiscard]] base::Result<Answer> Suggest(const SuggestRequest& request, sbpl::ProfileFiles& files);

// A rule that a person chose for some of the evidence, wider than exact. Whether it may be chosen is not asked here.
struct ChosenRule {
  std::vector<std::string> operations;  // canonical, sorted
  sbpl::Filter filter;
  std::vector<std::size_t> evidence;    // indices
};

// The same with these rules and no others, and the same proof. Evidence that no chosen rule lets pass is left.
[[nodiscard]] base::Result<Answer> SuggestChosen(const SuggestRequest& request, std::span<const ChosenRule> chosen,
                                                 sbpl::ProfileFiles& files);

}  // namespace sbtune::tune
