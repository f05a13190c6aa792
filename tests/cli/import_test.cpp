// sbtune import, denials and stats as a user runs them.
#include <map>

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "tests/cli/store_commands.h"

using namespace sbtune;
using namespace sbtune::test;
using Json = nlohmann::json;

namespace {

constexpr const char* kLog =
    "2026-03-03 10:00:00.000 E  kernel[0:1] (Sandbox) Sandbox: cat(41) deny(1) file-read-data /etc/hosts\n"
    "2026-03-03 10:00:01.000 E  kernel[0:1] (Sandbox) Sandbox: cat(41) deny(1) file-read-data /etc/hosts\n"
    "2026-03-03 11:30:00.000 E  kernel[0:1] (Sandbox) 3 duplicate reports for Sandbox: cat(41) deny(1) file-read-data /etc/hosts\n"
    "2026-03-03 12:00:00.000 E  kernel[0:1] (Sandbox) Sandbox: my tool(42) deny(1) mach-lookup com.example.x\n"
    "2026-03-03 12:00:00.500 E  kernel[0:1] (Sandbox) System Policy: ls(43) deny(1) file-read-data /private/x\n"
    "2026-03-03 12:00:01.000 E  kernel[0:1] (Sandbox) Sandbox: cat(41) allow file-read-data /etc/passwd\n"
    "2026-03-03 12:00:02.000 E  kernel[0:1] (Sandbox) Sandbox: cat(41) deny(1) process-fork\n";

mode_t ModeOf(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("an import prints what it read, and again that it knew it") {
  const StorePlace place;
  WriteFile(place / "a.log", kLog);
  CHECK(place.Import({"a.log"}).out ==
        "a.log -> run a.log\n"
        "  records                      7\n"
        "  denials                      5\n"
        "  allows                       1\n"
        "  duplicates                   3  further occurrences that the log only counted\n"
        "  reports                      0\n"
        "  reports merged               0  the same denial told a second time\n"
        "  untrusted                    0\n"
        "  ambiguous                    0\n"
        "  skipped                      0\n"
        "  already known                0\n");
  const std::string before = place.Everything();
  const Json again = Json::parse(place.Import({"a.log", "-", "--json", "--run", "b"}, kLog).out);
  const Json counts = {{"records", 7}, {"denials", 5}, {"allows", 1}, {"duplicates", 3}, {"duplicate_records", 1},
                       {"reports", 0}, {"reports_merged", 0}, {"untrusted", 0}, {"ambiguous", 0}, {"already_known", 7},
                       {"skipped", 0}, {"lines", 7}, {"bytes", std::string(kLog).size()}};
  Json first = {{"file", "a.log"}, {"run", "b"}};
  first.update(counts);
  Json second = {{"file", "-"}, {"run", "b"}};
  second.update(counts);
  Json total = counts;
  for (auto& [key, value] : total.items()) value = value.get<int>() * 2;
  CHECK(again == Json{{"schema", "sbtune.import/1"}, {"database", "a.db"}, {"files", {first, second}}, {"total", total}});
  CHECK(place.Everything() == before);
}

TEST_CASE("denials are listed most frequent first, as a table, JSON and CSV") {
  const StorePlace place;
  place.Import({"-", "--run", "r", "--host", "mac"}, kLog);
  CHECK(place.Run({"denials", "--db", "a.db"}).out ==
        "COUNT  DUPLICATES  FIRST SEEN (UTC)     LAST SEEN (UTC)      PROCESS  OPERATION       TARGET         FROM  FLAGS\n"
        "    2           3  2026-03-03 10:00:00  2026-03-03 11:30:00  cat      file-read-data  /etc/hosts     text  \n"
        "    1           0  2026-03-03 12:00:02  2026-03-03 12:00:02  cat      process-fork    -              text  \n"
        "    1           0  2026-03-03 12:00:00  2026-03-03 12:00:00  ls       file-read-data  /private/x     text  policy\n"
        "    1           0  2026-03-03 12:00:00  2026-03-03 12:00:00  my tool  mach-lookup     com.example.x  text  \n");
  CHECK(place.Run({"denials", "--db", "a.db", "--csv", "--top", "2"}).out ==
        "count,duplicates,first_seen,last_seen,process,operation,target,provenance,flags\n"
        "2,3,2026-03-03T10:00:00Z,2026-03-03T11:30:00Z,cat,file-read-data,/etc/hosts,text,\n"
        "1,0,2026-03-03T12:00:02Z,2026-03-03T12:00:02Z,cat,process-fork,,text,\n");
  const Json groups = Json::parse(place.Run({"denials", "--db", "a.db", "--json", "--operation", "process-*"}).out);
  CHECK(groups == Json::parse(R"({"schema": "sbtune.denials/1", "groups": [{
      "process": "cat", "operation": "process-fork", "target": null, "action": "deny", "provenance": "text",
      "platform_policy": false, "ambiguous": false, "tag": null, "runs": ["r"], "hosts": ["mac"], "count": 1,
      "duplicates": 0, "first_seen": "2026-03-03T12:00:02Z", "last_seen": "2026-03-03T12:00:02Z"}]})"));
}

