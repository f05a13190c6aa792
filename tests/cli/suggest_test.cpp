// The whole program: sbtune suggest and sbtune check, with the real patch(1) and git-apply(1).
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "cli/diff_paths.h"
#include "cli/suggest_report.h"
#include "tests/support/command.h"
#include "tests/support/golden.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;
using Json = nlohmann::json;

namespace {

constexpr const char* kBase =
    "(version 1)\n"
    "(deny default)\n"
    "; what every process needs\n"
    "(allow process-fork)\n"
    "(allow sysctl-read\n"
    "  (sysctl-name \"hw.ncpu\")\n"
    ")\n";
constexpr const char* kRead =
    "; reading\n"
    "(allow file-read* (subpath (param \"CWD\")))\n"
    "(deny file-read-data (subpath \"/Users/dev/.ssh\"))\n";

constexpr const char* kLog =
    "Sandbox: tool(12) deny(1) file-read-data /opt/it's here\n"
    "Sandbox: tool(12) deny(1) file-read-metadata /opt/it's here\n"
    "Sandbox: tool(12) deny(1) sysctl-read kern.osversion\n"
    "Sandbox: tool(13) deny(1) sysctl-read kern.osversion\n"
    "Sandbox: tool(12) deny(1) file-read-data /work/in\n";
constexpr const char* kHardLog =
    "Sandbox: tool(12) deny(1) file-read-data /Users/dev/.ssh/config\n"
    "System Policy: tool(12) deny(1) file-read-data /Library/x\n";

// The program in a folder of its own with two fragments and two logs.
class Place {
 public:
  Place() {
    test::WriteFile(folder_ / "base.sb", kBase);
    test::WriteFile(folder_ / "parts/read it.sb", kRead);
    test::WriteFile(folder_ / "d.log", kLog);
    test::WriteFile(folder_ / "hard.log", std::string(kLog) + kHardLog);
  }
  test::CommandResult Run(std::vector<std::string> arguments, std::string input = "") const {
    arguments.insert(arguments.begin(), SBTUNE_PROGRAM);
    return test::RunCommand(arguments, {folder_.path(), std::move(input)});
  }
  test::CommandResult Suggest(std::vector<std::string> more) const {
    std::vector<std::string> arguments = {"suggest", "--profile", "base.sb", "--profile", "parts/read it.sb",
                                          "-D", "CWD=/work"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }
  test::CommandResult Check(const std::string& log) const {
    return Run({"check", "--profile", "base.sb", "--profile", "parts/read it.sb", "-D", "CWD=/work", "--against", log});
  }
  void Patch(std::vector<std::string> program, const std::string& diff) const {
    const test::CommandResult done = test::RunCommand(program, {folder_.path(), diff});
    CAPTURE(done.out);
    CAPTURE(done.err);
    CHECK(done.exit_code == 0);
  }
  [[nodiscard]] const test::TempFolder& folder() const { return folder_; }

 private:
  test::TempFolder folder_;
};

}  // namespace

TEST_CASE("suggest prints a diff on stdout and what it is for on stderr") {
  const test::CommandResult done = Place().Suggest({"--from", "hard.log"});
  CHECK(done.exit_code == 3);
  test::CheckGolden("suggest/cli.diff", test::Visible(done.out));
  test::CheckGolden("suggest/cli.txt", test::Visible(done.err));
}

TEST_CASE("the diff applies with patch and with git apply, and check then finds every denial allowed") {
  for (const std::vector<std::string>& program :
       {std::vector<std::string>{"patch", "-p0", "--batch"}, {"git", "apply", "-p0", "-"}}) {
    CAPTURE(program[0]);
    const Place place;
    CHECK(place.Check("d.log").exit_code == 3);
    const test::CommandResult done = place.Suggest({"--from", "d.log"});
    CHECK(done.exit_code == 0);
    place.Patch(program, done.out);
    const test::CommandResult checked = place.Check("d.log");
    CHECK(checked.out == "4 denials decided again: 4 allowed, 0 denied, 0 unknown.\n");
    CHECK(checked.exit_code == 0);
    const test::CommandResult again = place.Suggest({"--from", "d.log"});
    CHECK(again.exit_code == 0);
    CHECK(again.out.empty());
  }
}

TEST_CASE("check tells what is denied and by which rule, and does not decide what says nothing of the profile") {
  const Place place;
  const test::CommandResult done = place.Check("hard.log");
  CHECK(done.exit_code == 3);
  CHECK(done.out ==
        "5 denials decided again: 1 allowed, 4 denied, 0 unknown.\n"
        "1 more say nothing of this profile (System Policy, untrusted or ambiguous).\n"
        "  deny    file-read-data /Users/dev/.ssh/config (by parts/read it.sb:3)\n"
        "  deny    file-read-data /opt/it's here (by base.sb:2)\n"
        "  deny    file-read-metadata /opt/it's here (by base.sb:2)\n"
        "  deny    sysctl-read kern.osversion (by base.sb:2)\n");
}

TEST_CASE("an override is taken by file and line") {
  const Place place;
  const test::CommandResult done = place.Suggest({"--from", "hard.log", "--override", "read it.sb:3"});
  CHECK(done.exit_code == 3);  // System Policy remains
  place.Patch({"patch", "-p0", "--batch"}, done.out);
  CHECK(test::ReadFile(place.folder() / "parts/read it.sb") ==
        "; reading\n"
        "(allow file-read* (subpath (param \"CWD\")))\n"
        "(allow file-read-data file-read-metadata (literal \"/opt/it's here\"))\n"
        "(deny file-read-data (subpath \"/Users/dev/.ssh\"))\n"
        "(allow file-read-data (literal \"/Users/dev/.ssh/config\"))\n");
}

TEST_CASE("the JSON form holds the diff, the evidence and the certificate") {
  const test::CommandResult done = Place().Suggest({"--from", "hard.log", "--json"});
  CHECK(done.exit_code == 3);
  CHECK(done.err.empty());
  test::CheckGolden("suggest/cli.json", done.out);
  const Json json = Json::parse(done.out);
  CHECK(json["covered"] == 3);
  CHECK(json["already_allowed"] == 1);
  CHECK(json["remaining"] == 2);
  CHECK(json["certificate"]["holds"] == true);
}

TEST_CASE("the edited text of one fragment can be printed") {
  const Place place;
  const test::CommandResult unsaid = place.Suggest({"--from", "d.log", "--format", "profile"});
  CHECK(unsaid.exit_code == 2);
  CHECK(unsaid.err.ends_with("sbtune: the profile has several files; say with --fragment FILE which one to print\n"));
  const test::CommandResult done =
      place.Suggest({"--from", "d.log", "--format", "profile", "--fragment", "base.sb"});
  CHECK(done.exit_code == 0);
  CHECK(done.out ==
        "(version 1)\n(deny default)\n; what every process needs\n(allow process-fork)\n(allow sysctl-read\n"
        "  (sysctl-name \"hw.ncpu\")\n  (sysctl-name \"kern.osversion\")\n)\n");
}

TEST_CASE("a profile from standard input gets its text back, not a diff") {
  const Place place;
  const test::CommandResult diff = place.Run({"suggest", "--profile", "-", "--from", "d.log"}, kBase);
  CHECK(diff.exit_code == 2);
  CHECK(diff.err.ends_with(
      "sbtune: a diff needs the profile's file; for one from standard input use --format profile or json\n"));
  const test::CommandResult text =
      place.Run({"suggest", "--profile", "-", "--from", "d.log", "--format", "profile"}, kBase);
  CHECK(text.exit_code == 0);
  CHECK(text.out.find("(allow file-read-data file-read-metadata\n  (literal \"/opt/it's here\")\n)\n") != std::string::npos);
}

TEST_CASE("denials come from the store as from a log, run by run") {
  const Place place;
  CHECK(place.Run({"import", "d.log", "--db", "s.db", "--run", "one"}).exit_code == 0);
  CHECK(place.Run({"import", "hard.log", "--db", "s.db", "--run", "two"}).exit_code == 0);
  const test::CommandResult one = place.Suggest({"--db", "s.db", "--run", "one"});
  CHECK(one.exit_code == 0);
  CHECK(one.out == place.Suggest({"--from", "d.log"}).out);
  CHECK(place.Suggest({"--db", "s.db"}).exit_code == 3);
  const test::CommandResult none = place.Suggest({"--db", "s.db", "--run", "three"});
  CHECK(none.exit_code == 1);
  CHECK(none.err == "sbtune: no run is called \"three\"; sbtune import --run NAME makes one\n");
}

TEST_CASE("only denials of the processes, operations and targets asked for are looked at") {
  const Place place;
  const test::CommandResult done = place.Suggest({"--from", "d.log", "--operation", "sysctl*"});
  CHECK(done.exit_code == 0);
  CHECK(done.err.starts_with("1 denial: 1 covered by 1 addition, 0 already allowed, 0 left.\n"));
  CHECK(place.Suggest({"--from", "d.log", "--process", "other"}).err == "No denials to ask about.\n");
}

TEST_CASE("what cannot work ends in one sentence") {
  const Place place;
  struct Row {
    std::vector<std::string> arguments;
    int exit_code;
    std::string_view sentence;
  };
  for (const Row& row :
       {Row{{"suggest", "--profile", "base.sb", "--from", "none.log"}, 1, "none.log"},
        Row{{"suggest", "--profile", "none.sb", "--from", "d.log"}, 1, "none.sb"},
        Row{{"suggest", "--profile", "base.sb", "--from", "d.log", "--override", "base.sb"}, 2,
            "sbtune: --override: 'base.sb' is not FILE:LINE\n"},
        Row{{"suggest", "--profile", "base.sb", "--from", "d.log", "--override", "base.sb:40"}, 1,
            "sbtune: no deny rule of the profile stands at base.sb:40; name the file and line that the denial's reason "
            "shows\n"},
        Row{{"suggest", "--profile", "base.sb", "--from", "d.log", "--fact", "x"}, 2, "--fact"}}) {
    CAPTURE(row.arguments.back());
    const test::CommandResult done = place.Run(row.arguments);
    CHECK(done.exit_code == row.exit_code);
    CHECK(done.out.empty());
    CAPTURE(done.err);
    CHECK(done.err.find(row.sentence) != std::string::npos);
  }
}

TEST_CASE("files outside the folder are named from the root in a diff") {
  using cli::DiffPathOf;
  CHECK(DiffPathOf("p.sb", "/work/here").name == "p.sb");
  CHECK(DiffPathOf("./a/../p.sb", "/work/here").name == "p.sb");
  CHECK(DiffPathOf("/work/here/a/p.sb", "/work/here").name == "a/p.sb");
  CHECK(DiffPathOf("/work/hereafter/p.sb", "/work/here").name == "work/hereafter/p.sb");
  CHECK(DiffPathOf("../p.sb", "/work/here").name == "work/p.sb");
  CHECK(DiffPathOf("../p.sb", "/work/here").from_root);
  CHECK_FALSE(DiffPathOf("p.sb", "/work/here").from_root);
  CHECK(DiffPathOf("p.sb", "/").name == "p.sb");
}

TEST_CASE("bytes of a profile reach a terminal escaped, its lines and tabs as they are") {
  CHECK(cli::ShowText("a\tb\r\nc\x1b[2J\xff\n") == "a\tb\nc\\e[2J\\xff\n");
  CHECK(cli::ShowText("no newline") == "no newline");
}

TEST_CASE("every denial line that was ever collected is answered, and what is covered is allowed afterwards") {
  const auto path = test::SharedData("corpus/denials.tsv");
  if (!path) {
    MESSAGE("skipped: no corpus");
    return;
  }
  std::string log;
  const auto rows = test::ReadTsv(*path);
  for (std::size_t row = 1; row < rows.size(); ++row) {
    std::string line = rows[row][3];
    for (std::size_t at = line.find("\\n"); at != std::string::npos; at = line.find("\\n")) line.replace(at, 2, "\n");
    log += line + "\n";
  }
  const Place place;
  test::WriteFile(place.folder() / "all.log", log);
  test::WriteFile(place.folder() / "bare.sb", "(version 1)\n(deny default)\n");
  const std::vector<std::string> suggest = {"suggest", "--profile", "bare.sb", "--from", "all.log"};
  const test::CommandResult done = place.Run(suggest);
  CHECK(done.exit_code == 3);
  place.Patch({"patch", "-p0", "--batch"}, done.out);
  const test::CommandResult checked = place.Run({"check", "--profile", "bare.sb", "--against", "all.log", "--json"});
  std::map<std::string, int> covered;
  const Json json = Json::parse(checked.out);
  for (const Json& result : json["results"]) ++covered[result["decision"].get<std::string>()];
  CHECK(covered["allow"] > 180);
  const test::CommandResult again = place.Run(suggest);
  CHECK(again.exit_code == 3);
  CHECK(again.out.empty());
}
