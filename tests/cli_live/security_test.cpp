// The threat model of the live side, as a hostile process on the same Mac would try it: one test for each line of
// the table in ARCHITECTURE.md that is about live records. The control socket's lines are in tests/daemon/service.
#include <csignal>
#include <thread>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/clock.h"
#include "tests/support/command.h"
#include "tests/support/running_daemon.h"
#include "tests/support/shared_data.h"

using namespace sbtune;

namespace {

constexpr const char* kProfile = "(version 1)\n(deny default)\n";

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// A record of the stand-in with a time of its own, as `log show` would print it.
std::string Stamped(const std::string& record, int second) {
  return Replaced(Replaced(record, "\"machTimestamp\":0", fmt::format("\"machTimestamp\":{}", 24'000'000LL * (second + 100))),
                  "00:00:00.000000", fmt::format("00:00:{:02}.000000", second)) +
         "\n";
}

// The same record, written by a process of the user.
std::string Forged(const std::string& record) {
  std::string forged = Replaced(record, "\\/usr\\/libexec\\/sandboxd", "\\/Users\\/dev\\/sandboxd");
  forged = Replaced(forged, "\"processImagePath\":\"\\/kernel\"", "\"processImagePath\":\"\\/Users\\/dev\\/kernel\"");
  return forged;
}

std::string LineWith(const std::string& text, std::string_view words) {
  const std::size_t at = text.find(words);
  if (at == std::string::npos) return "";
  const std::size_t begin = text.rfind('\n', at) + 1;
  return text.substr(begin, text.find('\n', at) - begin);
}

}  // namespace

TEST_CASE("a forged record comes through the daemon marked, and no suggestion uses it") {
  test::StandinLog log;
  log.RecordDistinct(1000);
  // One that the stream sees for certain, whenever it is attached.
  std::string directives = "play 60000 200\n";
  for (int i = 0; i < 60'000; i += 100) directives += fmt::format("at {} forge\n", i);
  log.Play(directives);
  test::RunningDaemon daemon(log);
  daemon.Start();
  daemon.WaitUntil("\"state\":\"live\"");
  const auto has_forged = [&] { return daemon.Status().find("\"untrusted\":0,") == std::string::npos; };
  bool came = has_forged();
  for (std::int64_t i = 0; i < test::kPatienceMs / 20 && !came; ++i, came = has_forged()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  REQUIRE(came);
  daemon.Kill(SIGTERM);

  const auto denials = test::RunCommand({SBTUNE_PROGRAM, "denials", "--db", daemon.database(), "--target", "/private/etc/forged"});
  CHECK(denials.out.find("untrusted  untrusted") != std::string::npos);
  const auto stats = test::RunCommand({SBTUNE_PROGRAM, "stats", "--by", "process", "--db", daemon.database(), "--json"});
  const auto found = nlohmann::json::parse(stats.out);
  for (const auto& row : found["rows"]) {
    CHECK((row["value"] == "forged") == (row["untrusted"] != 0));
  }
  test::WriteFile(log.folder() / "p.sb", kProfile);
  const auto suggested = test::RunCommand({SBTUNE_PROGRAM, "suggest", "--profile", log.folder() / "p.sb", "--db", daemon.database()});
  CHECK(suggested.out.find("/private/tmp/job/") != std::string::npos);
  CHECK(suggested.out.find("forged") == std::string::npos);
}

TEST_CASE("what watchers see of a forged record says so, and control characters never reach the terminal") {
  const test::TempFolder folder;
  const std::string genuine = Stamped(test::KernelRecord("to\\u001b[31mol", 41, "file-read-data", "/tmp/a\\u001b]0;title\\u0007\\u009b", 1), 1);
  const std::string forged = Stamped(Forged(test::KernelRecord("cat", 42, "file-read-data", "/etc/forged", 2)), 2);
  test::WriteFile(folder / "log.ndjson", genuine + forged);
  const auto text = test::RunCommand({SBTUNE_PROGRAM, "watch", "--from", folder / "log.ndjson"});
  CHECK(text.exit_code == 0);
  CHECK(LineWith(text.out, "/etc/forged").find("untrusted") != std::string::npos);
  CHECK(LineWith(text.out, "/tmp/a").find("untrusted") == std::string::npos);
  for (const std::string& bytes : {text.out, text.err}) {
    CHECK(bytes.find('\x1b') == std::string::npos);
    CHECK(bytes.find('\x07') == std::string::npos);
    CHECK(bytes.find("\xc2\x9b") == std::string::npos);
  }
  const auto json = test::RunCommand({SBTUNE_PROGRAM, "watch", "--json", "--from", folder / "log.ndjson"});
  CHECK(nlohmann::json::parse(LineWith(json.out, "forged"))["provenance"] == "untrusted");
  CHECK(json.out.find('\x1b') == std::string::npos);
}

TEST_CASE("a forged report neither hides a denial, nor doubles it, nor declares it beyond repair") {
  const test::TempFolder folder;
  const std::string denial = Stamped(test::KernelRecord("cat", 41, "file-read-data", "/private/etc/hosts", 1), 2);
  const std::string report = test::SandboxdRecord("cat", 41, "file-read-data", "/private/etc/hosts", 2);
  const std::string lie = Stamped(Forged(Replaced(report, "\\\"platform-policy\\\":false", "\\\"platform-policy\\\":true")), 2);
  test::WriteFile(folder / "p.sb", kProfile);
  for (const bool first : {false, true}) {
    CAPTURE(first);
    const std::string file = folder / fmt::format("log{}.ndjson", int{first});
    const std::string database = folder / fmt::format("d{}.db", int{first});
    test::WriteFile(file, first ? lie + denial : denial + lie);
    REQUIRE(test::RunCommand({SBTUNE_PROGRAM, "import", "--db", database, file}).exit_code == 0);
    const auto denials = nlohmann::json::parse(test::RunCommand({SBTUNE_PROGRAM, "denials", "--json", "--db", database}).out);
    std::uint64_t proven = 0;
    for (const auto& group : denials["groups"]) {
      if (group["provenance"] != "kernel") continue;
      proven += group["count"].get<std::uint64_t>();
      CHECK(group["platform_policy"] == false);
    }
    CHECK(proven == 1);
    const auto suggested = test::RunCommand({SBTUNE_PROGRAM, "suggest", "--profile", folder / "p.sb", "--db", database});
    CHECK(suggested.out.find("+(allow file-read-data (literal \"/private/etc/hosts\"))") != std::string::npos);
  }
}
