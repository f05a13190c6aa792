#include "cli/commands.h"

namespace sbtune::cli {

void AddDecide(CLI::App&, Invocation&) {}

}  // namespace sbtune::cli
