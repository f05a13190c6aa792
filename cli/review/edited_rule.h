// The rule that a person typed in place of a suggestion.
//
//   base::Result<Rung> rung = EditedRung("allow file-read-data (subpath \"/opt/tool\")", item, {request, places, files});
#pragma once

#include <string_view>

#include "cli/review/dialogue.h"
#include "core/base/result.h"
#include "profiles/catalog/places.h"
#include "profiles/tune/suggest.h"

namespace sbtune::cli {

struct EditedRuleContext {
  const tune::SuggestRequest& request;
  const catalog::Places& places;
  sbpl::ProfileFiles& files;
};

// One allow rule with a filter, with or without its outer parentheses; parameters as for the profile, but none of its
// functions. Fails, with a sentence for the person who typed, where it is not that, or allows none of the denials.
// `leaves` says which it does not allow, `warning` where no suggestion would go.
[[nodiscard]] base::Result<Rung> EditedRung(std::string_view typed, const Item& item, const EditedRuleContext& context);

}  // namespace sbtune::cli