TEST_CASE("names that a log chose are no formula, no second row and no broken text in CSV") {
  const StorePlace place;
  place.Import({"-", "--run", "r"},
               "Sandbox: =SUM(A1)(7) deny(1) file-read-data +1\n"
               "Sandbox: @x(7) deny(1) mach-lookup -2\n"
               "Sandbox: nano(7) deny(1) file-read-data /a\xFF,b=\"c\"\n"
               "Sandbox: \xEF\xBC\x9Dx(7) deny(1) signal\n"
               "{\"eventMessage\":\"Sandbox: a\\nb(7) deny(1) file-read-data /x\\u001b[31m\\ry\"}\n");
  CHECK(place.Run({"denials", "--db", "a.db", "--csv"}).out ==
        "count,duplicates,first_seen,last_seen,process,operation,target,provenance,flags\n"
        "1,0,,,'=SUM(A1),file-read-data,'+1,text,\n"
        "1,0,,,'@x,mach-lookup,'-2,text,\n"
        "1,0,,,a\\nb,file-read-data,/x\\e[31m\\ry,untrusted,\"untrusted,ambiguous\"\n"
        "1,0,,,nano,file-read-data,\"/a\\xff,b=\"\"c\"\"\",text,\n"
        "1,0,,,'\xEF\xBC\x9Dx,signal,,text,\n");
  CHECK(place.Run({"stats", "--db", "a.db", "--by", "process", "--csv", "--process", "[=a]*"}).out ==
        "process,count,duplicates,untrusted,ambiguous,text\n'=SUM(A1),1,0,0,0,1\na\\nb,1,0,1,1,0\n");
}

