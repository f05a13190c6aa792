// The whole program: sbtune rules, and what every command says about a profile that it cannot load.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/command.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;

namespace {

class Program {
 public:
  void Write(const std::string& name, const std::string& text) { test::WriteFile(folder_ / name, text); }
  test::CommandResult Run(std::vector<std::string> arguments, std::string input = "") const {
    arguments.insert(arguments.begin(), {SBTUNE_PROGRAM, "rules"});
    return test::RunCommand(arguments, {folder_.path(), std::move(input)});
  }

 private:
  test::TempFolder folder_;
};

constexpr const char* kProfile =
    "(version 1)\n"
    "(import \"lib/base.sb\")\n"
    "(allow file-read* (home-subpath \"/Library\") (vnode-type DIRECTORY 2) (with report))\n"
    "(allow file-read* (require-all (literal \"/a\") (extension-path-ancestor)))\n";
constexpr const char* kBase = "(define (home-subpath p) (subpath (string-append (param \"HOME\") p)))\n(deny default)\n";

}  // namespace

TEST_CASE("rules prints one rule a line with its place") {
  Program program;
  program.Write("p.sb", kProfile);
  program.Write("lib/base.sb", kBase);
  const test::CommandResult done = program.Run({"--profile", "p.sb", "-D", "HOME=/Users/me"});
  CHECK(done.err == "");
  CHECK(done.exit_code == 0);
  CHECK(done.out ==
        "lib/base.sb:2:1: (deny default)\n"
        "p.sb:3:1: (allow file-read* (subpath \"/Users/me/Library\") (vnode-type DIRECTORY DIRECTORY) (with report))\n"
        "p.sb:4:1: (allow file-read* (require-all (path \"/a\") (extension-path-ancestor)))\n");
}

TEST_CASE("rules --json prints the published shape with the place of each rule") {
  Program program;
  program.Write("p.sb", kProfile);
  program.Write("lib/base.sb", kBase);
  const test::CommandResult done = program.Run({"--profile", "p.sb", "-D", "HOME=/Users/me", "--json"});
  CHECK(done.exit_code == 0);
  const auto expected = nlohmann::json::parse(R"([
    {"action":"deny","operations":["default"],"source":"lib/base.sb:2:1"},
    {"action":"allow","operations":["file-read*"],"filters":[
       {"name":"subpath","arguments":[{"type":"string","value":"/Users/me/Library"}]},
       {"name":"vnode-type","arguments":[{"type":"primitive","value":2,"alias":"DIRECTORY"},
                                         {"type":"primitive","value":2,"alias":"DIRECTORY"}]}],
     "modifiers":[{"name":"report"}],"source":"p.sb:3:1"},
    {"action":"allow","operations":["file-read*"],"filters":[
       {"name":"require-all","subfilters":[{"name":"path","arguments":[{"type":"string","value":"/a"}]},
                                           {"name":"extension-path-ancestor","arguments":[]}]}],
     "source":"p.sb:4:1"}])");
  CHECK(nlohmann::json::parse(done.out) == expected);
}

TEST_CASE("A profile may come from standard input, and no rules are an empty array") {
  const test::CommandResult done = Program().Run({"--profile", "-", "--json"}, "(version 1)");
  CHECK(done.exit_code == 0);
  CHECK(nlohmann::json::parse(done.out) == nlohmann::json::array());
}

TEST_CASE("A profile that cannot be loaded exits 1 with the mistake, its place and the next step") {
  Program program;
  program.Write("p.sb", "(version 1)\n(allow file-raed*)\n");
  const test::CommandResult done = program.Run({"--profile", "p.sb"});
  CHECK(done.exit_code == 1);
  CHECK(done.out == "");
  CHECK(done.err ==
        "p.sb:2:8: error: unknown operation 'file-raed*'\n  (allow file-raed*)\n         ^~~~~~~~~~\n"
        "  hint: did you mean 'file-read*'?\n"
        "sbtune: the profile cannot be loaded; with --lenient what can be loaded is used\n");
  const test::CommandResult lenient = program.Run({"--profile", "p.sb", "--lenient", "--json"});
  CHECK(lenient.exit_code == 0);
  CHECK(lenient.err.find("p.sb:2:8: warning: unknown operation 'file-raed*'") == 0);
  CHECK(nlohmann::json::parse(lenient.out) == nlohmann::json::array());
}

