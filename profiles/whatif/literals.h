// String literals in a profile's text with the words of the forms around them: what a parameter is compared with, which
// entitlements are asked for. Reads text, not meaning: what it finds are candidates.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/source.h"

namespace sbtune::whatif {

// The literals, once each and in order, where `wanted` says yes to the first word of the form that holds the literal
// or of one of the two forms around that. Literals with escapes are left out.
[[nodiscard]] std::vector<std::string> LiteralsUnder(const base::SourceMap& sources,
                                                     const std::function<bool(std::string_view)>& wanted);

}  // namespace sbtune::whatif
