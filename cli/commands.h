// Every subcommand, one line each; each is defined in commands/NAME.cpp.
#pragma once

#include "cli/command.h"

namespace sbtune::cli {

void AddParse(CLI::App& app, Invocation& invocation);
void AddImport(CLI::App& app, Invocation& invocation);
void AddInit(CLI::App& app, Invocation& invocation);
void AddDenials(CLI::App& app, Invocation& invocation);
void AddStats(CLI::App& app, Invocation& invocation);
void AddDecide(CLI::App& app, Invocation& invocation);
void AddRules(CLI::App& app, Invocation& invocation);
void AddExplain(CLI::App& app, Invocation& invocation);
void AddInstrument(CLI::App& app, Invocation& invocation);
void AddProposals(CLI::App& app, Invocation& invocation);
void AddShrink(CLI::App& app, Invocation& invocation);
void AddApply(CLI::App& app, Invocation& invocation);
void AddDecisions(CLI::App& app, Invocation& invocation);
void AddSuggest(CLI::App& app, Invocation& invocation);
void AddCheck(CLI::App& app, Invocation& invocation);
void AddDiff(CLI::App& app, Invocation& invocation);
void AddTop(CLI::App& app, Invocation& invocation);
void AddWatch(CLI::App& app, Invocation& invocation);
void AddStatus(CLI::App& app, Invocation& invocation);
void AddDaemon(CLI::App& app, Invocation& invocation);
void AddRun(CLI::App& app, Invocation& invocation);
void AddDoctor(CLI::App& app, Invocation& invocation);

}  // namespace sbtune::cli
