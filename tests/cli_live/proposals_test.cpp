// The daemon's proposals from a denial to the changed profile: a real sbtuned, the stand-in log, the real commands.
#include <csignal>
#include <filesystem>
#include <thread>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/clock.h"
#include "tests/support/command.h"
#include "tests/support/running_daemon.h"
#include "tests/support/shared_data.h"

using namespace sbtune;
using Json = nlohmann::json;

namespace {

constexpr const char* kProfile = "(version 1)\n(deny default)\n(allow file-read-data (literal \"/opt/h\"))\n";

struct Place {
  explicit Place(const std::string& more = "") : folder_path(std::filesystem::canonical(folder.path()).string()), daemon(log, Settings(more)) {
    test::WriteFile(profile(), kProfile);
    log.Record(1);
    log.Play("play 0 1000\n");
  }
  [[nodiscard]] std::string profile() const { return folder_path + "/agent.sb"; }
  [[nodiscard]] std::string Settings(const std::string& more) const {
    return "source.heartbeat_ms = 100\nsource.heartbeat_limit_ms = 60000\nproposals.quiet_ms = 50\nproposals.spacing_ms = 300\n" +
           fmt::format("[[profile]]\npath = \"{}\"\nprocess = \"agent\"\n{}", profile(), more);
  }
  void Start() {
    daemon.Start();
    daemon.WaitUntil(R"("state":"live")");
  }
  [[nodiscard]] test::CommandResult Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {SBTUNE_PROGRAM, "proposals"});
    arguments.insert(arguments.end(), {"--config", daemon.config()});
    return test::RunCommand(arguments, {.folder = folder_path, .input = ""});
  }
  [[nodiscard]] Json Entry() const {
    const test::CommandResult listed = Run({"--json"});
    REQUIRE_MESSAGE(listed.exit_code == 0, listed.err);
    const Json list = Json::parse(listed.out);
    return list.at("proposals").at(0);
  }
  // Waits until the list's only entry has this value.
  Json Until(const std::string& key, const Json& value) {
    const base::SystemClock clock;
    const std::int64_t deadline_ns = clock.MonotonicNs() + test::kPatienceMs * base::kMillisecondNs;
    Json entry = Entry();
    while (entry.at(key) != value) {
      REQUIRE_MESSAGE(clock.MonotonicNs() < deadline_ns, entry.dump() << "\n" << daemon.Said());
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      entry = Entry();
    }
    return entry;
  }
  [[nodiscard]] std::vector<std::string> Backups() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_path)) {
      if (entry.path().extension() == ".sbtune-backup") names.push_back(entry.path().string());
    }
    return names;
  }
  [[nodiscard]] std::string Number() const { return fmt::format("{}", Entry().at("id").get<int>()); }

  test::TempFolder folder;
  std::string folder_path;
  test::StandinLog log;
  test::RunningDaemon daemon;
};

}  // namespace

