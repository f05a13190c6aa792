#include "cli/glob_options.h"

#include <utility>

#include <CLI/CLI.hpp>

namespace sbtune::cli {
namespace {

void AddList(CLI::App& command, const std::string& names, const std::string& help, std::vector<std::string>& globs) {
  command
      .add_option_function<std::vector<std::string>>(
          names,
          [&globs](const std::vector<std::string>& lists) {
            for (const std::string& list : lists) {
              for (std::string& glob : base::SplitGlobs(list)) globs.push_back(std::move(glob));
            }
          },
          help)
      ->check([](const std::string& list) {
        return base::SplitGlobs(list).empty() ? std::string("needs a name or a glob") : std::string();
      })
      ->type_name("GLOB")
      ->allow_extra_args(false);
}

}  // namespace

void AddGlobOptions(CLI::App& command, const GlobOption& option, base::GlobFilter& filter) {
  const auto names = [&](const std::string& start) {
    return start + option.name + (option.another.empty() ? "" : "," + start + option.another);
  };
  AddList(command, names("--"), "Only " + option.what, filter.only);
  AddList(command, names("--exclude-"), "Not these " + option.what, filter.except);
}

void AddAccessFilter(CLI::App& command, AccessFilter& filter) {
  AddGlobOptions(command, {"process", "processes", ""}, filter.process);
  AddGlobOptions(command, {"operation", "operations", ""}, filter.operation);
  AddGlobOptions(command, {"target", "targets", "path"}, filter.target);
}

}  // namespace sbtune::cli
