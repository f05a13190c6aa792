#include "cli/commands.h"

namespace sbtune::cli {

void AddSuggest(CLI::App&, Invocation&) {}

}  // namespace sbtune::cli
