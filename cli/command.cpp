#include "cli/command.h"

#include "core/base/text.h"

namespace sbtune::cli {
namespace {

Exit Say(const Invocation& invocation, const base::Error& error, Exit code) {
  std::fprintf(invocation.err, "sbtune: %s\n", base::EscapeForTerminal(error.message).c_str());
  return code;
}

}  // namespace

Exit Fail(const Invocation& invocation, const base::Error& error) {
  return Say(invocation, error, Exit::kFailed);
}

Exit UsageError(const Invocation& invocation, const base::Error& error) {
  return Say(invocation, error, Exit::kUsage);
}

void Tell(const Invocation& invocation, const std::string& text) {
  (void)!std::fwrite(text.data(), 1, text.size(), invocation.err);
}

std::string UsageSentence(std::string_view what) {
  const bool no_command = what == "A subcommand is required";
  return "sbtune: " + (no_command ? std::string("name a command") : base::EscapeForTerminal(what)) +
         "; `sbtune --help` and `sbtune COMMAND --help` tell more\n";
}

}  // namespace sbtune::cli
