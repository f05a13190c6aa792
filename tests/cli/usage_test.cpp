// What every command shares: words that are not known, and an output that does not take what is written.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <tuple>

#include "tests/support/command.h"
#include "tests/support/temp_folder.h"

using namespace sbtune::test;

namespace {

CommandResult Sbtune(std::vector<std::string> words, const CommandOptions& options = {}) {
  words.insert(words.begin(), SBTUNE_PROGRAM);
  return RunCommand(words, options);
}

constexpr const char* kMore = "; `sbtune --help` and `sbtune COMMAND --help` tell more\n";

}  // namespace

TEST_CASE("help before a command's name tells what --help behind it does") {
  CHECK(Sbtune({"help", "suggest"}).out == Sbtune({"suggest", "--help"}).out);
  CHECK(Sbtune({"help"}).out == Sbtune({"--help"}).out);
  CHECK(Sbtune({"help"}).exit_code == 0);
  CHECK(Sbtune({"help", "suggest"}).out.find("--generalize") != std::string::npos);
}

TEST_CASE("A wrong command or option is named") {
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{}, "sbtune: name a command"},
      {{"watcj"}, "sbtune: The following argument was not expected: watcj"},
      {{"--bogus"}, "sbtune: The following argument was not expected: --bogus"},
  };
  for (const auto& [words, sentence] : cases) {
    CAPTURE(sentence);
    const CommandResult result = Sbtune(words);
    CHECK(result.exit_code == 2);
    CHECK(result.out.empty());
    CHECK(result.err == sentence + kMore);
  }
}

TEST_CASE("In every command a wrong word exits 2, and a file that cannot be used 1") {
  const TempFolder folder;
  WriteFile(folder / "p.sb", "(version 1)(deny default)");
  WriteFile(folder / "broken.plist", "<plist><dict>");
  WriteFile(folder / "empty.log", "");
  const std::vector<std::vector<std::string>> commands = {
      {"rules", "-p", "p.sb"},
      {"decide", "-p", "p.sb"},
      {"explain", "-p", "p.sb", "process-fork"},
      {"check", "-p", "p.sb"},
      {"check", "-p", "p.sb", "--against", "empty.log"},
      {"diff", "p.sb", "p.sb"},
      {"suggest", "-p", "p.sb", "--from", "empty.log"},
      {"shrink", "-p", "p.sb", "--from", "empty.log"},
      {"instrument", "-p", "p.sb"},
  };
  const std::tuple<std::vector<std::string>, int, std::string> options[] = {
      {{"-D", "HOME"}, 2, "sbtune: -D needs NAME=VALUE, not \"HOME\"\n"},
      {{"--macos", "9"}, 2, "sbtune: no table for macOS version '9'; known are "},
      {{"--fact", "uid"}, 2, "sbtune: --fact: a fact is written NAME=VALUE, "},
      {{"--entitlements", "none.plist"}, 1, "sbtune: reading the entitlements: cannot open none.plist: "},
      {{"--entitlements", "broken.plist"}, 1, "sbtune: broken.plist: "},
  };
  for (const std::vector<std::string>& command : commands) {
    for (const auto& [option, exit_code, sentence] : options) {
      std::vector<std::string> words = command;
      words.insert(words.end(), option.begin(), option.end());
      CAPTURE(command[0]);
      CAPTURE(sentence);
      const CommandResult result = Sbtune(words, {.folder = folder.path(), .input = ""});
      CHECK(result.exit_code == exit_code);
      CHECK(result.out.empty());
      CHECK(result.err.substr(0, sentence.size()) == sentence);
    }
  }
}

