// sbtune init: prints a profile to start from, with the next steps in its header.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/output.h"
#include "profiles/starter/starter.h"

namespace sbtune::cli {
namespace {

struct Options {
  std::string starter = "tool";
  bool list = false;
  bool json = false;
};

constexpr const char* kFooter =
    "  sbtune init --list\n"
    "  sbtune init python > my.sb\n"
    "\n"
    "The header of the profile shows the next three commands: run a program under it, collect what was denied, get\n"
    "the missing rules. It takes three parameters: CWD, the only folder that may be written beside TMPDIR; HOME, of\n"
    "which single files are read. Nothing opens keys, tokens or documents.\n"
    "--list --json prints an array of {name, summary}.\n"
    "Exit status: 0 done; 1 the profile could not be written; 2 usage, or no such starter.\n";

std::string List() {
  std::string text;
  for (const starter::Starter& one : starter::Starters()) text += fmt::format("{:<8}{}\n", one.name, one.summary);
  return text;
}

std::string ListJson() {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const starter::Starter& one : starter::Starters()) {
    json.push_back({{"name", one.name}, {"summary", one.summary}});
  }
  return json.dump(2) + "\n";
}

Exit Run(const Options& options, const Invocation& invocation) {
  if (options.list) return Print(invocation, options.json ? ListJson() : List());
  const starter::Starter* const chosen = starter::Find(options.starter);
  if (chosen == nullptr) {
    return UsageError(invocation, {"no starter is called \"" + options.starter + "\"; sbtune init --list names them"});
  }
  return Print(invocation, starter::Text(*chosen));
}

}  // namespace

void AddInit(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand("init", "Prints a profile to start from");
  const auto options = std::make_shared<Options>();
  command->add_option("starter", options->starter, "Which one (default: tool, the smallest)")->type_name("STARTER");
  CLI::Option* const list = command->add_flag("--list", options->list, "Print which starters there are");
  command->add_flag("--json", options->json, "With --list: as JSON")->needs(list);
  command->footer(kFooter);
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return Run(*options, invocation); };
  });
}

}  // namespace sbtune::cli
