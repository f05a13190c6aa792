// Whether somebody is looking.
#pragma once

#include <cstdio>

namespace sbtune::cli {

[[nodiscard]] bool IsTerminal(std::FILE* file);

}  // namespace sbtune::cli
