// How a command plugs into the program: it declares its options on a CLI11 subcommand and leaves behind what to
// run. stdout is data, stderr is talk.
//
//   void AddParse(CLI::App& app, Invocation& invocation);   // in commands.h, defined in commands/parse.cpp
#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace CLI {
class App;
}

namespace sbtune::cli {

enum class Exit : int {
  kDone = 0,
  kFailed = 1,  // could not do the work; one sentence on stderr
  kUsage = 2,   // the command line is wrong
  kFound = 3,   // done, and found something: denials remain, lint findings, differences
};

struct Invocation {
  std::FILE* out = stdout;
  std::FILE* err = stderr;
  std::function<Exit()> run;  // set by the chosen subcommand's callback
};

// "sbtune: SENTENCE." on stderr, made fit for a terminal; returns kFailed.
Exit Fail(const Invocation& invocation, const base::Error& error);
Exit UsageError(const Invocation& invocation, const base::Error& error);

// Says something on stderr, as it is. Talk that cannot be said is lost, the work goes on.
void Tell(const Invocation& invocation, const std::string& text);

// What the option parser says of a wrong command line, as one sentence with the next step.
[[nodiscard]] std::string UsageSentence(std::string_view what);

}  // namespace sbtune::cli
