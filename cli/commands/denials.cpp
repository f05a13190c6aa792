#include "cli/commands.h"

namespace sbtune::cli {

void AddDenials(CLI::App&, Invocation&) {}

}  // namespace sbtune::cli
