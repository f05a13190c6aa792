#include "cli/commands.h"

namespace sbtune::cli {

void AddImport(CLI::App&, Invocation&) {}

}  // namespace sbtune::cli
