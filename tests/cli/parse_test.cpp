// The whole program: sbtune parse.
#include <algorithm>

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/command.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;

namespace {

test::CommandResult Parse(std::vector<std::string> arguments, std::string input = "") {
  arguments.insert(arguments.begin(), {SBTUNE_PROGRAM, "parse"});
  return test::RunCommand(arguments, {"", std::move(input)});
}

constexpr const char* kKernel =
    "{\"eventMessage\":\"Sandbox: nano(88) deny(1) file-read-data \\/a b\\nTAG\",\"timestamp\":\"2026-01-01 "
    "01:00:00.250000+0100\","
    "\"processImagePath\":\"\\/kernel\",\"processID\":0,\"senderImagePath\":"
    "\"\\/System\\/Library\\/Extensions\\/Sandbox.kext\\/Contents\\/MacOS\\/Sandbox\"}\n";

}  // namespace

TEST_CASE("parse --json prints one object a record, always with the same keys in the same order") {
  const test::CommandResult done =
      Parse({"--json"},
            std::string("banner\n") + kKernel +
                "12/19/15 9:45:14.000001 PM kernel[0]: Sandbox: 3 duplicate reports for nano allow signal\n");
  CHECK(done.exit_code == 0);
  CHECK(done.err == "");
  CHECK(done.out ==
        "{\"line\":1,\"kind\":\"other\",\"process\":null,\"pid\":null,\"operation\":null,\"target\":null,"
        "\"duplicates\":null,"
        "\"errno\":null,\"platform_policy\":null,\"tag\":null,\"provenance\":null,\"ambiguous\":null,"
        "\"time\":null,"
        "\"action\":null}\n"
        "{\"line\":2,\"kind\":\"denial\",\"process\":\"nano\",\"pid\":88,\"operation\":\"file-read-data\","
        "\"target\":\"/a b\","
        "\"duplicates\":null,\"errno\":1,\"platform_policy\":false,\"tag\":\"TAG\",\"provenance\":\"kernel\","
        "\"ambiguous\":false,\"time\":\"2026-01-01T00:00:00.250Z\",\"action\":\"deny\"}\n"
        "{\"line\":3,\"kind\":\"duplicate\",\"process\":\"nano\",\"pid\":null,\"operation\":\"signal\","
        "\"target\":null,"
        "\"duplicates\":3,\"errno\":null,\"platform_policy\":false,\"tag\":null,\"provenance\":\"text\","
        "\"ambiguous\":false,\"time\":\"2015-12-19T21:45:14.000001Z\",\"action\":\"allow\"}\n");
}

TEST_CASE("times are printed to the digits that they have") {
  const auto time = [](const std::string& stamp) {
    const test::CommandResult done =
        Parse({"--json"},
              "{\"eventMessage\":\"Sandbox: nano(88) deny(1) signal\",\"timestamp\":\"" + stamp + "\"}\n");
    return nlohmann::json::parse(done.out)["time"];
  };
  CHECK(time("2026-01-01 00:00:00+0000") == "2026-01-01T00:00:00Z");
  CHECK(time("2026-01-01 00:00:00.100+0000") == "2026-01-01T00:00:00.100Z");
  CHECK(time("2026-01-01 00:00:00.000100+0000") == "2026-01-01T00:00:00.000100Z");
  CHECK(time("2026-01-01 00:00:00.000000100+0000") == "2026-01-01T00:00:00.000000100Z");
  CHECK(time("1969-12-31 23:59:59.9+0000") == "1969-12-31T23:59:59.900Z");
  CHECK(time("never") == nullptr);
}

TEST_CASE("bytes that are not UTF-8 are shown as U+FFFD, and in hexadecimal beside it") {
  const test::CommandResult done =
      Parse({"--json", "-"}, "Sandbox: n\xFF(88) deny(1) file-read-data /a\xC3(\xE2\x82\xAC\n");
  const auto record = nlohmann::json::parse(done.out);
  CHECK(record["target"] == "/a\xEF\xBF\xBD(\xE2\x82\xAC");
  CHECK(record["target_hex"] == "2f61c328e282ac");
  CHECK(record["process"] == "n\xEF\xBF\xBD");
  CHECK(record["process_hex"] == "6eff");
  CHECK_FALSE(record.contains("tag_hex"));
}