TEST_CASE("a denial becomes a proposal, which is shown, applied, and then allowed") {
  Place place;
  place.Start();
  place.log.DenyAccess("agent", "file-read-data /opt/a");
  place.log.DenyAccess("other", "file-read-data /opt/b");
  const Json entry = place.Until("additions", 1);
  CHECK(entry.at("covered") == 1);
  CHECK(entry.at("problem") == nullptr);
  const std::string number = place.Number();

  const test::CommandResult shown = place.Run({"show", number});
  CHECK(shown.exit_code == 0);
  CHECK(shown.out ==
        "--- agent.sb\n+++ agent.sb\n@@ -1,3 +1,3 @@\n (version 1)\n (deny default)\n-(allow file-read-data (literal \"/opt/h\"))\n"
        "+(allow file-read-data (literal \"/opt/h\") (literal \"/opt/a\"))\n");
  CHECK(shown.err.starts_with("1 denial: 1 covered by 1 addition, 0 already allowed, 0 left.\n"));
  CHECK(shown.err.find("every covered denial is allowed: 1 of 1") != std::string::npos);
  const Json object = Json::parse(place.Run({"show", "agent.sb", "--json"}).out);
  CHECK(object.at("schema") == "sbtune.proposal/1");
  CHECK(object.at("diff") == shown.out);
  CHECK(object.at("suggestion").at("certificate").at("holds") == true);

  const test::CommandResult nobody = place.Run({"apply", number});
  CHECK(nobody.exit_code == 2);
  CHECK(test::ReadFile(place.profile()) == kProfile);
  const test::CommandResult applied = place.Run({"apply", number, "--digest", entry.at("digest").get<std::string>().substr(0, 16)});
  CHECK_MESSAGE(applied.exit_code == 0, applied.err);
  const std::string changed = "(version 1)\n(deny default)\n(allow file-read-data (literal \"/opt/h\") (literal \"/opt/a\"))\n";
  CHECK(test::ReadFile(place.profile()) == changed);
  REQUIRE(place.Backups().size() == 1);
  CHECK(test::ReadFile(place.Backups().front()) == kProfile);
  CHECK(place.Run({"apply", number, "--yes"}).err.find("there is no current proposal " + number) != std::string::npos);

  place.log.DenyAccess("agent", "file-read-data /opt/a");
  place.Until("additions", 0);
  const Json history = Json::parse(place.Run({"--history", "--json"}).out);
  REQUIRE(history.at("entries").size() == 1);
  CHECK(history.at("entries").at(0).at("who") == "user");
  CHECK(history.at("entries").at(0).at("outcome") == "applied");
  CHECK(history.at("entries").at(0).at("rules") == Json{"(allow file-read-data (path \"/opt/a\"))"});
  CHECK(history.at("entries").at(0).at("note") == place.Backups().front());
}

TEST_CASE("a profile edited by hand, broken or missing changes its proposal, and the daemon lives on") {
  Place place;
  place.Start();
  place.log.DenyAccess("agent", "file-read-data /opt/a");
  place.Until("additions", 1);
  const std::string number = place.Number();
  test::WriteFile(place.profile(), "(version 1)\n(deny default)\n");
  const base::SystemClock clock;
  const std::int64_t deadline_ns = clock.MonotonicNs() + test::kPatienceMs * base::kMillisecondNs;
  while (place.Number() == number) REQUIRE(clock.MonotonicNs() < deadline_ns);
  CHECK(place.Run({"show", number}).exit_code == 1);
  CHECK(place.Run({"show", place.Number()}).out.find("+(allow file-read-data (literal \"/opt/a\"))") != std::string::npos);

  test::WriteFile(place.profile(), "(version 1)\n(deny default\n");
  place.Until("problem", "the profile does not load: " + place.profile() +
                             ":2:1: the text ends before this '(' is closed; correct it; it is looked at again when a file changes");
  CHECK(place.Run({"show", "agent.sb"}).exit_code == 1);
  std::filesystem::remove(place.profile());
  place.Until("problem", "the profile does not load: cannot open " + place.profile() +
                             ": No such file or directory; check the path and its permissions; it is looked at again when a file changes");
  test::WriteFile(place.profile(), kProfile);
  place.Until("additions", 1);
  CHECK(place.daemon.running());
}

TEST_CASE("proposals survive the daemon, and what is no longer named is forgotten") {
  Place place;
  place.Start();
  place.log.DenyAccess("agent", "file-read-data /opt/a");
  place.Until("additions", 1);
  const Json before = place.Entry();
  place.daemon.Kill(SIGKILL);
  CHECK(place.Entry() == before);
  CHECK(place.Run({"show", place.Number()}).exit_code == 0);
  place.Start();
  CHECK(place.Entry() == before);
  place.daemon.WriteConfig("");
  place.daemon.Signal(SIGHUP);
  const base::SystemClock clock;
  const std::int64_t deadline_ns = clock.MonotonicNs() + test::kPatienceMs * base::kMillisecondNs;
  while (place.Run({"--json"}).out.find("agent.sb") != std::string::npos) REQUIRE(clock.MonotonicNs() < deadline_ns);
  CHECK(place.Run({}).err == "No profile is named in sbtuned's configuration; `sbtuned --print-config` shows how: [[profile]].\n");
}

