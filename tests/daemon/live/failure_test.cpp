#include "daemon/live/failure.h"

#include <doctest/doctest.h>

#include "daemon/live/command.h"
#include "daemon/live/preflight.h"

using namespace sbtune;
using namespace sbtune::live;

TEST_CASE("the text on stderr decides whether trying again can help") {
  struct Row {
    base::ExitStatus status;
    std::string_view text;
    Failure failure;
  };
  const std::string admin =
      "reading the log needs an administrator account; sign in as an administrator, or ask one to run sbtuned";
  for (const Row& row : {
           Row{{.code = 77, .signal = 0}, "log: Must be admin to run 'stream' command\n", {Remedy::kUserMustAct, admin}},
           Row{{.code = 1, .signal = 0}, "log: Must be admin to run 'stream' command\n", {Remedy::kUserMustAct, admin}},
           Row{{.code = 64, .signal = 0},
               "log: Cannot run while sandboxed\n",
               {Remedy::kUserMustAct, "the log cannot be read from inside a sandbox; start sbtune and sbtuned outside of it"}},
           Row{{.code = 64, .signal = 0},
               "log: Bad predicate (x == 1): Unable to parse\nmore\n",
               {Remedy::kUserMustAct, "this version of macOS refuses our predicate (log: Bad predicate (x == 1): Unable "
                                      "to parse); please report it"}},
           Row{{.code = 64, .signal = 0}, "", {Remedy::kRetry, "the log tool ended (exit 64)"}},
           Row{{.code = 0, .signal = 9}, "", {Remedy::kRetry, "the log tool ended (signal 9)"}},
           Row{{.code = 1, .signal = 0}, "\n log: oops\nx", {Remedy::kRetry, "the log tool ended (exit 1): log: oops"}},
       }) {
    CAPTURE(row.text);
    const Failure failure = ClassifyExit(row.status, row.text);
    CHECK(failure.reason == row.failure.reason);
    CHECK(failure == row.failure);
  }
}

TEST_CASE("a log tool that others could have changed is not used") {
  const PreflightFacts good{.tool = "/usr/bin/log",
                            .exists = true,
                            .regular_executable = true,
                            .owner = 0,
                            .mode = 0755,
                            .own_user = 501,
                            .sandboxed = false,
                            .administrator = true};
  const auto reason = [](const PreflightFacts& facts) { return Judge(facts).value_or(Failure{}).reason; };
  CHECK(reason(good) == "");
  PreflightFacts facts = good;
  facts.exists = false;
  CHECK(reason(facts) ==
        "/usr/bin/log is not there; live reading needs macOS, captured logs can be read anywhere with `sbtune import`");
  facts = good;
  facts.regular_executable = false;
  CHECK(reason(facts) == "/usr/bin/log is not a program that may be run; set source.tool to /usr/bin/log");
  facts = good;
  facts.owner = 501;
  CHECK(reason(facts) == "/usr/bin/log does not belong to root, so what it says cannot be trusted; set source.tool to /usr/bin/log");
  facts.tool = "/Users/dev/standin/log";
  CHECK(reason(facts) == "");
  facts.owner = 502;
  CHECK(reason(facts) == "/Users/dev/standin/log does not belong to root, so what it says cannot be trusted; set source.tool to /usr/bin/log");
  facts = good;
  facts.mode = 0775;
  CHECK(reason(facts) == "/usr/bin/log can be changed by others, so what it says cannot be trusted; take their right to write it, or set source.tool to /usr/bin/log");
  facts = good;
  facts.sandboxed = true;
  CHECK(reason(facts) == "the log cannot be read from inside a sandbox; start sbtune and sbtuned outside of it");
  facts = good;
  facts.administrator = false;
  CHECK(reason(facts) ==
        "reading the log needs an administrator account; sign in as an administrator, or ask one to run sbtuned");
  facts.administrator = std::nullopt;
  CHECK(reason(facts) == "");
}

TEST_CASE("the command lines give every option that ~/.logrc could preset") {
  const pid_t pids[] = {42};
  const std::string predicate =
      "(processImagePath == \"/kernel\" AND senderImagePath == "
      "\"/System/Library/Extensions/Sandbox.kext/Contents/MacOS/Sandbox\") OR (processImagePath == "
      "\"/usr/libexec/sandboxd\" AND subsystem == \"com.apple.sandbox.reporting\") OR subsystem == "
      "\"com.apple.sandbox\" OR (processIdentifier == 42 AND eventMessage BEGINSWITH \"sbtuned heartbeat \")";
  CHECK(StreamCommand({}, pids).argv == std::vector<std::string>{"/usr/bin/log", "stream", "--style", "ndjson", "--level",
                                                                 "default", "--color", "none", "--predicate", predicate});
  CHECK(ShowCommand({}, {.from_ns = 1'500'000'000, .to_ns = 7'000'000'001, .archive = {}}, pids).argv ==
        std::vector<std::string>{"/usr/bin/log", "show", "--style", "ndjson", "--color", "none", "--no-pager", "--loss",
                                 "--no-info", "--no-debug", "--start", "@1", "--end", "@8", "--predicate", predicate});
  CHECK(StreamCommand({}, pids).environment ==
        std::vector<std::string>{"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C", "TZ=UTC"});
}
