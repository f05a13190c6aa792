// What a dialogue looks like: the whole screen as lines, fit for a terminal, without a word about colours or keys
// that were pressed.
#pragma once

#include <string>

#include "cli/review/dialogue.h"

namespace sbtune::cli {

[[nodiscard]] std::string View(const Dialogue& dialogue);

}  // namespace sbtune::cli
