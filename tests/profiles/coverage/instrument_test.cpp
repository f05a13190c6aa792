#include "profiles/coverage/instrument.h"

#include <doctest/doctest.h>

#include "profiles/starter/starter.h"
#include "tests/support/memory_files.h"

using namespace sbtune;

namespace {

base::Result<coverage::Instrumented> Instrument(const std::string& text, std::map<std::string, std::string> more = {}) {
  more["p.sb"] = text;
  test::MemoryFiles files(std::move(more));
  sbpl::LoadOptions load;
  load.paths = {"p.sb"};
  load.parameters = {{"CWD", "/w"}, {"HOME", "/Users/me"}, {"TMPDIR", "/private/tmp/t"}};
  return coverage::Instrument(load, files);
}

}  // namespace

TEST_CASE("every allow rule of the user's files reports, however it is made, and nothing else changes") {
  const auto copy = Instrument(
      "(version 1)\n(deny default)\n(import \"more.sb\")\n(allow process-fork)\n"
      "(allow file-read* (subpath \"/a\") ; why\n  )\n"
      "(allow sysctl-read (with report))\n"
      "(define (reads p) (allow file-read* (subpath p)))\n(reads \"/x\") (reads \"/y\")\n"
      "(deny file-write* (subpath \"/b\"))\n(if #t (allow signal (target self)))\n",
      {{"more.sb", "(version 1)\n(allow mach-lookup)\n"}});
  REQUIRE(copy.has_value());
  CHECK(copy->texts[0] ==
        "(version 1)\n(deny default)\n(import \"more.sb\")\n(allow process-fork (with report))\n"
        "(allow file-read* (subpath \"/a\") ; why\n   (with report))\n"
        "(allow sysctl-read (with report))\n"
        "(define (reads p) (allow file-read* (subpath p) (with report)))\n(reads \"/x\") (reads \"/y\")\n"
        "(deny file-write* (subpath \"/b\"))\n(if #t (allow signal (target self) (with report)))\n");
  CHECK(copy->reporting == 6);
  CHECK(copy->silent == std::vector<std::string>{"more.sb:2:1"});
}

TEST_CASE("a copy of a copy is the same, and every starter can be copied") {
  for (const starter::Starter& one : starter::Starters()) {
    CAPTURE(one.name);
    const auto copy = Instrument(starter::Text(one));
    REQUIRE(copy.has_value());
    CHECK(copy->silent.empty());
    CHECK(copy->reporting > 10);
    CHECK(Instrument(copy->texts[0])->texts == copy->texts);
  }
}

TEST_CASE("a profile that cannot be loaded is not copied") {
  CHECK(Instrument("(version 1)\n(allow file-raed*)\n").error().message.starts_with("p.sb:2:8: "));
}
