// watch, status and doctor as whole programs, against a real sbtuned and the stand-ins.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/doctor_checks.h"
#include "core/base/clock.h"
#include "core/base/descriptor.h"
#include "tests/support/command.h"
#include "tests/support/running_daemon.h"

using namespace sbtune;

namespace {

void Pause(std::int64_t ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// `sbtune watch` running beside the test.
class Watching {
 public:
  explicit Watching(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), {SBTUNE_PROGRAM, "watch"});
    base::SpawnSpec spec{.argv = arguments};
    spec.in = input.empty() ? base::Stdio::kNull : base::Stdio::kPipe;
    spec.out = spec.err = base::Stdio::kPipe;
    process_ = std::move(launcher_.Spawn(spec).value());
    if (!input.empty()) {
      REQUIRE(base::WriteAvailable(process_->in(), input) == input.size());
      process_->CloseIn();
    }
  }
  // Reads until so many lines came.
  void Until(std::size_t lines) {
    const base::SystemClock clock;
    const std::int64_t deadline_ns = clock.MonotonicNs() + test::kPatienceMs * base::kMillisecondNs;
    while (static_cast<std::size_t>(std::count(out.begin(), out.end(), '\n')) < lines) {
      REQUIRE_MESSAGE(clock.MonotonicNs() < deadline_ns, "only\n" << out << "\n" << err);
      Read();
      Pause(2);
    }
  }
  // Reads until that target came.
  void UntilTarget(int number) {
    const std::string words = fmt::format("/private/tmp/job/{}\"", number);
    const base::SystemClock clock;
    const std::int64_t deadline_ns = clock.MonotonicNs() + test::kPatienceMs * base::kMillisecondNs;
    while (out.find(words) == std::string::npos || !out.ends_with('\n')) {
      REQUIRE_MESSAGE(clock.MonotonicNs() < deadline_ns, "no " << words << " in\n" << out << "\n" << err);
      if (!Read()) Pause(2);
    }
  }
  // Reads until the daemon says that a gap was read again.
  void UntilGapEnds() {
    const base::SystemClock clock;
    const std::int64_t deadline_ns = clock.MonotonicNs() + test::kPatienceMs * base::kMillisecondNs;
    while (out.find("backfilled") == std::string::npos) {
      REQUIRE_MESSAGE(clock.MonotonicNs() < deadline_ns, out << "\n" << err);
      if (!Read()) Pause(2);
    }
  }
  int End(int signal) {
    if (signal != 0) process_->Signal(signal);
    for (std::int64_t i = 0; i < test::kPatienceMs / 2; ++i) {
      const auto status = process_->Poll();
      Read();
      if (status && !Read()) return status->signal != 0 ? 128 + status->signal : status->code;
      Pause(2);
    }
    FAIL("watch does not end");
    return -1;
  }
  bool Read() {
    bool more = base::ReadAvailable(process_->out(), out, 65536) == base::ReadOutcome::kBytes;
    more |= base::ReadAvailable(process_->err(), err, 65536) == base::ReadOutcome::kBytes;
    return more;
  }
  std::string out, err;

 private:
  base::SystemLauncher launcher_;
  std::unique_ptr<base::Subprocess> process_;
};

// Of whole lines; the last may still be on its way.
std::set<std::string> Targets(const std::string& json_lines, std::size_t& records) {
  std::set<std::string> targets;
  records = 0;
  for (std::size_t at = 0, end = 0; (end = json_lines.find('\n', at)) != std::string::npos;) {
    const auto object = nlohmann::json::parse(json_lines.substr(at, end - at));
    at = end + 1;
    if (object["event"] != "record") continue;
    ++records;
    targets.insert(object["target"].get<std::string>());
  }
  return targets;
}

}  // namespace

