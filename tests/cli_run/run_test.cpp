// sbtune run as a whole program, with the stand-ins for log and sandbox-exec and an actor that asks for things.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/cli_run/run_place.h"
#include "tests/support/shared_data.h"

using namespace sbtune;
using Json = nlohmann::json;

namespace {

using Place = test::RunPlace;

// "PROCESS OPERATION TARGET <- RULE" of each denial.
std::vector<std::string> Denials(const Json& found) {
  std::vector<std::string> lines;
  for (const Json& denial : found.at("denials")) {
    lines.push_back(denial["process"].get<std::string>() + " " + denial["operation"].get<std::string>() + " " +
                    (denial["target"].is_null() ? "-" : denial["target"].get<std::string>()) + " <- " +
                    denial["rule"].get<std::string>() + " " + denial["witness"].get<std::string>());
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}
using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("run names the deciding rules by the kernel's own word, proposes the patch, and exits as the command") {
  Place place;
  const auto done = place.Act({"read", "/private/etc/hosts", "read", "/Users/dev/.ssh/id", "read", "/usr/share/x", "out", "done",
                               "exit", "3"});
  CAPTURE(done.err);
  CHECK(done.exit_code == 3);
  CHECK(done.out == "denied /private/etc/hosts\ndenied /Users/dev/.ssh/id\ndone\n");
  const Json found = place.Found();
  CHECK(Denials(found) == Lines{"actor file-read-data /Users/dev/.ssh/id <- a.sb:4 kernel",
                                "actor file-read-data /private/etc/hosts <- a.sb:2 kernel"});
  CHECK(found["complete"] == true);
  CHECK(found["exit"] == 3);
  CHECK(found["diff"].get<std::string>().find("+++ a.sb") != std::string::npos);
  CHECK(found["diff"].get<std::string>().find("/private/etc/hosts") != std::string::npos);
  CHECK(found["diff"].get<std::string>().find(".ssh/id") == std::string::npos);
  CHECK(done.err.find("\nsbtune: ./actor read ") == 0);
}

TEST_CASE("the whole tree is followed: children, orphans, other images, other names, numbers used again") {
  Place place;
  const auto done = place.Act({"fork", "[", "name", "child", "read", "/private/a", "exec", "name", "image", "read", "/private/b", "]",
                               "spawn", "[", "name", "orphan", "read", "/private/c", "]",
                               // Marks prove the run's own, whatever number and name the record carries.
                               "as", "99999", "name", "pid 1) deny(1) x", "read", "/private/d"});
  CAPTURE(done.err);
  CHECK(done.exit_code == 0);
  const Lines denials = Denials(place.Found());
  const auto has = [&](const std::string& line) { return std::find(denials.begin(), denials.end(), line) != denials.end(); };
  CHECK(has("child file-read-data /private/a <- a.sb:2 kernel"));
  CHECK(has("image file-read-data /private/b <- a.sb:2 kernel"));
  CHECK(has("orphan file-read-data /private/c <- a.sb:2 kernel"));
  CHECK(denials.size() == 4);
}

TEST_CASE("a denial without a mark is the run's when its process was; another process's denials are not") {
  Place place;
  const std::string imported = place.folder() / "imported.sb";
  test::WriteFile(imported, "(deny mach-lookup)\n");
  test::WriteFile(place.folder() / "a.sb", "(version 1)(deny default)(allow file-read* (subpath \"/usr\"))\n(import \"" + imported + "\")\n");
  // Somebody else meanwhile: no mark, a process that is not in the tree (this test's own).
  const auto done = place.Act({"lookup", "com.example.b", "sleep", "300", "as", std::to_string(::getpid()), "name", "other",
                               "lookup", "com.example.c", "sleep", "200"});
  CAPTURE(done.err);
  const Json found = place.Found();
  CHECK(Denials(found) == Lines{"actor mach-lookup com.example.b <- " + imported + ":1 reading"});
  CHECK(done.err.find("1 deny rule of imported or generated text could not be marked") != std::string::npos);
}

TEST_CASE("--learn repeats with the patch so far until nothing new is denied, and prints the whole patch") {
  Place place;
  const std::vector<std::string> steps = {"need", "/private/1", "need", "/private/2", "need", "/private/3", "out", "through"};
  const auto short_of = place.Act(steps, {"--learn", "2"});
  CHECK(short_of.exit_code == 7);
  CHECK(short_of.err.find("Still something new was denied in execution 2; give --learn a larger number") != std::string::npos);
  const auto done = place.Act(steps, {"--learn", "9", "--patch", "a.patch"});
  CAPTURE(done.err);
  CHECK(done.exit_code == 0);
  CHECK(done.out.ends_with("through\n"));
  CHECK(done.err.find("Nothing new was denied in execution 4") != std::string::npos);
  CHECK(place.Found()["executions"] == 4);
  // The file itself is as it was; the patch makes it pass at once.
  CHECK(test::ReadFile(place.folder() / "a.sb") == test::kRunProfile);
  const auto patched = test::RunCommand({"patch", "-p0"}, {.folder = place.folder().path(), .input = test::ReadFile(place.folder() / "a.patch")});
  CHECK(patched.exit_code == 0);
  const auto again = place.Act(steps);
  CHECK(again.exit_code == 0);
  CHECK(again.err.find("exit 0, no denial recorded\n") != std::string::npos);
}

TEST_CASE("the status is the command's: its code, its signal, what a shell says of what is not there") {
  Place place;
  CHECK(place.Act({"exit", "42"}).exit_code == 42);
  CHECK(place.Act({"kill", std::to_string(SIGTERM)}).exit_code == 128 + SIGTERM);
  CHECK(place.Act({"kill", std::to_string(SIGINT)}).exit_code == 128 + SIGINT);
  const auto missing = test::RunCommand(
      {"/bin/sh", "-c", "\"$0\" run --sandbox-exec /bin/true --profile a.sb -D HOME=/ no-such-program; echo $?", SBTUNE_PROGRAM},
      {.folder = place.folder().path(), .input = ""});
  CHECK(missing.out == "127\n");
  CHECK(missing.err == "sbtune: no-such-program is not found; check the name, or PATH\n");
  const auto nothing = test::RunCommand(
      {"/bin/sh", "-c", "\"$0\" run --sandbox-exec /bin/true --profile a.sb -D HOME=/ ''; echo $?", SBTUNE_PROGRAM},
      {.folder = place.folder().path(), .input = ""});
  CHECK(nothing.out == "127\n");
  CHECK(nothing.err == "sbtune: the empty name is not found; check the name, or PATH\n");
  std::vector<std::string> silent = place.Line({"./actor", "read", "/Users/dev/.ssh/id", "exit", "42"});
  silent.insert(silent.begin(), {"/bin/sh", "-c", "exec \"$0\" \"$@\" 2>&-"});
  CHECK(test::RunCommand(silent, {.folder = place.folder().path(), .input = ""}).exit_code == 42);
  const auto data = place.Run({"./a.sb"});
  CHECK(data.exit_code == 126);
  CHECK(data.err == "sbtune: ./a.sb may not be run; check its permissions\n");
}

TEST_CASE("what the command reads and writes is its own: stdin, stdout, the environment") {
  Place place;
  const auto copied = place.Run({"/bin/sh", "-c", "cat; echo to stderr >&2"});
  CHECK(copied.out == "typed\n");
  CHECK(copied.err.starts_with("to stderr\n"));
  ::setenv("SBTUNE_TEST_SECRET", "s3", 1);
  ::setenv("SBTUNE_TEST_OTHER", "o", 1);
  const std::vector<std::string> ask = {"env", "SBTUNE_TEST_SECRET", "env", "SBTUNE_TEST_OTHER", "env", "NEW"};
  CHECK(place.Act(ask).out == "SBTUNE_TEST_SECRET=s3\nSBTUNE_TEST_OTHER=o\nNEW=-\n");
  CHECK(place.Act(ask, {"--clean-env", "--env", "SBTUNE_TEST_OTHER", "--env", "NEW=a b"}).out ==
        "SBTUNE_TEST_SECRET=-\nSBTUNE_TEST_OTHER=o\nNEW=a b\n");
  const auto absent = place.Act(ask, {"--env", "SBTUNE_TEST_ABSENT"});
  CHECK(absent.exit_code == 2);
  CHECK(absent.err.starts_with("sbtune: --env SBTUNE_TEST_ABSENT: there is no such variable here; give NAME=VALUE\n"));
  ::unsetenv("SBTUNE_TEST_SECRET");
  ::unsetenv("SBTUNE_TEST_OTHER");
}

TEST_CASE("why nothing was started is one sentence") {
  Place place;
  struct Row {
    std::string directives, said;
  };
  for (const Row& row : {
           Row{"exit 77 Must be admin to run 'stream' command\n",
               "sbtune: reading the log needs an administrator account; sign in as an administrator, or ask one to run sbtuned; "
               "the command was not started\n"},
           Row{"exit 64 Cannot run while sandboxed\n",
               "sbtune: the log cannot be read from inside a sandbox; start sbtune and sbtuned outside of it; the command was not started\n"},
       }) {
    place.log().Play(row.directives);
    const auto done = place.Act({"out", "started"});
    CHECK(done.exit_code == 1);
    CHECK(done.out == "");
    CHECK(done.err == row.said);
  }
  test::WriteFile(place.folder() / "wrong.sb", "(version 1)\n(alow default)\n");
  const auto wrong = test::RunCommand({SBTUNE_PROGRAM, "run", "--sandbox-exec", "/bin/true", "--profile", "wrong.sb", "ls"},
                                      {.folder = place.folder().path(), .input = ""});
  CHECK(wrong.exit_code == 1);
  CHECK(wrong.err == "wrong.sb:2:2: error: unbound variable 'alow'\n  (alow default)\n   ^~~~\n  hint: did you mean 'allow'?\n"
                     "sbtune: the profile cannot be loaded, and the system would refuse it too\n");
  const auto absent = test::RunCommand({SBTUNE_PROGRAM, "run", "--sandbox-exec", "/nonexistent/sandbox-exec", "--profile", "a.sb", "ls"},
                                       {.folder = place.folder().path(), .input = ""});
  CHECK(absent.exit_code == 1);
  CHECK(absent.err == "sbtune: /nonexistent/sandbox-exec is not there: `sbtune run` needs macOS; elsewhere, capture the log on a Mac "
                      "and use `sbtune suggest --from FILE`\n");
  const auto broken = place.Run({"./actor"}, {"--profile", "broken.sb"});
  CHECK(broken.exit_code == 1);
  const auto lenient = place.Run({"./actor"}, {"--lenient"});
  CHECK(lenient.exit_code == 2);
}

TEST_CASE("a command that failed without a denial gets other things to look at") {
  Place place("(version 1)(allow default)(deny file-read-data (literal \"/\"))\n");
  const std::string home = place.folder() / "home";
  test::WriteFile(home + "/Library/Logs/DiagnosticReports/actor-2026-11-21-060000.ips", "{}");
  test::WriteFile(home + "/Library/Logs/DiagnosticReports/other-2026-11-21-060000.ips", "{}");
  const auto soon = std::filesystem::file_time_type::clock::now() + std::chrono::seconds(60);
  std::filesystem::last_write_time(home + "/Library/Logs/DiagnosticReports/actor-2026-11-21-060000.ips", soon);
  const std::string before = ::getenv("HOME") == nullptr ? "" : ::getenv("HOME");
  ::setenv("HOME", home.c_str(), 1);
  const auto done = place.Act({"out", "./nothing/here", "kill", std::to_string(SIGSEGV)});
  ::setenv("HOME", before.c_str(), 1);
  CHECK(done.exit_code == 128 + SIGSEGV);
  const Json hints = place.Found()["hints"];
  CAPTURE(done.err);
  REQUIRE(hints.size() == 5);
  CHECK(hints[0] == "a crash report: " + home + "/Library/Logs/DiagnosticReports/actor-2026-11-21-060000.ips");
  CHECK(hints[1].get<std::string>().starts_with("the profile does not let it read the folder / itself (data)"));
  CHECK(hints[2] == "there is no file ./nothing/here, an argument of the command");
  CHECK(hints[3].get<std::string>().starts_with("protected by the system, whatever a profile allows: "));
  CHECK(hints[4].get<std::string>().starts_with("work that another process does for it "));
  CHECK(place.Act({"exit", "0"}).err.find("What else to look at") == std::string::npos);
}

TEST_CASE("what the log lost is read again; where that fails, the record is called incomplete") {
  Place place;
  const std::string lossy = "play 200 100\nat 60 drop 5\nat 90 drop 5\nat 120 drop 5\nat 150 drop 5\n";
  place.log().RecordDistinct(200);
  place.log().Play(lossy);
  const auto repaired = place.Act({"read", "/private/x", "sleep", "1500"});
  CAPTURE(repaired.err);
  CHECK(repaired.exit_code == 0);
  CHECK(place.Found()["complete"] == true);
  CHECK(Denials(place.Found()).size() == 1);
  place.log().Play(lossy + "show-cut 61\n");
  const auto lost = place.Act({"read", "/private/x", "sleep", "1500"});
  CAPTURE(lost.err);
  CHECK(place.Found()["complete"] == false);
  CHECK(lost.err.find("This record may be incomplete:\n  the log has a gap (drop-marker; ") != std::string::npos);
}

TEST_CASE("no copy of the profile is left behind, and nobody else may read it meanwhile") {
  Place place;
  const std::string temporary = place.folder() / "tmp";
  std::filesystem::create_directory(temporary);
  ::setenv("TMPDIR", temporary.c_str(), 1);
  const auto done = place.Run({"/bin/sh", "-c", "ls -l \"$TMPDIR\" | grep sbtune-run | cut -c1-10"});
  ::unsetenv("TMPDIR");
  CHECK(done.out == "-rw-------\n");
  CHECK(std::filesystem::is_empty(temporary));
}
