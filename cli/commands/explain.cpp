#include "cli/commands.h"

namespace sbtune::cli {

void AddExplain(CLI::App&, Invocation&) {}

}  // namespace sbtune::cli
