// The whole program: sbtune shrink, from logs and from the store, with the real patch(1).
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/command.h"
#include "tests/support/golden.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;

namespace {

constexpr const char* kProfile =
    "(version 1)\n"
    "(deny default)\n"
    "; what every process needs\n"
    "(allow process-fork)\n"
    "(allow sysctl-read) ; nobody knows why\n"
    "(define (reads p) (allow file-read* (subpath p)))\n"
    "(reads \"/nowhere\")\n"
    "(allow file-read*\n"
    "  (subpath (param \"CWD\"))\n"
    "  (subpath \"/usr/lib\")\n"
    "  (subpath \"/opt/never\"))\n"
    "(allow file-read* (literal \"/usr/lib/libz.dylib\"))\n"
    "(deny file-read* (subpath \"/Users/dev/.ssh\"))\n";

std::string Log(const std::string& folder, int day) {
  const std::string time = "2026-03-0" + std::to_string(day) + " 07:00:00.000137-0800 ";
  std::string log;
  for (const std::string what : {"process-fork", "file-read-data /usr/lib/libz.dylib", "file-read-data /usr/lib/x",
                                "file-read-data /usr/share/x"}) {
    log += time + "localhost kernel[0]: (Sandbox) Sandbox: tool(12) deny(1) " + what + "\n";
  }
  return log + time + "localhost kernel[0]: (Sandbox) Sandbox: tool(12) deny(1) file-read-data " + folder + "/in\n";
}

class Place {
 public:
  Place() {
    test::WriteFile(folder_ / "my.sb", kProfile);
    for (int day = 1; day <= 3; ++day) {
      const std::string name = "d" + std::to_string(day);
      const std::string work = "/work/" + name;
      test::WriteFile(folder_ / (name + ".log"), Log(work, day));
      const test::CommandResult done =
          Run({"import", name + ".log", "--db", "s.db", "--run", name, "-D", "CWD=" + work});
      CHECK(done.exit_code == 0);
    }
  }
  test::CommandResult Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), SBTUNE_PROGRAM);
    return test::RunCommand(arguments, {folder_.path(), ""});
  }
  test::CommandResult Shrink(std::vector<std::string> more) const {
    std::vector<std::string> arguments = {"shrink", "--profile", "my.sb", "-D", "CWD=/work/d1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }
  [[nodiscard]] const test::TempFolder& folder() const { return folder_; }

 private:
  test::TempFolder folder_;
};

}  // namespace

TEST_CASE("shrink prints the removals as a diff that applies, and its proof on stderr") {
  const Place place;
  const test::CommandResult done = place.Shrink({"--db", "s.db"});
  CHECK(done.exit_code == 3);
  test::CheckGolden("shrink/cli.diff", done.out);
  test::CheckGolden("shrink/cli.txt", done.err);
  CHECK(test::RunCommand({"patch", "-p0", "--batch"}, {place.folder().path(), done.out}).exit_code == 0);
  CHECK(test::ReadFile(place.folder() / "my.sb") ==
        "(version 1)\n"
        "(deny default)\n"
        "; what every process needs\n"
        "(allow process-fork)\n"
        "(define (reads p) (allow file-read* (subpath p)))\n"
        "(reads \"/nowhere\")\n"
        "(allow file-read*\n"
        "  (subpath (param \"CWD\"))\n"
        "  (subpath \"/usr/lib\"))\n"
        "(deny file-read* (subpath \"/Users/dev/.ssh\"))\n");
  const test::CommandResult again = place.Shrink({"--db", "s.db"});
  CHECK(again.exit_code == 0);
  CHECK(again.out.empty());
}

TEST_CASE("one log with one run is too little unless asked for") {
  const Place place;
  const test::CommandResult done = place.Shrink({"--from", "d1.log"});
  CHECK(done.exit_code == 1);
  CHECK(done.out.empty());
  CHECK(done.err == "sbtune: too little was recorded: 1 of the 3 runs that --min-runs asks for; runs of denials alone do not count\n");
  CHECK(place.Shrink({"--from", "d1.log", "--min-runs", "1"}).exit_code == 3);
}

