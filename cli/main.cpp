// sbtune: the command line. See commands.h for what it can do.
#include <algorithm>
#include <csignal>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/output.h"
#include "core/base/standard_streams.h"

int main(int argc, char** argv) {
  using namespace sbtune::cli;
  sbtune::base::HoldStandardStreams();
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is a write error, handled where we write
  std::signal(SIGXFSZ, SIG_IGN);  // so is a file that may not grow
  Invocation invocation;
  CLI::App app("Watches sandbox denials, explains them, and proposes the smallest rule that lets them pass");
  app.name("sbtune");
  app.set_version_flag("--version", SBTUNE_VERSION);
  app.require_subcommand(0, 1);  // a wrong word is then named; none at all is told below
  AddInit(app, invocation);
  AddParse(app, invocation);
  AddImport(app, invocation);
  AddDenials(app, invocation);
  AddStats(app, invocation);
  AddDecide(app, invocation);
  AddRules(app, invocation);
  AddExplain(app, invocation);
  AddSuggest(app, invocation);
  AddApply(app, invocation);
  AddProposals(app, invocation);
  AddDecisions(app, invocation);
  AddShrink(app, invocation);
  AddInstrument(app, invocation);
  AddCheck(app, invocation);
  AddDiff(app, invocation);
  app.failure_message([](const CLI::App*, const CLI::Error& error) { return UsageSentence(error.what()); });
  AddWatch(app, invocation);
  AddTop(app, invocation);
  AddStatus(app, invocation);
  AddDaemon(app, invocation);
  AddRun(app, invocation);
  AddDoctor(app, invocation);
  // "help suggest" asks for what "suggest --help" does.
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  if (!words.empty() && words.front() == "help") {
    words.erase(words.begin());
    words.emplace_back("--help");
  }
  std::reverse(words.begin(), words.end());  // as the parser takes them
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return static_cast<int>(PrintParserAnswer(invocation, app, error));
  }
  if (!invocation.run) std::fputs(UsageSentence("A subcommand is required").c_str(), invocation.err);
  return static_cast<int>(invocation.run ? Finish(invocation, invocation.run()) : Exit::kUsage);
}
