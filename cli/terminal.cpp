#include "cli/terminal.h"

#include <unistd.h>

namespace sbtune::cli {

bool IsTerminal(std::FILE* file) { return ::isatty(::fileno(file)) == 1; }

}  // namespace sbtune::cli