TEST_CASE("stats count by each dimension, under each filter") {
  const StorePlace place;
  place.Import({"-", "--run", "r"}, kLog);
  struct Row {
    std::vector<std::string> arguments;
    std::string csv;
  };
  const std::string head = ",count,duplicates,untrusted,ambiguous,text\n";
  for (const Row& row : {
           Row{{"--by", "operation"}, "operation" + head + "file-read-data,3,3,0,0,3\nmach-lookup,1,0,0,0,1\nprocess-fork,1,0,0,0,1\n"},
           Row{{"--by", "process"}, "process" + head + "cat,3,3,0,0,3\nls,1,0,0,0,1\nmy tool,1,0,0,0,1\n"},
           Row{{"--by", "target"}, "target" + head + "/etc/hosts,2,3,0,0,2\n,1,0,0,0,1\n/private/x,1,0,0,0,1\ncom.example.x,1,0,0,0,1\n"},
           Row{{"--by", "hour"}, "hour" + head + "2026-03-03T10:00:00Z,2,0,0,0,2\n2026-03-03T11:00:00Z,0,3,0,0,0\n2026-03-03T12:00:00Z,3,0,0,0,3\n"},
           Row{{"--by", "hour", "--top", "1"}, "hour" + head + "2026-03-03T12:00:00Z,3,0,0,0,3\n"},
           Row{{"--by", "operation", "--top", "1"}, "operation" + head + "file-read-data,3,3,0,0,3\n"},
           Row{{"--by", "operation", "--process", "[!c]*"}, "operation" + head + "file-read-data,1,0,0,0,1\nmach-lookup,1,0,0,0,1\n"},
           Row{{"--by", "process", "--operation", "file-*"}, "process" + head + "cat,2,3,0,0,2\nls,1,0,0,0,1\n"},
           Row{{"--by", "operation", "--target", "/etc/*"}, "operation" + head + "file-read-data,2,3,0,0,2\n"},
           Row{{"--by", "process", "--since", "2026-03-03T12:00Z"}, "process" + head + "cat,1,0,0,0,1\nls,1,0,0,0,1\nmy tool,1,0,0,0,1\n"},
           Row{{"--by", "process", "--until", "2026-03-03T13:00+02:00"}, "process" + head + "cat,2,0,0,0,2\n"},
           Row{{"--by", "process", "--since", "2h"}, "process" + head},
           Row{{"--by", "process", "--run", "r", "--action", "allow"}, "process" + head + "cat,1,0,0,0,1\n"},
           Row{{"--by", "process", "--action", "all", "--top", "1"}, "process" + head + "cat,4,3,0,0,4\n"},
       }) {
    std::vector<std::string> arguments = {"stats", "--db", "a.db", "--csv"};
    arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
    CAPTURE(arguments);
    const CommandResult result = place.Run(arguments);
    CHECK(result.err == "");
    CHECK(result.out == row.csv);
    CHECK(result.exit_code == 0);
  }
  CHECK(place.Run({"stats", "--db", "a.db", "--by", "hour"}).out ==
        "COUNT  DUPLICATES  UNTRUSTED  AMBIGUOUS  TEXT  HOUR (UTC)\n"
        "    2           0          0          0     2  2026-03-03 10:00\n"
        "    0           3          0          0     0  2026-03-03 11:00\n"
        "    3           0          0          0     3  2026-03-03 12:00\n");
  CHECK(Json::parse(place.Run({"stats", "--db", "a.db", "--by", "target", "--json", "--process", "ls"}).out) ==
        Json::parse(R"({"schema": "sbtune.stats/1", "by": "target", "rows": [
            {"value": "/private/x", "count": 1, "duplicates": 0, "untrusted": 0, "ambiguous": 0, "text": 1}]})"));
}

TEST_CASE("a text log's records are class text, used because the user handed them over, and marked in every view") {
  const StorePlace place;
  test::WriteFile(place / "p.sb", "(version 1)\n(deny default)\n");
  test::WriteFile(place / "plain.log", "Sandbox: cat(7) deny(1) file-read-data /from/text\n");
  // What only looks like the kernel's: a structured record could have carried the proof, and does not.
  test::WriteFile(place / "forged.ndjson",
                  R"({"timestamp":"2026-03-03 10:00:00.000000+0000","machTimestamp":7,"bootUUID":"B","threadID":1,)"
                  R"("traceID":1,"processID":7,"processImagePath":"/tmp/kernel","senderImagePath":"/tmp/Sandbox",)"
                  R"("eventMessage":"Sandbox: cat(7) deny(1) file-read-data /from/forger"})" "\n");
  REQUIRE(place.Run({"import", "--db", "a.db", "plain.log", "forged.ndjson"}).exit_code == 0);
  const Json denials = Json::parse(place.Run({"denials", "--db", "a.db", "--json"}).out);
  std::map<std::string, std::string> origins;
  for (const Json& group : denials["groups"]) origins[group["target"]] = group["provenance"];
  CHECK((origins == std::map<std::string, std::string>{{"/from/text", "text"}, {"/from/forger", "untrusted"}}));
  CHECK(place.Run({"stats", "--db", "a.db", "--by", "target", "--csv"}).out ==
        "target,count,duplicates,untrusted,ambiguous,text\n/from/forger,1,0,1,0,0\n/from/text,1,0,0,0,1\n");
  // From the store and from the files alike.
  for (const std::vector<std::string>& from : {std::vector<std::string>{"--db", "a.db"},
                                               {"--from", "plain.log", "--from", "forged.ndjson"}}) {
    CAPTURE(from[0]);
    std::vector<std::string> words = {"suggest", "--profile", "p.sb"};
    words.insert(words.end(), from.begin(), from.end());
    const CommandResult suggested = place.Run(words);
    CHECK(suggested.out.find("(literal \"/from/text\")") != std::string::npos);
    CHECK(suggested.out.find("forger") == std::string::npos);
    CHECK(suggested.err.find("1 of the covered come from text logs alone, which prove no origin: you vouch for them.\n") !=
          std::string::npos);
    CHECK(suggested.err.find("file-read-data /from/forger\n      neither the kernel nor sandboxd wrote the record\n") !=
          std::string::npos);
    words.push_back("--json");
    const Json found = Json::parse(place.Run(words).out);
    for (const Json& evidence : found["evidence"]) {
      CHECK(evidence["text_only"] == (evidence["target"] == "/from/text"));
    }
  }
}