namespace {

// Every kind of output that a command can have, the parser's own and a listing that outgrows stdio's buffer included.
const std::vector<std::vector<std::string>> kPrinting = {
    {"--help"},
    {"--version"},
    {"watch", "--help"},
    {"init", "--list"},
    {"parse", "d.log"},
    {"watch", "--from", "d.log"},
    {"watch", "--json", "--from", "d.log"},
    {"import", "--db", "other.db", "d.log"},
    {"denials", "--db", "d.db"},
    {"denials", "--db", "d.db", "--json"},
    {"stats", "--by", "process", "--db", "d.db", "--csv"},
    {"rules", "-p", "p.sb"},
    {"rules", "-p", "long.sb"},
    {"rules", "-p", "long.sb", "--json"},
    {"explain", "-p", "p.sb", "file-read-data", "/x"},
    {"decide", "-p", "p.sb"},
    {"suggest", "--profile", "p.sb", "--from", "d.log"},
    {"check", "-p", "m.sb"},
    {"check", "-p", "m.sb", "--json"},
    {"check", "--explain", "unreachable-rule"},
    {"diff", "p.sb", "long.sb"},
    {"instrument", "-p", "p.sb"},
    {"shrink", "-p", "long.sb", "--min-runs", "1", "--from", "d.log"},
    {"doctor"},
};

class Printing {
 public:
  Printing() {
    WriteFile(folder_ / "p.sb", "(version 1)(deny default)");
    WriteFile(folder_ / "m.sb", "(version 1)(deny default)(deny file-reed)");
    std::string rules = "(version 1)(deny default)\n";
    for (int i = 0; i < 3000; ++i) rules += "(allow file-read-data (literal \"/opt/" + std::to_string(i) + "\"))\n";
    WriteFile(folder_ / "long.sb", rules);
    WriteFile(folder_ / "d.log", "Sandbox: tool(12) deny(1) file-read-data /opt/x\n"
                               "Sandbox: tool(12) deny(1) file-read-data /opt/7\n");
    options.folder = folder_.path();
    options.input = "file-read-data /x\n";
    ::setenv("HOME", folder_.path().c_str(), 1);
    REQUIRE(Sbtune({"import", "--db", "d.db", "d.log"}, options).exit_code == 0);
  }
  CommandOptions options;

 private:
  TempFolder folder_;
};

}  // namespace

TEST_CASE("An output that cannot be written fails with one sentence, whatever the command") {
  Printing place;
  struct Case {
    std::function<void()> before_exec;
    std::string reason;
  };
  std::vector<Case> cases = {{[] { ::close(1); }, "Bad file descriptor"}};
  if (::access("/dev/full", W_OK) == 0) {
    cases.push_back({[] { ::dup2(::open("/dev/full", O_WRONLY), 1); }, "No space left on device"});
  }
  for (const auto& [before_exec, reason] : cases) {
    CAPTURE(reason);
    place.options.before_exec = before_exec;
    for (const std::vector<std::string>& words : kPrinting) {
      CAPTURE(words[0]);
      CAPTURE(words.back());
      const CommandResult result = Sbtune(words, place.options);
      const std::string sentence = "sbtune: cannot write the output: " + reason + "; free some space or mend the pipe\n";
      CHECK(result.exit_code == 1);
      CAPTURE(result.err);
      const std::size_t at = result.err.find(sentence);
      REQUIRE(at != std::string::npos);
      CHECK(result.err.find("cannot write", at + sentence.size()) == std::string::npos);
    }
  }
}

TEST_CASE("Talk that cannot be said takes nothing from the answer") {
  Printing place;
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"suggest", "--profile", "p.sb", "--from", "d.log"}, {"instrument", "-p", "p.sb"},
        {"shrink", "-p", "long.sb", "--min-runs", "1", "--from", "d.log"}, {"decide", "-p", "p.sb", "-"}}) {
    CAPTURE(words[0]);
    place.options.input = "file-read-data /x\nnonsense\n";
    place.options.before_exec = nullptr;
    const CommandResult heard = Sbtune(words, place.options);
    place.options.before_exec = [] { ::close(2); };
    const CommandResult unheard = Sbtune(words, place.options);
    CHECK(unheard.exit_code == heard.exit_code);
    CHECK(unheard.out == heard.out);
  }
}

TEST_CASE("A reader that has gone ends a command without a word about it") {
  Printing place;
  place.options.before_exec = [] {
    int ends[2];
    if (::pipe(ends) != 0) ::_exit(99);
    ::dup2(ends[1], 1);
    ::close(ends[0]);
    ::close(ends[1]);
  };
  for (const std::vector<std::string>& words : kPrinting) {
    CAPTURE(words[0]);
    CAPTURE(words.back());
    const CommandResult result = Sbtune(words, place.options);
    CHECK(result.exit_code == 1);
    CHECK(result.err.find("cannot write") == std::string::npos);
  }
}

TEST_CASE("A configuration that was named and is not there is an error, not the usual place") {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"status"}, {"watch"}}) {
    CAPTURE(words[0]);
    std::vector<std::string> line = words;
    line.insert(line.end(), {"--config", "/nonexistent/c.toml"});
    const CommandResult result = Sbtune(line);
    CHECK(result.exit_code == 1);
    CHECK(result.err.find("cannot open /nonexistent/c.toml: No such file or directory; check the path after --config\n") !=
          std::string::npos);
  }
}

TEST_CASE("A closed stdout is not taken by the database") {
  Printing place;
  place.options.before_exec = [] { ::close(0), ::close(1), ::close(2); };
  CHECK(Sbtune({"import", "--db", "d.db", "d.log"}, place.options).exit_code == 1);
  place.options.before_exec = nullptr;
  CHECK(Sbtune({"denials", "--db", "d.db"}, place.options).exit_code == 0);
}
