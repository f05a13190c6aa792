// The whole program: sbtune diff.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/command.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;

namespace {

class Place {
 public:
  Place() {
    Write("a.sb", "(version 1)\n(deny default)\n(allow file-read* (subpath \"/usr/lib\"))\n(allow mach-lookup (global-name \"com.example.a\"))\n");
    Write("same.sb", ";; other words\n(version 1)\n(deny default)\n(allow mach-lookup (global-name-regex #\"^com[.]example[.]a$\"))\n"
                     "(allow file-read* (literal \"/usr/lib\") (prefix \"/usr/lib/\"))\n");
    Write("b.sb", "(version 1)\n(deny default)\n(allow file-read* (subpath \"/usr/lib\"))\n(allow file-write* (literal \"/private/tmp/x\"))\n"
                  "(allow signal (target others))\n(deny file-read-data (require-all (literal \"/usr/lib/a\") (extension \"com.example.e\")))\n");
  }
  void Write(const std::string& name, const std::string& text) { test::WriteFile(folder_ / name, text); }
  test::CommandResult Run(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {SBTUNE_PROGRAM, "diff"});
    return test::RunCommand(arguments, {folder_.path(), ""});
  }

 private:
  test::TempFolder folder_;
};

}  // namespace

TEST_CASE("diff says nothing and exits with 0 where two files mean the same") {
  const auto done = Place().Run({"a.sb", "same.sb"});
  CHECK(done.out == "");
  CHECK(done.err == "");
  CHECK(done.exit_code == 0);
}

TEST_CASE("diff tells each set with the access that shows it and the rules that decide") {
  const Place place;
  const auto done = place.Run({"a.sb", "b.sb"});
  CHECK(done.exit_code == 3);
  CHECK(done.err == "");
  CHECK(done.out == R"(--- a.sb
+++ b.sb
file-read-data
- "/usr/lib/a"
    when (extension "com.example.e")
    for example file-read-data /usr/lib/a --fact extension=com.example.e: allowed by a.sb:3:1; denied by b.sb:6:1
file-write*
+ "/private/tmp/x"
    denied by a.sb:2:1; allowed by b.sb:4:1
mach-lookup
- "com.example.a"
    allowed by a.sb:4:1; denied by b.sb:2:1
signal
+ everything
    when (target others)
    for example signal x --fact target=others: denied by a.sb:2:1; allowed by b.sb:5:1
)");
}

TEST_CASE("diff --json is one object of the documented shape") {
  const Place place;
  const auto done = place.Run({"a.sb", "b.sb", "--json"});
  CHECK(done.exit_code == 3);
  const auto json = nlohmann::json::parse(done.out);
  CHECK(json["format"] == "sbtune-diff");
  CHECK(json["complete"] == true);
  CHECK(json["untold"] == nlohmann::json::array());
  CHECK(json["differences"].size() == 4);
  for (const auto& difference : json["differences"]) {
    for (const auto& change : difference["changes"]) {
      CHECK(change["witness"]["first"]["decision"] != change["witness"]["second"]["decision"]);
    }
  }
}

TEST_CASE("what hangs on facts is counted beside what differs without them, and --all-facts tells it") {
  Place place;
  place.Write("c.sb", "(version 1)\n(deny default)\n(allow file-mknod (subpath \"/c\"))\n"
                      "(allow file-mknod (require-all (subpath \"/d\") (extension \"com.example.e\")))\n");
  place.Write("none.sb", "(version 1)\n(deny default)\n");
  const auto brief = place.Run({"none.sb", "c.sb"});
  CHECK(brief.exit_code == 3);
  CHECK(brief.out.find("/d") == std::string::npos);
  CHECK(brief.err == "sbtune: file-mknod: differs under 1 more combination of facts; --all-facts tells it.\n");
  const auto json = nlohmann::json::parse(place.Run({"none.sb", "c.sb", "--json"}).out);
  CHECK(json["complete"] == false);
  CHECK(json["untold"] == nlohmann::json::parse(R"([{"operations":["file-mknod"],"combinations":1}])"));
  const auto whole = place.Run({"none.sb", "c.sb", "--all-facts"});
  CHECK(whole.exit_code == 3);
  CHECK(whole.err == "");
  CHECK(whole.out.find("+ \"/d\" and below\n    when (extension \"com.example.e\")\n") != std::string::npos);
}

TEST_CASE("diff fails with one sentence where a side is missing") {
  const Place place;
  const auto done = place.Run({"a.sb", "nothing.sb"});
  CHECK(done.exit_code == 1);
  CHECK(done.out == "");
  CHECK(place.Run({"a.sb"}).exit_code == 2);
}

TEST_CASE("diff --operation refuses a name that nobody knows, and takes an alias for what it means") {
  Place place;
  place.Write("none.sb", "(version 1)\n(deny default)\n");
  place.Write("exec.sb", "(version 1)\n(allow process-exec*)\n");
  const auto wrong = place.Run({"a.sb", "none.sb", "--operation", "file-raed-data"});
  CHECK(wrong.exit_code == 2);
  CHECK(wrong.out == "");
  CHECK(wrong.err == "sbtune: no operation is called 'file-raed-data'; did you mean 'file-read-data'?\n");
  const auto alias = place.Run({"none.sb", "exec.sb", "--operation", "process-exec"});
  CHECK(alias.exit_code == 3);
  CHECK(alias.out == place.Run({"none.sb", "exec.sb", "--operation", "process-exec*"}).out);
}
