#include <doctest/doctest.h>

#include "tests/support/loading.h"

using namespace sbtune;

TEST_CASE("An import is evaluated in place, and its rules know both files") {
  const sbpl::LoadResult result =
      test::Load("(version 1)\n(allow file-read*)\n(import \"/p/b.sb\")\n(allow network* (f))\n", {},
                 {{"/p/b.sb", "(version 1)\n(define (f) (local ip))\n  (allow file-write*)\n"}});
  CHECK(test::RulesOf(result) == "(allow file-read*)\n(allow file-write*)\n(allow network* (local ip))\n");
  const sbpl::Rule& imported = result.profile.rules[1];
  CHECK(result.profile.sources.Where(imported.range) == "/p/b.sb:3:3");
  REQUIRE(imported.frames.size() == 1);
  CHECK(imported.frames[0].what == "imported from");
  CHECK(result.profile.sources.Where(imported.frames[0].range) == "a.sb:3:1");
  CHECK(result.profile.fragments.size() == 1);  // an import is none
}

TEST_CASE("A mistake in an import is told with the way to it") {
  CHECK(test::Said(test::Load("(version 1)\n(import \"/b.sb\")", {}, {{"/b.sb", "(allow oops)"}})) ==
        "/b.sb:1:8: error: unknown operation 'oops'\n  (allow oops)\n         ^~~~\n  imported from a.sb:2:1\n");
  CHECK(test::Said(test::Load("(version 1)\n(import \"/b.sb\")", {}, {{"/b.sb", "(allow"}})) ==
        "/b.sb:1:1: error: the text ends before this '(' is closed\n  (allow\n  ^\n"
        "a.sb:2:1: error: \"/b.sb\" cannot be read as a profile\n  (import \"/b.sb\")\n  ^~~~~~~~~~~~~~~~\n");
}

TEST_CASE("Imports are looked for in a documented order") {
  const std::string main = "(version 1)(import \"x.sb\")";
  const auto file = [](const std::string& operation) { return "(allow " + operation + ")"; };
  std::map<std::string, std::string> files = {
      {"/dir/x.sb", file("file-read*")},
      {"/param/x.sb", file("file-write*")},
      {"/own/x.sb", file("network*")},
      {"/System/Library/Sandbox/Profiles/x.sb", file("process*")},
      {"/usr/share/sandbox/x.sb", file("signal")},
      {"/own/main.sb", main},
  };
  sbpl::LoadOptions options;
  options.paths = {"/own/main.sb"};
  options.import_dirs = {"/dir"};
  options.parameters = {{"IMPORT_DIR", "/param"}};
  const char* const order[] = {"file-read*", "file-write*", "network*", "process*", "signal"};
  const char* const removed[] = {"/dir/x.sb", "/param/x.sb", "/own/x.sb", "/System/Library/Sandbox/Profiles/x.sb",
                                 "/usr/share/sandbox/x.sb"};
  for (std::size_t i = 0; i < std::size(order); ++i) {
    CHECK(test::RulesOf(test::Load("", options, files)) == std::string("(allow ") + order[i] + ")\n");
    files.erase(removed[i]);
  }
  CHECK(test::Said(test::Load("", options, files)) ==
        "/own/main.sb:1:12: error: cannot find \"x.sb\"\n  (version 1)(import \"x.sb\")\n"
        "             ^~~~~~~~~~~~~~~\n  hint: name its folder with --import-dir\n");
}

TEST_CASE("The system's own folders may be replaced by --import-dir") {
  sbpl::LoadOptions options;
  options.import_dirs = {"/copy"};
  CHECK(test::RulesOf(test::Load("(version 1)(import \"/System/Library/Sandbox/Profiles/bsd.sb\")", options,
                                 {{"/copy/bsd.sb", "(allow signal)"}})) == "(allow signal)\n");
  CHECK(!test::Load("(version 1)(import \"/etc/bsd.sb\")", options, {{"/copy/bsd.sb", "(allow signal)"}}).ok());
}

TEST_CASE("A file may be imported twice, but not by itself") {
  CHECK(test::RulesOf(test::Load("(version 1)(import \"/b.sb\")(import \"/b.sb\")", {},
                                 {{"/b.sb", "(allow signal)"}})) == "(allow signal)\n(allow signal)\n");
  CHECK(test::Said(test::Load("(version 1)(import \"/b.sb\")", {},
                              {{"/b.sb", "(import \"/c.sb\")"}, {"/c.sb", "\n(import \"/b.sb\")"}})) ==
        "/c.sb:2:1: error: \"/b.sb\" imports itself\n  (import \"/b.sb\")\n  ^~~~~~~~~~~~~~~~\n"
        "  imported from /b.sb:1:1\n  imported from a.sb:1:12\n");
}

TEST_CASE("Fragments are one profile, evaluated in order") {
  sbpl::LoadOptions options;
  options.paths = {"a.sb", "b.sb"};
  const sbpl::LoadResult result =
      test::Load("(version 1)(define (home p) (subpath p))", options, {{"b.sb", "(allow file-read* (home \"/a\"))"}});
  CHECK(test::RulesOf(result) == "(allow file-read* (subpath \"/a\"))\n");
  CHECK(result.profile.fragments.size() == 2);
  options.paths = {"a.sb", "none.sb"};
  CHECK(test::Said(test::Load("(version 1)", options)) == "error: cannot open none.sb: no such file\n");
}
