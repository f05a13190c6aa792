#include "cli/commands.h"

namespace sbtune::cli {

void AddStats(CLI::App&, Invocation&) {}

}  // namespace sbtune::cli