TEST_CASE("backlog, then live, with no hole and nothing twice") {
  test::StandinLog log;
  log.RecordDistinct(1);
  log.Play("play 0 1\n");
  test::RunningDaemon daemon(log);
  daemon.Start();
  daemon.WaitUntil("\"state\":\"live\"");
  log.Deny(0, 500);
  daemon.WaitUntil("\"read\":500,");
  Watching early({"--config", daemon.config(), "--json", "--since", "1h"});
  log.Deny(500, 500);  // while it reads the backlog
  Watching late({"--config", daemon.config(), "--json", "--since", "1h"});
  log.Deny(1000, 1000);
  early.UntilTarget(1999);
  late.UntilTarget(1999);
  CHECK(early.End(SIGINT) == 0);
  CHECK(late.End(SIGINT) == 0);
  std::set<std::string> all;
  for (int i = 0; i < 2000; ++i) all.insert(fmt::format("/private/tmp/job/{}", i));
  std::size_t count = 0;
  for (const Watching* watching : {&early, &late}) {
    CHECK((Targets(watching->out, count) == all));
    CHECK(count == 2000);
  }
  CHECK(early.err.find(" denials of ") != std::string::npos);
  CHECK(early.err.find("a patch for them: sbtune suggest --profile YOUR.sb\n") != std::string::npos);
}

TEST_CASE("a watcher goes on over a restart of the daemon") {
  test::StandinLog log;
  log.RecordDistinct(1);
  log.Play("play 0 1\n");
  test::RunningDaemon daemon(log);
  daemon.Start();
  daemon.WaitUntil("\"state\":\"live\"");
  Watching watching({"--config", daemon.config(), "--json"});
  daemon.WaitUntil("\"watching\":1");
  log.Deny(0, 500);
  watching.UntilTarget(99);
  daemon.Kill(SIGKILL);
  log.Deny(500, 500);
  daemon.Start();
  // It comes back by itself, once it is rid of what it had to say.
  while (daemon.Status().find("\"watching\":1") == std::string::npos) {
    if (!watching.Read()) Pause(5);
  }
  daemon.WaitUntil("\"state\":\"live\"");
  log.Deny(1000, 500);
  watching.UntilTarget(1499);
  watching.UntilTarget(999);  // by reading the log again
  daemon.WaitUntil("\"open\":0");
  watching.UntilGapEnds();
  CHECK(watching.End(SIGINT) == 0);
  std::set<std::string> all;
  for (int i = 0; i < 1500; ++i) all.insert(fmt::format("/private/tmp/job/{}", i));
  std::size_t count = 0;
  CHECK((Targets(watching.out, count) == all));
  CHECK(count == 1500);
  CHECK(watching.err.find("not complete") == std::string::npos);  // the gap was read again
  CHECK(watching.err.find("-- sbtuned ended the connection; waiting for it to come back\n") != std::string::npos);
}

TEST_CASE("filters and their negations choose at the daemon") {
  test::StandinLog log;
  log.Record(700);
  log.Play("play 10000000 700\n");  // as long as it takes
  test::RunningDaemon daemon(log);
  daemon.Start();
  daemon.WaitUntil("\"state\":\"live\"");
  Watching only({"--config", daemon.config(), "--process", "tool1,tool2", "--exclude-operation", "file-*"});
  only.Until(10);
  CHECK(only.End(SIGTERM) == 0);
  for (std::size_t at = 0; at < only.out.size();) {
    const std::string line = only.out.substr(at, only.out.find('\n', at) - at);
    at += line.size() + 1;
    CAPTURE(line);
    CHECK((line.find(" tool1(") != std::string::npos || line.find(" tool2(") != std::string::npos));
    CHECK(line.find(" deny file-") == std::string::npos);
  }
}

TEST_CASE("without a daemon the log itself is watched, --since first, and lines can be saved") {
  test::StandinLog log;
  log.RecordDistinct(1500);
  log.PlayFrom(base::SystemClock().WallNs() - base::kSecondNs / 2, "play 1500 1000\n");  // 500 before now
  test::RunningDaemon not_started(log);
  const std::string saved = log.folder() / "saved.ndjson";
  Watching watching({"--config", not_started.config(), "--json", "--since", "1m", "--save", saved});
  std::size_t count = 0;
  watching.UntilTarget(1499);
  for (std::int64_t i = 0; i < test::kPatienceMs / 5 && Targets(watching.out, count).size() < 1500; ++i) watching.Read(), Pause(5);
  CHECK(watching.End(SIGINT) == 0);
  const std::set<std::string> seen = Targets(watching.out, count);
  CHECK(seen.size() == 1500);
  CHECK(count == 1500);
  // In order: what was there before comes first.
  CHECK(watching.out.find("/private/tmp/job/10\"") < watching.out.find("/private/tmp/job/1400\""));
  CHECK(watching.err.find("a patch for them: sbtune suggest --profile YOUR.sb --from " + saved) != std::string::npos);
  const auto again = test::RunCommand({SBTUNE_PROGRAM, "watch", "--json", "--from", saved});
  CHECK(again.exit_code == 0);
  CHECK(Targets(again.out, count).size() == 1500);
}

