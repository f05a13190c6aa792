#include "daemon/live/preflight.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "daemon/live/platform/system.h"

namespace sbtune::live {
namespace {

Failure UserMustAct(std::string reason) { return {Remedy::kUserMustAct, std::move(reason)}; }

}  // namespace

PreflightFacts Inspect(const LogTool& tool) {
  PreflightFacts facts;
  facts.tool = tool.path;
  struct stat status {};
  facts.exists = ::stat(tool.path.c_str(), &status) == 0;
  facts.regular_executable = facts.exists && S_ISREG(status.st_mode) && ::access(tool.path.c_str(), X_OK) == 0;
  facts.owner = status.st_uid;
  facts.mode = status.st_mode & 07777;
  facts.own_user = ::geteuid();
  facts.sandboxed = platform::IsSandboxed();
  facts.administrator = platform::IsAdministrator();
  return facts;
}

// Another tool than Apple's may belong to the user who named it in the configuration, but nobody else may change it.
std::optional<Failure> JudgeTool(const PreflightFacts& facts) {
  if (!facts.exists) {
    return UserMustAct(fmt::format("{} is not there; live reading needs macOS, captured logs can be read anywhere "
                                   "with `sbtune import`",
                                   facts.tool));
  }
  if (!facts.regular_executable) {
    return UserMustAct(fmt::format("{} is not a program that may be run; set source.tool to /usr/bin/log", facts.tool));
  }
  const bool own_choice = facts.tool != LogTool{}.path && facts.owner == facts.own_user;
  if (facts.owner != 0 && !own_choice) {
    return UserMustAct(fmt::format("{} does not belong to root, so what it says cannot be trusted; set source.tool to "
                                   "/usr/bin/log",
                                   facts.tool));
  }
  if ((facts.mode & 0022) != 0) {
    return UserMustAct(fmt::format("{} can be changed by others, so what it says cannot be trusted; take their right "
                                   "to write it, or set source.tool to /usr/bin/log",
                                   facts.tool));
  }
  return std::nullopt;
}

std::optional<Failure> JudgeSandbox(const PreflightFacts& facts) {
  if (!facts.sandboxed) return std::nullopt;
  return UserMustAct("the log cannot be read from inside a sandbox; start sbtune and sbtuned outside of it");
}

std::optional<Failure> JudgeAccount(const PreflightFacts& facts) {
  if (facts.administrator.value_or(true)) return std::nullopt;
  return UserMustAct(
      "reading the log needs an administrator account; sign in as an administrator, or ask one to run sbtuned");
}

std::optional<Failure> Judge(const PreflightFacts& facts) {
  if (auto failure = JudgeTool(facts)) return failure;
  if (auto failure = JudgeSandbox(facts)) return failure;
  return JudgeAccount(facts);
}

}  // namespace sbtune::live
