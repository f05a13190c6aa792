#include "cli/commands.h"

namespace sbtune::cli {

void AddParse(CLI::App&, Invocation&) {}

}  // namespace sbtune::cli