TEST_CASE("what is dismissed is not proposed again, until its decision is revoked") {
  Place place;
  place.Start();
  place.log.DenyAccess("agent", "file-read-data /opt/a");
  place.Until("additions", 1);
  CHECK(place.Run({"dismiss", place.Number(), "--reason", "not now"}).err ==
        "1 denial is ignored from now on; sbtune decisions takes that back.\n");
  place.log.DenyAccess("agent", "file-read-data /opt/b");
  CHECK(place.Until("additions", 1).at("covered") == 1);
  const auto decisions = test::RunCommand({SBTUNE_PROGRAM, "decisions", "--db", place.daemon.database(), "--json"});
  const Json listed = Json::parse(decisions.out);
  CHECK(listed.at("decisions").at(0).at("reason") == "not now");
  CHECK(test::RunCommand({SBTUNE_PROGRAM, "decisions", "--db", place.daemon.database(), "--revoke", "1"}).exit_code == 0);
  place.Until("additions", 2);
}

TEST_CASE("kills at any moment leave a proposal that is whole, and in the end the current one") {
  Place place;
  for (int round = 0; round < 6; ++round) {
    place.daemon.Start();
    for (int i = 0; i < 5; ++i) place.log.DenyAccess("agent", fmt::format("file-read-data /opt/{}/{}", round, i));
    std::this_thread::sleep_for(std::chrono::milliseconds(37 * round));
    place.daemon.Kill(SIGKILL);
    place.log.Play("play 0 1000\n");
    const Json entry = place.Entry();
    CAPTURE(entry.dump());
    if (entry.at("digest") == nullptr) continue;
    CHECK(place.Run({"apply", fmt::format("{}", entry.at("id").get<int>()), "--dry-run"}).exit_code == 0);
  }
  place.Start();
  place.log.DenyAccess("agent", "file-read-data /opt/last");
  const base::SystemClock clock;
  const std::int64_t deadline_ns = clock.MonotonicNs() + test::kPatienceMs * base::kMillisecondNs;
  while (place.Run({"show", "agent.sb"}).out.find("/opt/last") == std::string::npos) REQUIRE(clock.MonotonicNs() < deadline_ns);
  CHECK(test::ReadFile(place.profile()) == kProfile);
}

TEST_CASE("auto_apply writes what is of no risk, leaves the rest, and does not fight an undo") {
  Place place("auto_apply = true\n");
  std::filesystem::permissions(place.folder_path, std::filesystem::perms::owner_all);
  std::filesystem::permissions(place.profile(), std::filesystem::perms(0644));
  place.Start();
  place.log.DenyAccess("agent", "file-read-data /usr/include/one.h");
  place.log.DenyAccess("agent", "file-read-data /Users/me/.ssh/id_rsa");
  place.daemon.WaitUntilSaid("auto_apply added to " + place.profile());
  const std::string changed =
      "(version 1)\n(deny default)\n(allow file-read-data (literal \"/opt/h\") (literal \"/usr/include/one.h\"))\n";
  CHECK(test::ReadFile(place.profile()) == changed);
  REQUIRE(place.Backups().size() == 1);
  CHECK(test::ReadFile(place.Backups().front()) == kProfile);
  const Json left = place.Until("covered", 1);
  CHECK(left.at("auto_apply") == true);
  CHECK(place.Run({"show", "agent.sb"}).out.find("+(allow file-read-data (literal \"/opt/h\") (literal \"/usr/include/one.h\")\n"
                                                 "+  (literal \"/Users/me/.ssh/id_rsa\"))") != std::string::npos);
  const Json history = Json::parse(place.Run({"--history", "--json"}).out);
  REQUIRE(history.at("entries").size() == 1);
  CHECK(history.at("entries").at(0).at("who") == "auto_apply");
  CHECK(history.at("entries").at(0).at("outcome") == "applied");
  CHECK(history.at("entries").at(0).at("note") == place.Backups().front());

  // A second change within the hour waits, and so does what was taken back, for ever.
  CHECK(test::RunCommand({SBTUNE_PROGRAM, "apply", "--undo", place.profile()}).exit_code == 0);
  place.log.DenyAccess("agent", "file-read-data /usr/include/two.h");
  place.Until("covered", 3);
  CHECK(test::ReadFile(place.profile()) == kProfile);
  CHECK(Json::parse(place.Run({"--history", "--json"}).out).at("entries").size() == 1);
}

