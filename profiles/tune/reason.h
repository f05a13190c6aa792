// Why a denial gets no rule. Names are stable: they stand in JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sbtune::tune {

enum class Reason : std::uint8_t {
  kAlreadyAllowed,    // the profile allows it as it is
  kPlatformPolicy,    // no edit of a profile can change it
  kUntrusted,
  kAmbiguous,
  kNotInProfiles,     // a check beside the profile, or an operation that no rule can name
  kNoTarget,          // the log does not say what was accessed
  kIncompleteTarget,  // cut, or shortened by "..."
  kUnwritable,        // no string of a profile can carry the target
  kNoExactFilter,     // nothing that a profile can say is as narrow as the target
  kFilteredDeny,      // a deny of the profile names it; --override lifts it
  kPlainDeny,         // an unconditional deny of exactly this operation; the same
  kImplicitDeny,      // the system's own rule before every profile
  kUnknownFact,       // the decision depends on what no log says; --fact settles it
  kNotEffective,      // the edited profile still denies it
  kAskFirst,          // generalising: a secret, the user's documents, …; only the exact answer allows it
  kNeverSuggested,    // generalising: a write there would be a way out of the sandbox
};

[[nodiscard]] std::string_view Name(Reason reason);  // "already-allowed", …

// A reason with its sentence: what it is and what to do, without full stop.
struct Refusal {
  Reason reason = Reason::kNoTarget;
  std::string text;
  bool operator==(const Refusal&) const = default;
};

}  // namespace sbtune::tune
