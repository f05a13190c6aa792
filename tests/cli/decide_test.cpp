// The whole program: sbtune decide and sbtune explain.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "cli/decide_lines.h"
#include "tests/support/command.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;

namespace {

constexpr const char* kProfile =
    "(version 1)\n"
    "(deny default)\n"
    "(define (home rest) (subpath (string-append (param \"HOME\") rest)))\n"
    "(allow file-read* (home \"/src\") (literal \"/private/etc/hosts\"))\n"
    "(deny file-read* (regex #\"/\\.ssh(/|$)\"))\n"
    "(allow file-write-data (subpath \"/private/tmp\"))\n"
    "(deny file-write* (literal \"/private/tmp/f\"))\n"
    "(allow network-outbound (remote tcp \"*:443\"))\n"
    "(allow file-read* (require-all (subpath \"/opt\") (vnode-type REGULAR-FILE)))\n";

// The program in a folder of its own that holds the profile as p.sb.
class Program {
 public:
  Program() { Write("p.sb", kProfile); }
  void Write(const std::string& name, std::string_view text) { test::WriteFile(folder_ / name, text); }
  test::CommandResult Run(std::vector<std::string> arguments, std::string input = "") const {
    arguments.insert(arguments.begin(), SBTUNE_PROGRAM);
    return test::RunCommand(arguments, {folder_.path(), std::move(input)});
  }
  test::CommandResult Decide(std::string input, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"decide", "--profile", "p.sb", "-D", "HOME=/Users/me"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Run(arguments, std::move(input));
  }

 private:
  test::TempFolder folder_;
};

}  // namespace

TEST_CASE("decide answers each line with the decision, the rule's place and the line as it came") {
  const test::CommandResult done = Program().Decide(
      "file-read-data\t/Users/me/src/a\n"
      "file-read-data\t/Users/me/src/.ssh/id\n"
      "file-read-data\t/etc/hosts\n"
      "file-write-data\t/private/tmp/f\n"
      "file-write-unlink\t/private/tmp/f\n"
      "file-clone\t/x\n"
      "signal\tself\n"
      "process-fork\n"
      "process-fork\t\n"
      "forbidden-exec-sugid\n"
      "file-read-data\t/opt/x\n"
      "network-outbound\tudp:1.2.3.4:443\n"
      "file-read-data\t/Users/me/src/a b\\nc");
  CHECK(done.err == "");
  CHECK(done.exit_code == 0);
  CHECK(done.out ==
        "allow\tp.sb:4:1\tfile-read-data\t/Users/me/src/a\n"
        "deny\tp.sb:5:1\tfile-read-data\t/Users/me/src/.ssh/id\n"
        "allow\tp.sb:4:1\tfile-read-data\t/etc/hosts\n"
        "allow\tp.sb:6:1\tfile-write-data\t/private/tmp/f\n"
        "deny\tp.sb:7:1\tfile-write-unlink\t/private/tmp/f\n"
        "allow\tdefault\tfile-clone\t/x\n"
        "allow\tdefault\tsignal\tself\n"
        "deny\tp.sb:2:1\tprocess-fork\n"
        "deny\tp.sb:2:1\tprocess-fork\t\n"
        "deny\tdefault\tforbidden-exec-sugid\n"
        "unknown\tp.sb:9:1\tfile-read-data\t/opt/x\n"
        "deny\tp.sb:2:1\tnetwork-outbound\tudp:1.2.3.4:443\n"
        "allow\tp.sb:4:1\tfile-read-data\t/Users/me/src/a b\\nc\n");
}

TEST_CASE("decide reports bad lines by number, answers the others, and fails at the end") {
  const test::CommandResult done = Program().Decide(
      "\n"
      "fork\t/x\n"
      "file-read-data\t/etc/hosts\tmore\n"
      "file-read-data /etc/hosts\n"
      "file-read-data\t/etc/hosts\n");
  CHECK(done.exit_code == 1);
  CHECK(done.err ==
        "sbtune: line 1: the line names no operation\n"
        "sbtune: line 2: no operation is called 'fork' in any version of macOS known here\n"
        "sbtune: line 3: a second tab; write a tab inside a target as \\t\n"
        "sbtune: line 4: no tab between the operation and its target\n");
  CHECK(done.out ==
        "unknown\tdefault\tfork\t/x\n"
        "unknown\tdefault\tfile-read-data /etc/hosts\n"
        "allow\tp.sb:4:1\tfile-read-data\t/etc/hosts\n");
}

