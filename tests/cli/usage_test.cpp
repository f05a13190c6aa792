// What every command shares: words that are not known, and an output that does not take what is written.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "tests/support/command.h"

using namespace sbtune::test;

namespace {

CommandResult Sbtune(std::vector<std::string> words, const CommandOptions& options = {}) {
  words.insert(words.begin(), SBTUNE_PROGRAM);
  return RunCommand(words, options);
}

constexpr const char* kMore = "; `sbtune --help` and `sbtune COMMAND --help` tell more\n";

}  // namespace

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

TEST_CASE("A full disk fails with a sentence, also where the output is short") {
  if (::access("/dev/full", W_OK) != 0) {
    MESSAGE("skipped: no /dev/full");
    return;
  }
  CommandOptions options;
  options.input = "(version 1)(deny default)";
  options.before_exec = [] { ::dup2(::open("/dev/full", O_WRONLY), 1); };
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"rules", "-p", "-"}, {"explain", "-p", "-", "file-read-data", "/x"}}) {
    CAPTURE(words[0]);
    const CommandResult result = Sbtune(words, options);
    CHECK(result.exit_code == 1);
    CHECK(result.err == "sbtune: cannot write the output: No space left on device; free some space or mend the pipe\n");
  }
}