TEST_CASE("--used counts what each rule and filter decided, as table, CSV and JSON") {
  const Place place;
  const test::CommandResult table = place.Shrink({"--db", "s.db", "--used"});
  CHECK(table.exit_code == 0);
  CHECK(table.err.empty());
  test::CheckGolden("shrink/used.txt", table.out);
  CHECK(place.Shrink({"--db", "s.db", "--used", "--csv"}).exit_code == 0);
  const nlohmann::json json = nlohmann::json::parse(place.Shrink({"--db", "s.db", "--used", "--json"}).out);
  CHECK(json["format"] == "sbtune-shrink");
  CHECK(json["usage"]["accesses"] == json["usage"]["allowed"].get<int>() + json["usage"]["denied"].get<int>() +
                                         json["usage"]["unknown"].get<int>());
  CHECK(!json.contains("diff"));
}

TEST_CASE("the JSON form holds the use, the removals and the certificate") {
  const test::CommandResult done = Place().Shrink({"--db", "s.db", "--json"});
  CHECK(done.exit_code == 3);
  CHECK(done.err.empty());
  test::CheckGolden("shrink/cli.json", done.out);
  CHECK(nlohmann::json::parse(done.out)["certificate"]["holds"] == true);
}

TEST_CASE("shrink needs files and recorded allows") {
  const Place place;
  CHECK(place.Run({"shrink", "--profile", "-", "--from", "d1.log"}).err ==
        "sbtune: shrink needs the profile's files, of which a diff can be made; not standard input\n");
  test::WriteFile(place.folder() / "denied.log", "Sandbox: tool(12) deny(1) file-read-data /etc/x\n");
  const test::CommandResult done = place.Shrink({"--from", "denied.log", "--min-runs", "1"});
  CHECK(done.exit_code == 1);
  CHECK(done.err ==
        "sbtune: the records hold only what this profile denies, so they say nothing of what it is needed for: record a "
        "run under the copy that sbtune instrument makes, or under a stricter profile\n");
}

TEST_CASE("instrument names every parameter that is missing") {
  const Place place;
  test::WriteFile(place.folder() / "asks.sb", "(version 1)\n(allow file-read* (subpath (param \"ROOT\")) (subpath (param \"HOME\")))\n");
  const test::CommandResult done = place.Run({"instrument", "--profile", "asks.sb"});
  CHECK(done.exit_code == 1);
  CHECK(done.err ==
        "sbtune: asks.sb:2:28: subpath needs a string, not a boolean; the profile cannot be loaded with what was given; add "
        "-D HOME=VALUE -D ROOT=VALUE\n");
}

TEST_CASE("instrument prints a copy that reports, whose logged allows shrink takes for use") {
  const Place place;
  const test::CommandResult done = place.Run({"instrument", "--profile", "my.sb", "-D", "CWD=/work/d1"});
  CHECK(done.exit_code == 0);
  CHECK(done.err == "5 allow rules report, 0 do not.\n");
  CHECK(done.out ==
        "(version 1)\n"
        "(deny default)\n"
        "; what every process needs\n"
        "(allow process-fork (with report))\n"
        "(allow sysctl-read (with report)) ; nobody knows why\n"
        "(define (reads p) (allow file-read* (subpath p) (with report)))\n"
        "(reads \"/nowhere\")\n"
        "(allow file-read*\n"
        "  (subpath (param \"CWD\"))\n"
        "  (subpath \"/usr/lib\")\n"
        "  (subpath \"/opt/never\") (with report))\n"
        "(allow file-read* (literal \"/usr/lib/libz.dylib\") (with report))\n"
        "(deny file-read* (subpath \"/Users/dev/.ssh\"))\n");
  test::WriteFile(place.folder() / "my.sb", done.out);
  test::WriteFile(place.folder() / "allows.log", "Sandbox: tool(12) allow(1) file-read-data /usr/lib/x\n"
                                                 "Sandbox: tool(12) allow(1) process-fork\n");
  const test::CommandResult shrunk = place.Shrink({"--from", "allows.log", "--min-runs", "1", "--used"});
  CHECK(shrunk.exit_code == 0);
  CHECK(shrunk.out.find("       1      1     1  -                my.sb:4:1") != std::string::npos);
  CHECK(place.Shrink({"--from", "allows.log", "--min-runs", "1"}).exit_code == 3);
}