TEST_CASE("All parameters that were not given are named at once, and may stand for their own names") {
  Program program;
  program.Write("p.sb",
                "(version 1)\n(allow file-read* (subpath (param \"HOME\")))\n(allow file-read* (literal (param \"TMP\")))\n");
  const test::CommandResult done = program.Run({"--profile", "p.sb"});
  CHECK(done.exit_code == 1);
  CHECK(done.err ==
        "p.sb:2:28: error: subpath needs a string, not a boolean\n  (allow file-read* (subpath (param \"HOME\")))\n"
        "                             ^~~~~~~~~~~~~~\n"
        "  hint: a parameter that was not given is #f; give it with -D NAME=VALUE\n"
        "sbtune: the profile asks for what was not given: -D HOME=VALUE -D TMP=VALUE; with --placeholders each stands "
        "for its own name\n"
        "sbtune: the profile cannot be loaded; with --lenient what can be loaded is used\n");
  const test::CommandResult placed = program.Run({"--profile", "p.sb", "--placeholders", "-D", "TMP=/t"});
  CHECK(placed.exit_code == 0);
  CHECK(placed.out == "p.sb:2:1: (allow file-read* (subpath \"/HOME\"))\np.sb:3:1: (allow file-read* (path \"/t\"))\n");
}

TEST_CASE("Hostile bytes in a profile reach neither the terminal nor the JSON raw") {
  Program program;
  program.Write("p.sb", "(version 1)\n(allow file-read* (literal \"/\\x1b[31m\xff\"))\n"
                        "(allow syscall-unix (syscall-number \xff\x1b))\n(allow \x1b]0;x\x07)\n");
  for (const std::vector<std::string>& more : {std::vector<std::string>{}, {"--json"}}) {
    std::vector<std::string> arguments = {"--profile", "p.sb", "--lenient"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const test::CommandResult done = program.Run(arguments);
    CHECK(done.exit_code == 0);
    for (const std::string& text : {done.out, done.err}) {
      CHECK(text.find('\x1b') == std::string::npos);
      CHECK(text.find('\xff') == std::string::npos);
      CHECK(text.find('\x07') == std::string::npos);
    }
  }
}

TEST_CASE("Options that make no sense exit 2, files that cannot be used 1, with one sentence") {
  Program program;
  program.Write("p.sb", "(version 1)");
  CHECK(program.Run({}).exit_code == 2);
  const test::CommandResult bad = program.Run({"--profile", "p.sb", "-D", "HOME"});
  CHECK(bad.exit_code == 2);
  CHECK(bad.err == "sbtune: -D needs NAME=VALUE, not \"HOME\"\n");
  const test::CommandResult none = program.Run({"--profile", "none.sb"});
  CHECK(none.exit_code == 1);
  CHECK(none.err == "sbtune: cannot open none.sb: No such file or directory; check the path and its permissions\n");
  CHECK(program.Run({"p.sb"}).exit_code == 0);
  program.Write("empty.plist", "");
  const test::CommandResult empty = program.Run({"p.sb", "--entitlements", "empty.plist"});
  CHECK(empty.exit_code == 1);
  CHECK(empty.err.find("empty.plist") != std::string::npos);
  const test::CommandResult old = program.Run({"--profile", "p.sb", "--macos", "9"});
  CHECK(old.exit_code == 2);
  CHECK(old.err ==
        "sbtune: no table for macOS version '9'; known are 10.9, 10.10, 10.12, 10.13, 10.14, 10.15, 12.5, 13.0, 14.4, 15, "
        "26 (a version between two takes the older)\n");
}
