// Words of the language that an edit adds and that no suggestion needs: with them a text could mean one thing while it
// is checked and another one later, or with other parameters.
//
//   if (const auto word = AddedWord(before, after)) … refuse, naming it …
#pragma once

#include <optional>
#include <string>

#include "profiles/sbpl/profile.h"

namespace sbtune::review {

// "if", "define", "import", …, as the reader of the language reads the forms of the profile's own files; what stands
// in strings and comments is none. Both profiles were loaded without errors.
[[nodiscard]] std::optional<std::string> AddedWord(const sbpl::Profile& before, const sbpl::Profile& after);

}  // namespace sbtune::review
