// `sbtune doctor`: does the whole path work, from the kernel to the database? One line a question.
#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/daemon_access.h"
#include "cli/doctor_checks.h"
#include "cli/output.h"

namespace sbtune::cli {
namespace {

constexpr const char* kSandboxExec = "/usr/bin/sandbox-exec";
constexpr std::int64_t kLimitNs = 20 * base::kSecondNs;

struct Options {
  DaemonOptions daemon;
  bool json = false;
};

Exit Run(const Options& options, const Invocation& invocation) {
  std::vector<Check> checks;
  const base::Result<config::Config> config = DaemonConfig(options.daemon);
  if (config) {
    checks.push_back({"configuration", Outcome::kOk, "it can be read"});
    std::ranges::move(CheckPreflight(*config), std::back_inserter(checks));
    checks.push_back(CheckDatabase(*config, base::SystemClock().WallNs()));
    std::ranges::move(CheckDaemon(*config, SBTUNE_VERSION), std::back_inserter(checks));
    checks.push_back(CheckWholePath(*config, kSandboxExec, kLimitNs));
  } else {
    checks.push_back({"configuration", Outcome::kFailed, config.error().message});
  }
  std::string text;
  for (const Check& check : checks) text += DoctorLine(check);
  const Exit printed = Print(invocation, options.json ? DoctorJson(checks) : text);
  if (printed != Exit::kDone) return printed;
  const bool failed =
      std::ranges::any_of(checks, [](const Check& check) { return check.outcome == Outcome::kFailed; });
  return failed ? Exit::kFound : Exit::kDone;
}

}  // namespace

void AddDoctor(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("doctor", "Test the whole path from the system's log to the database.");
  command->add_flag("--json", options->json, "One JSON object");
  AddDaemonOptions(*command, options->daemon);
  command->footer(
      "Each line is ok, failed (with what to do next) or skipped. On macOS one denial is provoked with sandbox-exec\n"
      "and awaited in the log. Exit status: 0 nothing failed; 3 something did.\n"
      "--json prints {\"schema\": \"sbtune.doctor/1\", \"checks\": [{\"name\", \"outcome\", \"text\"}]}.\n");
  command->callback([options, &invocation] {
    invocation.run = [options, &invocation] { return Run(*options, invocation); };
  });
}

}  // namespace sbtune::cli
