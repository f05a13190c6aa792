#include "cli/commands.h"

namespace sbtune::cli {

void AddCheck(CLI::App&, Invocation&) {}

}  // namespace sbtune::cli