TEST_CASE("decide takes facts, and tells which is missing") {
  const Program program;
  const std::string input = "file-read-data\t/opt/x\n";
  CHECK(program.Decide(input, {"--fact", "vnode-type=REGULAR-FILE"}).out == "allow\tp.sb:9:1\tfile-read-data\t/opt/x\n");
  CHECK(program.Decide(input, {"--fact", "vnode-type!=REGULAR-FILE"}).out == "deny\tp.sb:2:1\tfile-read-data\t/opt/x\n");
  CHECK(program.Decide(input, {"--fact", "vnode-type=DIRECTORY"}).out == "deny\tp.sb:2:1\tfile-read-data\t/opt/x\n");
  const test::CommandResult json = program.Decide(input + "network-outbound\t*:443\n", {"--json"});
  CHECK(json.exit_code == 0);
  CHECK(json.out ==
        R"({"line":1,"operation":"file-read-data","target":"/opt/x","decision":"unknown","basis":"unknown-fact",)"
        R"("rule":"p.sb:9:1","decided_as":"file-read*","reason":"the filter (vnode-type …) needs a fact that the log )"
        "does not carry; give --fact vnode-type=…\"}\n"
        R"({"line":2,"operation":"network-outbound","target":"*:443","decision":"unknown","basis":"unknown-fact",)"
        R"("rule":"p.sb:8:1","decided_as":"network-outbound","reason":"it is allowed over tcp and denied over udp, )"
        "and the log does not tell which; give --fact protocol=tcp or udp\"}\n");
  const test::CommandResult bad = program.Decide(input, {"--fact", "vnode-typ=DIRECTORY"});
  CHECK(bad.exit_code == 2);
  CHECK(bad.err ==
        "sbtune: --fact: no fact is called 'vnode-typ'; facts are named like the filters that ask for them, perhaps "
        "'vnode-type'\n");
}

TEST_CASE("The last line may lack its newline, and a huge line is refused without harm") {
  const Program program;
  CHECK(program.Decide("").out == "");
  CHECK(program.Decide("process-fork").out == "deny\tp.sb:2:1\tprocess-fork\n");
  const test::CommandResult done =
      program.Decide("process-fork\nfile-read-data\t/" + std::string(12u << 20, 'x') + "\nprocess-fork\n");
  CHECK(done.exit_code == 1);
  CHECK(done.err == "sbtune: line 2: longer than 10 MiB; no target is that long\n");
  CHECK(done.out == "deny\tp.sb:2:1\tprocess-fork\ndeny\tp.sb:2:1\tprocess-fork\n");
}

TEST_CASE("Fields are spelled and read back") {
  for (const std::string bytes : {"", "/a", "/a\tb", "/a\nb", "\\", "\\t", "a\\\\n", "/\xff\x01"}) {
    CAPTURE(bytes);
    const auto question = cli::ReadQuestion("file-read-data\t" + cli::SpellField(bytes));
    REQUIRE(question.has_value());
    CHECK(question->operation == "file-read-data");
    CHECK(question->target == bytes);
  }
  CHECK(cli::ReadQuestion("x\t/a\\b\\")->target == "/a\\b\\");  // a lone backslash stands for itself
  CHECK(cli::ReadQuestion("x")->target == std::nullopt);
}

