// From answers of the tuner to a dialogue, and from its choices to one answer again.
//
//   Dialogue dialogue(MakeItems({evidence, exact, general}));
//   Drive(dialogue, stdin, stderr, {[&] { return DiffSoFar(dialogue); }, …});
//   Chosen chosen = ChooseEvidence(dialogue, evidence);
#pragma once

#include <cstdio>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cli/review/dialogue.h"
#include "core/base/result.h"
#include "profiles/tune/evidence.h"
#include "profiles/tune/generalize/ladder.h"
#include "profiles/tune/suggest.h"

namespace sbtune::cli {

struct Answers {
  std::span<const tune::Evidence> evidence;
  const tune::Answer& exact;
  const tune::Answer* general = nullptr;  // of the same evidence; absent: there are no wider forms
  const tune::Ladder* ladder = nullptr;   // for forms that are wider still
};

// Without a ladder.
[[nodiscard]] Item ItemOf(std::span<const std::size_t> indices, std::span<const tune::Evidence> evidence);

[[nodiscard]] bool LeavesOut(const Rung& rung, const tune::Evidence& evidence);  // a denial that the rule does not allow

// One for each addition of the general answer, narrow form first, and one for each exact addition that it leaves out.
[[nodiscard]] std::vector<Item> MakeItems(const Answers& answers);

// The allowed evidence: first what is allowed by the tuner's wide form, then what by a rule of the ladder, then what exactly.
struct Chosen {
  std::vector<tune::Evidence> evidence;
  std::size_t wide = 0;   // how many of them
  std::size_t ruled = 0;  // and how many of the next
  std::vector<tune::ChosenRule> rules;  // for those; their evidence counts from the first of them
};
[[nodiscard]] Chosen ChooseEvidence(const Dialogue& dialogue, std::span<const tune::Evidence> evidence);

// One answer after the other, each over the profile that the one before it gives: wide, by rules, exact.
using Ask = std::function<base::Result<tune::Answer>(const tune::SuggestRequest&, sbpl::ProfileFiles&)>;
[[nodiscard]] base::Result<tune::Answer> Compose(const tune::SuggestRequest& request, const Chosen& chosen, const Ask& wide,
                                                 sbpl::ProfileFiles& files);

// Adds to the answer, behind what was chosen, the denials that no item is about: already allowed, or without a rule.
void AddUnasked(std::span<const Item> items, const Answers& answers, Chosen& chosen, tune::Answer& answer);

// For the store; `profile` is its key.
[[nodiscard]] std::vector<store::StoredDecision> DecisionsOf(const Dialogue& dialogue, std::span<const tune::Evidence> evidence,
                                                             const std::string& profile);

// Reads keys until the dialogue ends, one by one where `in` is a terminal, and shows every screen on `screen`. The
// end of the input quits, and so do Ctrl-C and Ctrl-D.
struct Helpers {
  std::function<std::string()> diff;                                          // of what is allowed so far
  std::function<base::Result<Rung>(const std::string&, const Item&)> rule;    // what was typed
  std::function<std::vector<std::size_t>(const Dialogue&)> within;            // open ones that the rule just allowed covers
};
void Drive(Dialogue& dialogue, std::FILE* in, std::FILE* screen, const Helpers& helpers);

}  // namespace sbtune::cli
