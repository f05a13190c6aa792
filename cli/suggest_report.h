// An answer of the tuner for people and for programs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "profiles/sbpl/profile.h"
#include "profiles/tune/evidence.h"
#include "profiles/tune/generalize/rule_risk.h"
#include "profiles/tune/suggest.h"

namespace sbtune::cli {

struct SuggestReport {
  const sbpl::Profile& profile;
  std::span<const tune::Evidence> evidence;
  const tune::Answer& answer;
  std::string diff;
};

// The greatest risk of what an exact addition opens.
[[nodiscard]] tune::RuleRisk RiskOf(const tune::Suggestion& made, const SuggestReport& report);

// Denials that get no rule although the profile does not allow them.
[[nodiscard]] std::size_t CountRemaining(const tune::Answer& answer);

// What was found, what each addition is for, what is proven, what stays denied and why. Fit for a terminal; long
// lists are cut, and say so.
[[nodiscard]] std::string ReportText(const SuggestReport& report);

// One JSON object; kSuggestJsonShape tells its shape.
[[nodiscard]] std::string ReportJson(const SuggestReport& report);
extern const char* const kSuggestJsonShape;

// "file-read-data /etc/hosts", escaped.
[[nodiscard]] std::string ShowEvidence(const tune::Evidence& evidence);

// Bytes of a profile or diff for a terminal: lines and tabs stay, everything else that a terminal would act on is
// escaped.
[[nodiscard]] std::string ShowText(std::string_view bytes);

}  // namespace sbtune::cli
