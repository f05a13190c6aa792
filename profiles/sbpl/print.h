// Rules as profile text, one line each, in canonical words. What is printed evaluates to the same rule again (but for
// places, and for strings with NUL, which no literal can carry: those are cut there, as the system does).
//
//   Print(rule) == R"((allow file-read* (subpath "/Users/me/Library") (path "/etc/hosts")))"
#pragma once

#include <string>

#include "profiles/sbpl/rule.h"

namespace sbtune::sbpl {

[[nodiscard]] std::string Print(const Rule& rule);
[[nodiscard]] std::string Print(const Filter& filter);
[[nodiscard]] std::string Print(const Modifier& modifier);
[[nodiscard]] std::string Print(const Argument& argument);

}  // namespace sbtune::sbpl
