// What a dialogue looks like: the whole screen as lines, fit for a terminal, without a word about colours or keys
// that were pressed.
#pragma once

#include <string>

#include "cli/review/dialogue.h"

namespace sbtune::cli {

[[nodiscard]] std::string View(const Dialogue& dialogue);

// The same for a terminal: in a line that is being typed, the character at the cursor is shown in reverse.
[[nodiscard]] std::string ViewWithCursor(const Dialogue& dialogue);

}  // namespace sbtune::cli
