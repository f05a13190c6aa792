#include "profiles/tune/reason.h"

namespace sbtune::tune {

std::string_view Name(Reason reason) {
  switch (reason) {
    case Reason::kAlreadyAllowed: return "already-allowed";
    case Reason::kPlatformPolicy: return "platform-policy";
    case Reason::kUntrusted: return "untrusted";
    case Reason::kAmbiguous: return "ambiguous";
    case Reason::kNotInProfiles: return "not-in-profiles";
    case Reason::kNoTarget: return "no-target";
    case Reason::kIncompleteTarget: return "incomplete-target";
    case Reason::kUnwritable: return "unwritable";
    case Reason::kNoExactFilter: return "no-exact-filter";
    case Reason::kFilteredDeny: return "filtered-deny";
    case Reason::kPlainDeny: return "plain-deny";
    case Reason::kImplicitDeny: return "implicit-deny";
    case Reason::kUnknownFact: return "unknown-fact";
    case Reason::kNotEffective: return "not-effective";
    case Reason::kAskFirst: return "ask-first";
    case Reason::kNeverSuggested: return "never-suggested";
  }
  return "not-effective";
}

}  // namespace sbtune::tune
