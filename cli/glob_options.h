// One filter by globs as two options: --NAME for what to keep, --exclude-NAME for what to leave out. Every command
// that filters uses these, so that they are spelled alike everywhere.
//
//   AddGlobOptions(*command, {"process", "processes"}, filter.process);
#pragma once

#include <string>

#include "core/base/glob.h"

namespace CLI {
class App;
}

namespace sbtune::cli {

struct GlobOption {
  std::string name;     // without dashes
  std::string what;     // "processes"
  std::string another;  // a second name for the same, or empty
};

inline constexpr const char* kGlobHelp =
    "Filters take GLOBs, separated by commas or repeated, of which one must match; --exclude-… takes those of which\n"
    "none may match. They match whole names: * any characters (a slash too), ? one, [a-z] one of a set, \\ takes the\n"
    "next as it is (\\, for a comma). A denial without a target matches no --target.\n";

// `filter` must live as long as the command.
void AddGlobOptions(CLI::App& command, const GlobOption& option, base::GlobFilter& filter);

// --process, --operation, --target (or --path), each with its --exclude-….
struct AccessFilter {
  base::GlobFilter process;
  base::GlobFilter operation;
  base::GlobFilter target;
};
void AddAccessFilter(CLI::App& command, AccessFilter& filter);

}  // namespace sbtune::cli
