// What stands around a profile in other people's sources, taken off without moving a byte: positions in the result
// are positions in the text.
//
// * #if #ifdef #ifndef #else #elif #endif lines, as WebKit's .sb.in files have them for the C preprocessor: branches
//   that are not selected, and the lines themselves, become blanks. #include lines become (import …) forms.
// * the C++ or Nix source around a profile, see wrapping.h.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/base/diagnostics.h"
#include "core/base/source.h"

namespace sbtune::sbpl {

// `defines` are NAME, NAME=VALUE, NAME(ARGUMENT) or NAME(ARGUMENT)=VALUE; without a value 1. What is not defined is
// 0, as in C. A file with conditions and no defines at all is an error: guessing would be wrong half of the time.
// The result is as long as the text; mistakes are in the diagnostics.
[[nodiscard]] std::string Preprocess(std::string_view text, base::SourceId source,
                                     std::span<const std::string> defines, base::Diagnostics& diagnostics);

}  // namespace sbtune::sbpl