TEST_CASE("a captured log is watched from a file and from a pipe") {
  const std::string lines =
      "Filtering the log data using \"x\"\n"
      "2026-03-03 10:00:00.000000+0000 0x1 Error 0x0 0 0 kernel: (Sandbox) Sandbox: cat(41) deny(1) file-read-data /a b\n"
      "2026-03-03 10:00:01.000000+0000 0x1 Error 0x0 0 0 kernel: (Sandbox) 2 duplicate reports for Sandbox: cat(41) deny(1) "
      "file-read-data /a b\n";
  const std::string expected = "10:00:00.000 cat(41) deny file-read-data /a b\n10:00:01.000 cat(41) deny file-read-data /a b (+2 more)\n";
  const test::TempFolder folder;
  test::WriteFile(folder / "log", lines);
  const auto file = test::RunCommand({SBTUNE_PROGRAM, "watch", "--from", folder / "log"});
  CHECK(file.out == expected);
  CHECK(file.exit_code == 0);
  CHECK(file.err == "\n3 denials of 1 kinds\n        3  cat  file-read-data  /a b\n3 of them from a text log, which proves no origin\na patch for them: sbtune suggest --profile YOUR.sb --from " +
                        (folder / "log") + "\n");
  Watching piped({"--from", "-"}, lines);
  CHECK(piped.End(0) == 0);
  CHECK(piped.out == expected);
  const auto missing = test::RunCommand({SBTUNE_PROGRAM, "watch", "--from", folder / "nothing"});
  CHECK(missing.exit_code == 1);
}

TEST_CASE("watch ends with its reader, though nothing is denied") {
  test::StandinLog log;
  log.Record(1);
  log.Play("play 0 1\n");
  test::RunningDaemon daemon(log, "");
  daemon.Start();
  for (const std::string source : {"", " --no-daemon"}) {
    CAPTURE(source);
    const std::string line = fmt::format("exec '{}' watch --json --config '{}'{} | exec sleep 0.2", SBTUNE_PROGRAM, daemon.config(), source);
    const base::SystemClock clock;
    const std::int64_t begin_ns = clock.MonotonicNs();
    CHECK(test::RunCommand({"/bin/sh", "-c", line}).exit_code == 0);
    CHECK(clock.MonotonicNs() - begin_ns < 20 * base::kSecondNs);
  }
}

TEST_CASE("status answers with and without a daemon") {
  test::StandinLog log;
  log.RecordDistinct(10);
  log.Play("play 10 100\n");
  test::RunningDaemon daemon(log);
  const auto before = test::RunCommand({SBTUNE_PROGRAM, "status", "--config", daemon.config()});
  CHECK(before.exit_code == 1);
  CHECK(before.out.starts_with("state     not running\n"));
  daemon.Start();
  daemon.WaitUntil("\"state\":\"live\"");
  const auto running = test::RunCommand({SBTUNE_PROGRAM, "status", "--config", daemon.config()});
  CHECK(running.exit_code == 0);
  CHECK(running.out.starts_with("state     live since "));
  const auto json = test::RunCommand({SBTUNE_PROGRAM, "status", "--json", "--config", daemon.config()});
  CHECK(nlohmann::json::parse(json.out)["daemon"]["state"]["state"] == "live");
  daemon.Kill(SIGTERM);
  const auto after = test::RunCommand({SBTUNE_PROGRAM, "status", "--json", "--config", daemon.config()});
  CHECK(after.exit_code == 1);
  CHECK(nlohmann::json::parse(after.out)["cursor"]["age_s"].get<int>() < 60);
}