TEST_CASE("without --json each record is a line that is safe on a terminal") {
  const test::CommandResult done =
      Parse({}, std::string("banner\n") + kKernel +
                    "Sandbox: \x1b[31mred(88) deny(1) file-read-data /a\x07\n"
                    "2 duplicate reports for System Policy: nano(88) allow process-fork\n"
                    "Sandbox: x(1) deny(1) signal y(9) deny(1) mach-lookup a\n");
  CHECK(done.out ==
        "1: other\n"
        "2: denial nano(88) deny(1) file-read-data /a b [kernel, tag TAG]\n"
        "3: denial \\e[31mred(88) deny(1) file-read-data /a\\x07 [text]\n"
        "4: duplicate 2 x nano(88) allow process-fork [text, platform policy]\n"
        "5: denial x(1) deny(1) signal y(9) deny(1) mach-lookup a [text, ambiguous]\n");
}

TEST_CASE("parse says what went wrong, and where") {
  const test::TempFolder folder;
  const test::CommandResult missing = Parse({folder / "none.log"});
  CHECK(missing.exit_code == 1);
  CHECK(missing.out == "");
  CHECK(missing.err == "sbtune: cannot open " + (folder / "none.log") +
                           ": No such file or directory; check the path and its permissions\n");
  CHECK(Parse({"--yaml"}).exit_code == 2);

  test::WriteFile(folder / "long.log",
                  std::string((10u << 20) + 1, 'a') + "\nSandbox: nano(88) deny(1) signal\n");
  const test::CommandResult skipped = Parse({folder / "long.log"});
  CHECK(skipped.exit_code == 0);
  CHECK(skipped.out == "2: denial nano(88) deny(1) signal [text]\n");
  CHECK(skipped.err == "sbtune: skipped 1 line longer than 10 MiB\n");
}

TEST_CASE("whoever reads a log says how many lines were too long, and takes no tail of one for a record") {
  const test::TempFolder folder;
  test::WriteFile(folder / "p.sb", "(version 1)(deny default)");
  const std::string line = "Sandbox: nano(88) deny(1) file-read-data /a\n";
  // The long one ends in words that would be a record on a line of their own.
  const std::string log = line + std::string((10u << 20) + 1, 'a') + " Sandbox: nano(88) deny(1) file-read-data /tail\n" + line;
  test::WriteFile(folder / "long.log", log);
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"suggest", "--profile", "p.sb", "--from", "long.log"},
        {"suggest", "--profile", "p.sb", "--from", "-"},
        {"check", "-p", "p.sb", "--against", "long.log"},
        {"shrink", "-p", "p.sb", "--from", "long.log", "--used", "--json"},
        {"watch", "--from", "long.log"},
        {"watch", "--from", "-"}}) {
    CAPTURE(words[0]);
    CAPTURE(words.back());
    std::vector<std::string> command = {SBTUNE_PROGRAM};
    command.insert(command.end(), words.begin(), words.end());
    const test::CommandResult result = test::RunCommand(command, {folder.path(), words.back() == "-" ? log : ""});
    CHECK(result.err.find("skipped 1 line longer than 10 MiB\n") != std::string::npos);
    CHECK(result.out.find("/tail") == std::string::npos);
    CHECK(result.out.find("/a") != std::string::npos);
  }
  // Through a pipe, cut wherever its reads cut it.
  const test::CommandResult piped = test::RunCommand(
      {"sh", "-c", "cat long.log | \"$0\" watch --from -", SBTUNE_PROGRAM}, {folder.path(), ""});
  CHECK(piped.exit_code == 0);
  CHECK(piped.err.find("-- skipped 1 line longer than 10 MiB\n") != std::string::npos);
  CHECK(piped.out.find("/tail") == std::string::npos);
  CHECK(std::count(piped.out.begin(), piped.out.end(), '\n') == 2);
}

TEST_CASE("parse --json counts lines across chunks") {
  std::string text;
  for (int i = 0; i < 60'000; ++i) text += "Sandbox: nano(88) deny(1) file-read-data /a\n";
  const test::CommandResult done = Parse({"--json"}, text);
  const std::size_t last = done.out.rfind('\n', done.out.size() - 2);
  CHECK(nlohmann::json::parse(done.out.substr(last + 1))["line"] == 60'000);
}

TEST_CASE("the help of parse documents every key") {
  const test::CommandResult help = Parse({"--help"});
  CHECK(help.exit_code == 0);
  const auto record = nlohmann::json::parse(Parse({"--json"}, kKernel).out);
  for (const auto& [key, value] : record.items()) {
    CAPTURE(key);
    CHECK(help.out.find(key) != std::string::npos);
  }
}