TEST_CASE("untrusted and ambiguous denials are marked in every view") {
  const StorePlace place;
  place.Import({"-"}, "{\"eventMessage\":\"Sandbox: cat(1) deny(1) file-read-data /forged\",\"processID\":7,"
                      "\"processImagePath\":\"/bin/evil\",\"timestamp\":\"2026-03-03 10:00:00.000000+0000\"}\n"
                      "Sandbox: x(4242) deny(1) file-read-data y(77) deny(1) file-read-data /hosts\n");
  const Json groups = Json::parse(place.Run({"denials", "--db", "a.db", "--json"}).out)["groups"];
  REQUIRE(groups.size() == 2);
  for (const Json& group : groups) {
    const bool forged = group["target"] == "/forged";
    CHECK((group["provenance"] == "untrusted") == forged);
    CHECK((group["ambiguous"] == true) == !forged);
  }
  const std::string table = place.Run({"denials", "--db", "a.db"}).out;
  CHECK(table.find("untrusted  untrusted\n") != std::string::npos);
  CHECK(table.find("text       ambiguous\n") != std::string::npos);
  CHECK(place.Run({"stats", "--db", "a.db", "--by", "hour", "--csv"}).out ==
        "hour,count,duplicates,untrusted,ambiguous,text\n,1,0,0,1,1\n2026-03-03T10:00:00Z,1,0,1,0,0\n");
}

TEST_CASE("terminal escapes and bad bytes in a log do not reach the screen raw, and JSON keeps them") {
  const StorePlace place;
  place.Import({"-", "--run", "bad\x1b[2Jname"}, "Sandbox: cat(1) deny(1) file-read-data /a\x1b[31m\xff\n");
  CHECK(place.Run({"denials", "--db", "a.db"}).out.find("/a\\e[31m\\xff") != std::string::npos);
  const Json group = Json::parse(place.Run({"denials", "--db", "a.db", "--json"}).out)["groups"][0];
  CHECK(group["target"] == "/a\x1b[31m\xef\xbf\xbd");
  CHECK(group["target_hex"] == "2f611b5b33316dff");
  CHECK(group["runs"] == Json{"bad\x1b[2Jname"});
}

TEST_CASE("a run keeps its program, host and parameters, and refuses others") {
  const StorePlace place;
  place.Import({"-", "--run", "r", "--program", "git", "-D", "CWD=/src"}, kLog);
  place.Import({"-", "--run", "r", "--host", "mac", "-D", "HOME=/Users/ann", "-D", "CWD=/src"}, "");
  const std::string later = "2026-03-04 10:00:00.000 E  kernel[0:1] (Sandbox) Sandbox: cat(41) deny(1) process-fork\n";
  struct Row {
    std::vector<std::string> arguments;
    std::string err;
  };
  for (const Row& row :
       {Row{{"--program", "make"}, "sbtune: run 'r' is already stored with program 'git', not 'make'; choose another name with --run\n"},
        Row{{"--host", "other"}, "sbtune: run 'r' is already stored with host 'mac', not 'other'; choose another name with --run\n"},
        Row{{"-D", "CWD=/tmp"}, "sbtune: run 'r' is already stored with CWD '/src', not '/tmp'; choose another name with --run\n"}}) {
    std::vector<std::string> arguments = {"import", "--db", "a.db", "-", "--run", "r"};
    arguments.insert(arguments.end(), row.arguments.begin(), row.arguments.end());
    const CommandResult result = place.Run(arguments, {.folder = "", .input = later});
    CHECK(result.err == row.err);
    CHECK(result.exit_code == 1);
  }
  CHECK(place.Run({"import", "--db", "a.db", "-", "-D", "CWD"}, {.folder = "", .input = later}).exit_code == 2);
}