TEST_CASE("explain shows the rule with a caret, the way to it, and what people would take for the decider") {
  const test::CommandResult done =
      Program().Run({"explain", "-p", "p.sb", "-D", "HOME=/Users/me", "file-write-data", "/tmp/f"});
  CHECK(done.exit_code == 0);
  CHECK(done.err == "");
  CHECK(done.out ==
        "allow: file-write-data /tmp/f\n"
        "  compared as /private/tmp/f\n"
        "by the rule at p.sb:6:1\n"
        "  its filter at p.sb:6:24\n"
        "  (allow file-write-data (subpath \"/private/tmp\"))\n"
        "                         ^~~~~~~~~~~~~~~~~~~~~~~~\n"
        "asked in this order:\n"
        "  file-write-data: matched by p.sb:6:1\n"
        "says the opposite and matches too, but is asked later:\n"
        "  p.sb:7:1 (deny file-write*)\n"
        "denied if\n"
        "  the rule at p.sb:7:1 named file-write-data as well\n"
        "  the rule at p.sb:6:1 was not there\n");
}

TEST_CASE("explain shows the rule beside the function that made its filter, and what the filter came to") {
  Program program;
  program.Write("helper.sb",
                "(version 1)\n"
                "(define (below rest) (subpath (string-append (param \"TOP\") rest)))\n"
                "(allow process-exec*\n"
                "  (below \"/bin\") (with no-sandbox))\n");
  const auto done = program.Run({"explain", "-p", "helper.sb", "-D", "TOP=/srv", "process-exec*", "/srv/bin/x"});
  CHECK(done.out ==
        "allow: process-exec* /srv/bin/x\n"
        "by the rule at helper.sb:3:1\n"
        "  (allow process-exec*\n"
        "  ^~~~~~~~~~~~~~~~~~~~\n"
        "  its filter at helper.sb:2:22 is (subpath \"/srv/bin\")\n"
        "  (define (below rest) (subpath (string-append (param \"TOP\") rest)))\n"
        "                       ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"
        "  what it starts runs without this profile (no-sandbox)\n"
        "asked in this order:\n"
        "  process-exec*: matched by helper.sb:3:1\n"
        "denied if\n"
        "  the rule at helper.sb:3:1 was not there\n");
}

TEST_CASE("explain says how it compares letters beyond A-Z") {
  Program program;
  program.Write("accents.sb", "(version 1)\n(allow file-read* (subpath \"/srv/\xC3\xA9\"))\n");
  const std::string note =
      "  compared byte by byte beyond A-Z: a rule matches only if it spells its accents and capitals the same way\n";
  const auto explain = [&](const std::string& target) {
    return program.Run({"explain", "-p", "accents.sb", "file-read-data", target}).out;
  };
  CHECK(explain("/SRV/\xC3\xA9/x").starts_with("allow: file-read-data /SRV/\xC3\xA9/x\n" + note));
  CHECK(explain("/srv/\xC3\x89").starts_with("deny: file-read-data /srv/\xC3\x89\n" + note));
  CHECK(explain("/srv/e\xCC\x81").starts_with("deny: file-read-data /srv/e\xCC\x81\n" + note));
  CHECK(explain("/srv/x").find(note) == std::string::npos);
}

TEST_CASE("explain leads through functions, parents and missing facts") {
  const Program program;
  const auto explain = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"explain", "-p", "p.sb", "-D", "HOME=/Users/me"});
    return program.Run(words);
  };
  CHECK(explain({"file-read-data", "/opt/x"}).out ==
        "unknown: file-read-data /opt/x\n"
        "the filter (vnode-type …) needs a fact that the log does not carry; give --fact vnode-type=…\n"
        "needed by the rule at p.sb:9:1\n"
        "  its filter at p.sb:9:19\n"
        "  (allow file-read* (require-all (subpath \"/opt\") (vnode-type REGULAR-FILE)))\n"
        "                    ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~\n"
        "asked in this order:\n"
        "  file-read-data: nothing decides; asks file-read*\n"
        "  file-read*: p.sb:9:1 cannot be judged: the filter (vnode-type …) needs a fact that the log does not carry; "
        "give --fact vnode-type=…\n"
        "  file-read*: not matched by p.sb:5:1, p.sb:4:1; nothing decides; asks file*\n"
        "  file*: nothing decides; asks default\n"
        "  default: decided by its unfiltered rule at p.sb:2:1\n"
        "allowed if\n"
        "  --fact vnode-type=REGULAR-FILE\n"
        "denied if\n"
        "  --fact vnode-type!=REGULAR-FILE\n");
  CHECK(explain({"signal", "self"}).out ==
        "allow: signal self\n"
        "by the system's (allow signal (target self)), which comes before every profile\n"
        "asked in this order:\n"
        "  signal: matched by the system's (allow signal (target self))\n");
  CHECK(explain({"file-clone", "/x\x1b[2J"}).out ==
        "allow: file-clone /x\\e[2J\n"
        "no rule names file-clone, and the system allows it unless one does\n"
        "asked in this order:\n"
        "  file-clone: decided by the system's table\n");
  const test::CommandResult unknown = explain({"file-raed-data"});
  CHECK(unknown.exit_code == 2);
  CHECK(unknown.err == "sbtune: no operation is called 'file-raed-data'; did you mean 'file-read-data'?\n");
}

