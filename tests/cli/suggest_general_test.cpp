// sbtune suggest --generalize as a user runs it: two recorded runs, a patch, and the third run passes.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/support/command.h"
#include "tests/support/shared_data.h"  // ReadFile
#include "tests/support/temp_folder.h"

using namespace sbtune;
using Json = nlohmann::json;

namespace {

constexpr const char* kProfile = "(version 1)\n(deny default)\n";

constexpr const char* kPatch =
    "--- p.sb\n"
    "+++ p.sb\n"
    "@@ -1,2 +1,28 @@\n"
    " (version 1)\n"
    " (deny default)\n"
    R"x(+(allow file-read-data
+  (literal "/usr/include/tool/1.h")
+  (literal "/usr/include/tool/2.h")
+  (literal "/usr/include/tool/3.h")
+  (literal "/usr/include/tool/4.h")
+  (literal "/usr/include/tool/5.h")
+  (literal "/usr/include/tool/6.h")
+  (literal "/usr/include/tool/7.h")
+  (literal "/usr/include/tool/8.h")
+  (literal (string-append (param "CWD") "/a.c"))
+  (literal (string-append (param "CWD") "/b.c"))
+  (literal (string-append (param "CWD") "/lib/c.c"))
+  (literal (string-append (param "CWD") "/lib/d.h"))
+  (literal (string-append (param "CWD") "/lib/e.h"))
+  (literal (string-append (param "CWD") "/lib/f.h")))
+(allow file-write-create
+  (regex #"^/private/tmp/tool-[A-Za-z0-9][A-Za-z0-9][A-Za-z0-9][A-Za-z0-9][A-Za-z0-9][A-Za-z0-9]\.o$")
+  (require-all
+    (subpath (string-append (param "CWD") "/out"))
+    (require-not
+      (require-any
+        (require-all (regex #"/[^/]*\.git/(.+/)?hooks/") (require-not (regex #"\.sample$")))
+        (regex #"/\.husky/")
+        (require-all (regex #"/\.env\.[^/]*$") (require-not (regex #"\.example$")))
+        (regex #"/([^/]*\.(keychain|keychain-db|p12|pfx|kdbx|mobileprovision)|\.(envrc|env|netrc|npmrc|pypirc|git-credentials)|id_(rsa|dsa|ecdsa|ed25519))$")))))
+(allow mach-lookup (global-name "com.example.toold"))
)x";

// What a compiler-like tool is denied when it works in `folder` with this run's scratch name.
std::string LogOf(const std::string& folder, const std::string& scratch, const std::string& more = "") {
  std::string log;
  const auto deny = [&log](const std::string& access) { log += "Sandbox: tool(7) deny(1) " + access + "\n"; };
  for (const std::string name : {"a.c", "b.c", "lib/c.c", "lib/d.h", "lib/e.h", "lib/f.h"}) {
    deny("file-read-data " + folder + "/" + name);
  }
  for (const std::string& name : std::vector<std::string>{"a.o", "b.o", "lib/c.o", scratch + ".tmp"}) {
    deny("file-write-create " + folder + "/out/" + name);
  }
  for (const std::string name : {"1.h", "2.h", "3.h", "4.h", "5.h", "6.h", "7.h", "8.h"}) {
    deny("file-read-data /usr/include/tool/" + name);
  }
  deny("file-write-create /private/tmp/tool-" + scratch + ".o");
  deny("file-write-create /private/tmp/tool-" + std::string(scratch.rbegin(), scratch.rend()) + ".o");
  deny("mach-lookup com.example.toold");
  return log + more;
}

class Place {
 public:
  Place() {
    test::WriteFile(folder_ / "p.sb", kProfile);
    test::WriteFile(folder_ / "1.log", LogOf("/Users/dev/one", "k3Xq9Z"));
    test::WriteFile(folder_ / "2.log", LogOf("/Users/dev/two", "Pw71aB"));
    test::WriteFile(folder_ / "3.log", LogOf("/Users/dev/three", "zzT05c"));
    std::string tree;
    for (int i = 0; i < 20; ++i) tree += fmt::format("/usr/include/tool/{}.h\n/Users/dev/one/{}\n", i, i);
    test::WriteFile(folder_ / "tree", tree + "/Users/dev/.ssh/id_rsa\n");
  }
  test::CommandResult Run(std::vector<std::string> arguments, std::string input = "") const {
    arguments.insert(arguments.begin(), SBTUNE_PROGRAM);
    return test::RunCommand(arguments, {folder_.path(), std::move(input)});
  }
  test::CommandResult Import(int run, const std::string& cwd) const {
    const std::string name = std::to_string(run);
    return Run({"import", "--db", "d.db", "--run", name, "-D", "CWD=" + cwd, "-D", "HOME=/Users/dev", name + ".log"});
  }
  void ImportTwo() const {
    CHECK(Import(1, "/Users/dev/one").exit_code == 0);
    CHECK(Import(2, "/Users/dev/two").exit_code == 0);
  }
  test::CommandResult Suggest(std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"suggest", "--generalize", "--profile", "p.sb", "-D", "CWD=/Users/dev/three",
                                          "-D", "HOME=/Users/dev", "--db", "d.db"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments);
  }
  [[nodiscard]] const test::TempFolder& folder() const { return folder_; }

 private:
  test::TempFolder folder_;
};

}  // namespace

TEST_CASE("two runs make rules with parameters and shapes that let the third through") {
  const Place place;
  place.ImportTwo();
  const test::CommandResult made = place.Suggest({"--tree", "tree"});
  CHECK(made.exit_code == 0);
  CHECK(made.out == kPatch);
  const test::CommandResult patched = test::RunCommand({"patch", "-p0"}, {place.folder().path(), made.out});
  CHECK(patched.exit_code == 0);
  const test::CommandResult checked = place.Run(
      {"check", "--profile", "p.sb", "-D", "CWD=/Users/dev/three", "-D", "HOME=/Users/dev", "--against", "3.log"});
  CHECK(checked.out == "21 denials decided again: 21 allowed, 0 denied, 0 unknown.\n");
  CHECK(checked.exit_code == 0);
}

TEST_CASE("the certificate says for each addition how wide it is, how risky, and what of the tree it opens") {
  const Place place;
  place.ImportTwo();
  const Json answer = Json::parse(place.Suggest({"--tree", "tree", "--json"}).out);
  Json brief = Json::array();
  for (const Json& made : answer["suggestions"]) {
    brief.push_back({made["step"], made["risk"], made["risk_reason"], made["opened"], made["evidence"].size()});
  }
  const Json header = {"exact", "none", "public /usr/include/**", {{"file-read-data", 0}}, 1};
  const Json own_file = {"exact", "none", "own", {{"file-read-data", 0}}, 2};
  Json expected = Json::array();
  for (int i = 0; i < 8; ++i) expected.push_back(header);
  for (int i = 0; i < 6; ++i) expected.push_back(own_file);
  expected.push_back({"shape", "low", "temporary /private/tmp/**", {{"file-write-create", 0}}, 4});
  expected.push_back({"folder", "low", "own", {{"file-write-create", 0}}, 8});
  expected.push_back({"exact", "low", "operation mach-lookup", Json::object(), 1});
  CHECK(brief == expected);
  CHECK(answer["certificate"]["holds"] == true);
}

TEST_CASE("the order of runs and reading them twice change no byte") {
  const Place place;
  place.ImportTwo();
  const test::CommandResult forward = place.Suggest();
  place.ImportTwo();
  CHECK(place.Suggest().out == forward.out);
  const Place other;
  CHECK(other.Import(2, "/Users/dev/two").exit_code == 0);
  CHECK(other.Import(1, "/Users/dev/one").exit_code == 0);
  CHECK(other.Suggest().out == forward.out);
}

TEST_CASE("secrets and what starts by itself stay asked about, however often they were denied") {
  const Place place;
  std::string more;
  for (int i = 0; i < 50; ++i) more += "Sandbox: tool(7) deny(1) file-read-data /Users/dev/.ssh/id_rsa\n";
  more += "Sandbox: tool(7) deny(1) file-write-create /Users/dev/Library/LaunchAgents/x.plist\n";
  test::WriteFile(place.folder() / "1.log", LogOf("/Users/dev/one", "k3Xq9Z", more));
  place.ImportTwo();
  const test::CommandResult made = place.Suggest();
  CHECK(made.exit_code == 3);
  CHECK(made.out.find("ssh") == std::string::npos);
  CHECK(made.out.find("LaunchAgents") == std::string::npos);
  const Json answer = Json::parse(place.Suggest({"--json"}).out);
  Json reasons = Json::array();
  for (const Json& left : answer["left"]) reasons.push_back(left["reason"]);
  CHECK(reasons == Json{"ask-first", "never-suggested"});
}

TEST_CASE("two ports that the system picked are every port of this machine, where each run is seen to ask for one") {
  const std::string bind = "Sandbox: tool(7) deny(1) network-bind 127.0.0.1:0\n";
  const auto wide = [](const std::string& first, const std::string& second) {
    const Place place;
    // Lines without a time are told apart by what stands before them.
    test::WriteFile(place.folder() / "1.log", "Sandbox: tool(7) deny(1) network-outbound 127.0.0.1:43159\n" + first);
    test::WriteFile(place.folder() / "2.log", "Sandbox: tool(7) deny(1) network-outbound 127.0.0.1:38063\n" + second);
    place.ImportTwo();
    const std::string out = place.Suggest().out;
    CHECK(out.find("(allow network-outbound") != std::string::npos);
    return out.find("localhost:*") != std::string::npos;
  };
  CHECK(wide(bind, bind));
  CHECK_FALSE(wide(bind, ""));
  CHECK_FALSE(wide("", ""));
}

TEST_CASE("wrong options of --generalize say what is wrong") {
  const Place place;
  place.ImportTwo();
  struct Row {
    std::vector<std::string> more;
    int exit_code;
    std::string err;
  };
  const std::string no_file = "cannot open missing: No such file or directory; check the path and its permissions\n";
  const std::string more = "; `sbtune --help` and `sbtune COMMAND --help` tell more\n";
  for (const Row& row : {Row{{"--tree", "missing"}, 1, "sbtune: --tree: " + no_file},
                         Row{{"--places", "missing"}, 1, "sbtune: --places: " + no_file},
                         Row{{"--run-param", "CWD=/x"}, 2, "sbtune: --run-param: needs RUN:NAME=VALUE, not \"CWD=/x\"" + more},
                         Row{{"--run-param", "9:CWD=/x"}, 1, "sbtune: --run-param: no denial comes from a run 9; with --from, a run is the log's name\n"},
                         Row{{"--budget", "-1"}, 2, "sbtune: --budget: needs a number of paths, not \"-1\"" + more}}) {
    CAPTURE(row.more.front());
    const test::CommandResult made = place.Suggest(row.more);
    CHECK(made.err == row.err);
    CHECK(made.out == "");
    CHECK(made.exit_code == row.exit_code);
  }
}

namespace {

// What a program is denied in a home of its own, with this run's names.
std::string HomeLog(const std::string& home, int run) {
  std::string log;
  const auto deny = [&log](const std::string& access) { log += "Sandbox: tool(7) deny(1) " + access + "\n"; };
  deny("file-read-data " + home + "/.toolconf");
  deny("file-read-data /opt/tool/lib/core.so");
  for (int i = 0; i < 12; ++i) deny(fmt::format("file-read-data {}/.pyenv/lib/m{}.py", home, run * 100 + i));
  for (int i = 0; i < 4; ++i) deny(fmt::format("file-read-metadata {}/.cache/tool/{}-{}", home, run * 1000 + i, run));
  return log;
}

constexpr const char* kFunctions =
    "(define (home-literal p) (literal (string-append (param \"HOME\") p)))\n"
    "(define (home-regex r) (regex (string-append \"^\" (regex-quote (param \"HOME\")) r)))\n"
    "(define (tool-lib p) (literal (string-append \"/opt/tool/lib/\" p)))\n";
constexpr const char* kReading =
    "; reading\n"
    "(allow file-read-data\n"
    "\t(home-literal \"/.toolrc\")   ; settings\n"
    "\t(tool-lib \"a.so\"))\n";

test::CommandResult SuggestAtHome(const test::TempFolder& folder, const std::string& profile) {
  test::WriteFile(folder / "p.sb", profile);
  test::WriteFile(folder / "1.log", HomeLog("/Users/a.b", 1));
  test::WriteFile(folder / "2.log", HomeLog("/Users/bea", 2));
  test::WriteFile(folder / "3.log", HomeLog("/Users/me", 3));
  return test::RunCommand({SBTUNE_PROGRAM, "suggest", "--generalize", "--profile", "p.sb", "-D", "HOME=/Users/me", "--from",
                           "1.log", "--from", "2.log", "--run-param", "1.log:HOME=/Users/a.b", "--run-param",
                           "2.log:HOME=/Users/bea"},
                          {folder.path(), ""});
}

}  // namespace

TEST_CASE("functions of the profile that make filters are used, in the file's own layout, and hold for another home") {
  const test::TempFolder folder;
  const std::string head = std::string("(version 1)\n(deny default)\n") + kFunctions;
  const test::CommandResult made = SuggestAtHome(folder, head + kReading);
  CHECK(made.exit_code == 0);
  CHECK(test::RunCommand({"patch", "-p0"}, {folder.path(), made.out}).exit_code == 0);
  CHECK(test::ReadFile(folder / "p.sb") == head +
                                               "; reading\n"
                                               "(allow file-read-data\n"
                                               "\t(home-literal \"/.toolrc\")   ; settings\n"
                                               "\t(home-literal \"/.toolconf\")\n"
                                               "\t(tool-lib \"a.so\")\n"
                                               "\t(home-regex #\"/\\.pyenv/lib/m[0-9]+\\.py$\")\n"
                                               "\t(tool-lib \"core.so\"))\n"
                                               "(allow file-read-metadata (home-regex #\"/\\.cache/tool/[0-9]+-[0-9]+$\"))\n");
  const test::CommandResult checked =
      test::RunCommand({SBTUNE_PROGRAM, "check", "--profile", "p.sb", "-D", "HOME=/Users/me", "--against", "3.log"},
                       {folder.path(), ""});
  CHECK(checked.out == "18 denials decided again: 18 allowed, 0 denied, 0 unknown.\n");
}

TEST_CASE("a function that is not yet defined, or is another one, where the rule stands is not used") {
  const std::string head = "(version 1)\n(deny default)\n";
  const std::string early = "(allow file-read-data (literal \"/old\"))\n";
  for (const std::string& profile :
       {head + early + kFunctions, head + "(define (home-literal p) (subpath p))\n" + early + kFunctions}) {
    const test::TempFolder folder;
    const test::CommandResult made = SuggestAtHome(folder, profile);
    CHECK(made.exit_code == 0);
    CHECK(made.out.find("+  (literal (string-append (param \"HOME\") \"/.toolconf\"))") != std::string::npos);
    CHECK(made.out.find("+  (home-") == std::string::npos);
  }
}