TEST_CASE("what a plain apply wrote and its undo took back is not written by auto_apply either") {
  Place place("auto_apply = true\n");
  std::filesystem::permissions(place.folder_path, std::filesystem::perms::owner_all);
  std::filesystem::permissions(place.profile(), std::filesystem::perms(0644));
  place.Start();
  test::WriteFile(place.folder_path + "/d.log", "Sandbox: agent(12) deny(1) file-read-data /usr/include/one.h\n");
  const auto run = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SBTUNE_PROGRAM);
    return test::RunCommand(arguments, {.folder = place.folder_path, .input = ""});
  };
  REQUIRE(run({"suggest", "--profile", "agent.sb", "--from", "d.log", "--save", "p.json"}).exit_code == 0);
  const auto applied = run({"apply", "p.json", "--yes", "--config", place.daemon.config()});
  CHECK_MESSAGE(applied.exit_code == 0, applied.err);
  CHECK(test::ReadFile(place.profile()).find("one.h") != std::string::npos);
  const Json history = Json::parse(place.Run({"--history", "--json"}).out);
  REQUIRE(history.at("entries").size() == 1);
  CHECK(history.at("entries").at(0).at("proposal") == nullptr);
  CHECK(history.at("entries").at(0).at("who") == "user");
  CHECK(history.at("entries").at(0).at("outcome") == "applied");
  CHECK(history.at("entries").at(0).at("denials") == Json::parse(R"([{"operation": "file-read-data", "target": "/usr/include/one.h"}])"));
  REQUIRE(run({"apply", "--undo", "agent.sb"}).exit_code == 0);
  CHECK(test::ReadFile(place.profile()) == kProfile);
  place.log.DenyAccess("agent", "file-read-data /usr/include/one.h");
  place.Until("auto_apply_waits", "its denials were in a change before, or nothing proves where they come from");
  CHECK(place.Run({}).out.find("1 addition for 1 denial; auto_apply waits: its denials were in a change before") != std::string::npos);
  place.log.DenyAccess("agent", "file-read-data /usr/include/two.h");
  place.daemon.WaitUntilSaid("auto_apply added to " + place.profile());
  CHECK(test::ReadFile(place.profile()) ==
        "(version 1)\n(deny default)\n(allow file-read-data (literal \"/opt/h\") (literal \"/usr/include/two.h\"))\n");
}

TEST_CASE("auto_apply leaves a file alone that others may write") {
  Place place("auto_apply = true\n");
  std::filesystem::permissions(place.profile(), std::filesystem::perms(0666));
  place.Start();
  place.log.DenyAccess("agent", "file-read-data /usr/include/one.h");
  place.daemon.WaitUntilSaid("auto_apply leaves " + place.profile() + " as it is: " + place.profile() + " may be written by others");
  CHECK(test::ReadFile(place.profile()) == kProfile);
  CHECK(place.Entry().at("additions") == 1);
}