TEST_CASE("explain --json holds the same") {
  const test::CommandResult done =
      Program().Run({"explain", "-p", "p.sb", "-D", "HOME=/Users/me", "--json", "file-read-data", "/Users/me/src/x"});
  const nlohmann::json json = nlohmann::json::parse(done.out);
  CHECK(json["format"] == "sbtune-explain");
  CHECK(json["version"] == 1);
  CHECK(json["decision"] == "allow");
  CHECK(json["basis"] == "filtered-rule");
  CHECK(json["decided_as"] == "file-read*");
  CHECK(json["compared_as"] == nullptr);
  CHECK(json["rule"]["where"] == "p.sb:4:1");
  CHECK(json["rule"]["text"] == "(allow file-read* (home \"/src\") (literal \"/private/etc/hosts\"))");
  CHECK(json["steps"].size() == 4);
  CHECK(json["steps"][0]["kind"] == "to-parent");
  CHECK(json["steps"][0]["next"] == "file-read*");
  CHECK(json["steps"][3]["kind"] == "matched");
  CHECK(json["steps"][3]["rule"] == "p.sb:4:1");
  CHECK(json["hidden"].size() == 1);
  CHECK(json["hidden"][0]["rule"] == "p.sb:2:1");
  CHECK(json["alternatives"] ==
        nlohmann::json::parse(R"([{"kind": "removal", "decision": "deny", "if": "the rule at p.sb:4:1 was not there", "options": []}])"));
  CHECK(json["suggest"] == nullptr);
}

TEST_CASE("explain gives the command that suggests a rule where no change of what is there helps") {
  const Program program;
  const test::CommandResult done = program.Run({"explain", "-p", "p.sb", "-D", "HOME=/it's", "mach-lookup", "com.example.a b"});
  CHECK(done.exit_code == 0);
  const std::string command =
      R"(printf '%s\n' 'Sandbox: example(1) deny(1) mach-lookup com.example.a b' | sbtune suggest -p p.sb -D 'HOME=/it'\''s' --from -)";
  CHECK(done.out ==
        "deny: mach-lookup com.example.a b\n"
        "by the unfiltered rule at p.sb:2:1\n"
        "  (deny default)\n"
        "  ^~~~~~~~~~~~~~\n"
        "asked in this order:\n"
        "  mach-lookup: nothing decides; asks mach*\n"
        "  mach*: nothing decides; asks default\n"
        "  default: decided by its unfiltered rule at p.sb:2:1\n"
        "no other parameter, entitlement, fact, spelling or order of the rules was found that allows it\n"
        "for a rule that does:\n"
        "  " + command + "\n");
  const nlohmann::json json = nlohmann::json::parse(
      program.Run({"explain", "-p", "p.sb", "-D", "HOME=/it's", "--json", "mach-lookup", "com.example.a b"}).out);
  CHECK(json["suggest"] == command);
  // The command does what it says.
  const std::string line = "Sandbox: example(1) deny(1) mach-lookup com.example.a b\n";
  const test::CommandResult suggested = program.Run({"suggest", "-p", "p.sb", "-D", "HOME=/it's", "--from", "-"}, line);
  CHECK(suggested.exit_code == 0);
  CHECK(suggested.out.find("+(allow mach-lookup (global-name \"com.example.a b\"))") != std::string::npos);
}