TEST_CASE("doctor follows a provoked denial from the kernel's stand-in to its own eyes") {
  test::StandinLog log;
  log.RecordDistinct(10);
  log.Play("play 10 100\n");
  std::filesystem::create_symlink(SBTUNE_STANDIN_SANDBOX_EXEC, log.folder() / "sandbox-exec");
  config::Config config;
  config.tool = log.tool();
  config.heartbeat_file = log.heartbeats();
  const cli::Check check = cli::CheckWholePath(config, log.folder() / "sandbox-exec", test::kPatienceMs * base::kMillisecondNs);
  CAPTURE(check.text);
  CHECK(check.outcome == cli::Outcome::kOk);
  CHECK(check.text.starts_with("a provoked denial came through the log "));
  CHECK(cli::CheckWholePath(config, "/nonexistent/sandbox-exec", 1).outcome == cli::Outcome::kSkipped);

  log.Play("exit 77 Must be admin to run 'stream' command\n");
  const cli::Check refused = cli::CheckWholePath(config, log.folder() / "sandbox-exec", test::kPatienceMs * base::kMillisecondNs);
  CHECK(refused == cli::Check{"whole path", cli::Outcome::kFailed,
                              "reading the log needs an administrator account; sign in as an administrator, or ask one "
                              "to run sbtuned"});
}

TEST_CASE("doctor says of each part whether it works and what to do next") {
  test::StandinLog log;
  log.RecordDistinct(1);
  log.Play("play 0 1\n");
  test::RunningDaemon daemon(log);
  const std::string start =
      "ok       configuration it can be read\n"
      "ok       log tool      " + log.tool() + " can be changed by nobody but its owner\n"
      "ok       account       this system has no administrators in macOS's sense\n"
      "ok       sandbox       this process is not inside one\n";
  const std::string end = "skipped  whole path    needs /usr/bin/sandbox-exec, which only macOS has\n";
  const auto before = test::RunCommand({SBTUNE_PROGRAM, "doctor", "--config", daemon.config()});
  CHECK(before.exit_code == 3);
  CHECK(before.out == start + "failed   database      there is no " + daemon.database() +
                          " yet; sbtuned makes it when it starts\n"
                          "failed   socket        there is no " + daemon.socket() +
                          "; start sbtuned with `sbtune daemon start`\n"
                          "failed   daemon        sbtuned does not answer at " + daemon.socket() +
                          ": No such file or directory; start it with `sbtune daemon start`, or `sbtuned --foreground`\n" + end);
  daemon.Start();
  daemon.WaitUntil("\"state\":\"live\"");
  auto after = test::RunCommand({SBTUNE_PROGRAM, "doctor", "--config", daemon.config()});
  CHECK(after.exit_code == 0);
  const std::size_t ago = after.out.find("stored up to ") + 13;
  after.out.replace(ago, after.out.find(' ', ago) - ago, "N");
  const std::string version = nlohmann::json::parse(daemon.Status())["result"]["daemon"]["version"];
  CHECK(after.out == start + "ok       database      " + daemon.database() + " opens; the live log is stored up to N s ago\n"
                         "ok       socket        " + daemon.socket() + " is yours alone\n"
                         "ok       daemon        it is live\n"
                         "ok       versions      sbtune and sbtuned are both " + version + "\n" + end);
  log.Play("exit 77 Must be admin to run 'stream' command\n");
  daemon.KillChildren(SIGKILL);
  daemon.WaitUntil("\"state\":\"unavailable\"");
  const auto refused = test::RunCommand({SBTUNE_PROGRAM, "doctor", "--json", "--config", daemon.config()});
  CHECK(refused.exit_code == 3);
  CHECK(nlohmann::json::parse(refused.out)["checks"][6] ==
        nlohmann::json{{"name", "daemon"},
                       {"outcome", "failed"},
                       {"text", "it is unavailable: reading the log needs an administrator account; sign in as an "
                                "administrator, or ask one to run sbtuned"}});
  const auto status = test::RunCommand({SBTUNE_PROGRAM, "status", "--config", daemon.config()});
  CHECK(status.exit_code == 3);
  CHECK(status.out.starts_with("state     unavailable since "));
}
