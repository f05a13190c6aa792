// The lines in which two texts differ, as edits of the first.
#pragma once

#include <string>
#include <vector>

#include "profiles/sbpl/edit/text_edit.h"

namespace sbtune::cli {

// Fewest lines, by longest common subsequence; where that would take too long, everything between what the two begin
// and end alike with.
[[nodiscard]] std::vector<sbpl::TextEdit> LineEdits(const std::string& before, const std::string& after);

}  // namespace sbtune::cli
