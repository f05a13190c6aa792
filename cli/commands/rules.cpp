#include "cli/commands.h"

namespace sbtune::cli {

void AddRules(CLI::App&, Invocation&) {}

}  // namespace sbtune::cli