TEST_CASE("the usual database is made in a private folder, with private files") {
  const StorePlace place;
  WriteFile(place / "a.log", kLog);
  const auto environment = [&](const std::string& name, const std::string& value) {
    return CommandOptions{.folder = "", .input = "", .before_exec = [name, value] {
                            ::unsetenv("SBTUNE_DB");
                            ::unsetenv("XDG_STATE_HOME");
                            ::setenv(name.c_str(), value.c_str(), 1);
                            ::umask(0);
                          }};
  };
  CHECK(place.Run({"import", "a.log"}, environment("XDG_STATE_HOME", place / "state")).exit_code == 0);
  CHECK(ModeOf(place / "state/sbtune") == 0700);
  CHECK(ModeOf(place / "state/sbtune/sbtune.db") == 0600);
  CHECK(place.Run({"import", "a.log"}, environment("HOME", place / "home")).exit_code == 0);
  CHECK(ModeOf(place / "home/.local/state/sbtune/sbtune.db") == 0600);
  CHECK(place.Run({"import", "a.log"}, environment("SBTUNE_DB", place / "mine.db")).exit_code == 0);
  CHECK(ModeOf(place / "mine.db") == 0600);
  CHECK(place.Run({"stats", "--by", "hour"}, environment("SBTUNE_DB", place / "mine.db")).exit_code == 0);
}

TEST_CASE("without --db the database is the one that the daemon's configuration names") {
  const StorePlace place;
  WriteFile(place / "a.log", kLog);
  WriteFile(place / "sbtuned.toml", "[store]\ndatabase = '" + (place / "moved/d.db") + "'\n");
  const CommandOptions configured{.folder = "", .input = "", .before_exec = [&] {
                                    ::unsetenv("SBTUNE_DB");
                                    ::setenv("SBTUNE_CONFIG", (place / "sbtuned.toml").c_str(), 1);
                                  }};
  CHECK(place.Run({"import", "a.log"}, configured).exit_code == 0);
  CHECK(ModeOf(place / "moved/d.db") == 0600);
  CHECK(place.Run({"stats", "--by", "operation"}, configured).exit_code == 0);
  WriteFile(place / "sbtuned.toml", "[store]\ndatabse = 'x'\n");
  const CommandResult wrong = place.Run({"denials"}, configured);
  CHECK(wrong.exit_code == 1);
  CHECK(wrong.err.find("sbtuned.toml:2") != std::string::npos);
  CHECK(wrong.err.ends_with("; or name the database with --db\n"));
}

TEST_CASE("wrong command lines are usage errors") {
  const StorePlace place;
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"import"}, {"stats"}, {"stats", "--by", "pid"}, {"denials", "--json", "--csv"},
        {"denials", "--since", "yesterday"}, {"stats", "--by", "hour", "--until", "2026-13-01"},
        {"denials", "--action", "maybe"}, {"denials", "--top", "-1"}, {"stats", "--by", "hour", "--top", "-1"}}) {
    CAPTURE(arguments);
    const CommandResult result = place.Run(arguments);
    CHECK(result.exit_code == 2);
    CHECK(result.out == "");
    CHECK(result.err != "");
  }
  CHECK(place.Run({"denials", "--since", "yesterday"}).err ==
        "sbtune: --since needs a time like 2026-03-03T14:05:06Z, 2026-03-03, @1772546706 or 2h, not \"yesterday\"\n");
}
