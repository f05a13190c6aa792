// The whole program: sbtune init, and what check says of its profiles.
#include <doctest/doctest.h>

#include "tests/support/command.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;

TEST_CASE("init lists the starters") {
  const test::CommandResult done = test::RunCommand({SBTUNE_PROGRAM, "init", "--list"});
  CHECK(done.exit_code == 0);
  CHECK(done.out ==
        "tool    a command-line tool: the system, CWD, TMPDIR; no network\n"
        "python  Python with pyenv, uv, virtual environments; no network\n"
        "node    Node.js with nvm, fnm, Volta; no network\n"
        "build   compilers, make, cmake and what they build; no network\n"
        "agent   a coding agent: all of the above, git, web and localhost\n");
  CHECK(done.err.empty());
}

TEST_CASE("what init prints passes check as it is") {
  const test::TempFolder folder;
  for (const char* name : {"tool", "python", "node", "build", "agent"}) {
    CAPTURE(name);
    const test::CommandResult made = test::RunCommand({SBTUNE_PROGRAM, "init", name});
    CHECK(made.exit_code == 0);
    CHECK(made.err.empty());
    test::WriteFile(folder / "my.sb", made.out);
    const test::CommandResult checked =
        test::RunCommand({SBTUNE_PROGRAM, "check", "--profile", "my.sb", "-D", "CWD=/private/tmp/w", "-D",
                          "HOME=/Users/dev", "-D", "TMPDIR=/private/tmp/t"},
                         {.folder = folder.path(), .input = ""});
    CHECK(checked.exit_code == 0);
    CHECK(checked.out == "");
    CHECK(checked.err == "sbtune: 0 errors, 0 warnings, 0 notes\n");
  }
}

TEST_CASE("init says which starters there are when one is unknown") {
  const test::CommandResult done = test::RunCommand({SBTUNE_PROGRAM, "init", "ruby"});
  CHECK(done.exit_code == 2);
  CHECK(done.out.empty());
  CHECK(done.err == "sbtune: no starter is called \"ruby\"; sbtune init --list names them\n");
}
