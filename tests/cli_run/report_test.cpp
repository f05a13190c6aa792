// What run says, from values alone.
#include "cli/run_report.h"

#include <filesystem>

#include <doctest/doctest.h>

#include "cli/run_environment.h"
#include "cli/run_files.h"
#include "core/access/run_tag.h"
#include "tests/support/command.h"
#include "tests/support/loading.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;

namespace {

constexpr const char* kNonce = "0123456789ab";
constexpr const char* kText =
    "(version 1)\n(deny default)\n(allow file-read-data (literal \"/a\"))\n(deny file-read-data\n  (literal \"/b\"))\n";

access::DenialGroup Group(const std::string& operation, const std::string& target, std::optional<std::string> tag) {
  access::DenialGroup group;
  group.process = "tool";
  group.operation = operation;
  group.target = target;
  group.provenance = access::Provenance::kKernel;
  group.tag = std::move(tag);
  group.count = 1;
  return group;
}

}  // namespace

TEST_CASE("the kernel's mark names the rule; without one, or against it, our own reading is told") {
  test::MemoryFiles files(std::map<std::string, std::string>{{"a.sb", kText}});
  sbpl::LoadOptions load;
  load.paths = {"a.sb"};
  const sbpl::LoadResult loaded = sbpl::LoadProfile(load, files);
  const auto policy = sbpl::Policy::Compile(loaded.profile, {});
  const auto tagged = tagging::TagDenies(loaded.profile, load, kNonce, files);
  REQUIRE((policy && tagged));
  const auto mark = [](std::uint32_t number) { return access::WriteRunTag(kNonce, number); };
  access::DenialGroup system = Group("file-read-data", "/c", std::nullopt);
  system.platform_policy = true;
  const std::vector<access::DenialGroup> groups = {
      Group("mach-lookup", "x", mark(0)),     Group("file-read-data", "/b", mark(1)),
      Group("file-read-data", "/b", std::nullopt), Group("file-read-data", "/b", mark(0)),
      Group("file-read-data", "/a", std::nullopt), system};
  const std::vector<cli::RuledDenial> ruled = cli::Rule(groups, {loaded.profile, *policy, *tagged, loaded.profile, {}});
  const auto is = [&](std::size_t i, const std::string& where, const std::string& rule, cli::Witness witness, const std::string& note) {
    CAPTURE(i);
    CHECK(ruled.at(i) == cli::RuledDenial{groups[i], where, rule, witness, note});
  };
  using cli::Witness;
  is(0, "a.sb:2", "(deny default)", Witness::kKernel, "");
  is(1, "a.sb:4", "(deny file-read-data …", Witness::kKernel, "");
  is(2, "a.sb:4", "(deny file-read-data …", Witness::kReading, "");
  is(3, "a.sb:2", "(deny default)", Witness::kKernel, "sbtune itself reads the profile differently: a.sb:4; please report this");
  is(4, "not this profile, by sbtune's reading", "", Witness::kReading, "an inherited or imported rule, or another layer of the system, denied it");
  is(5, "the system's own policy, which no profile can change", "", Witness::kReading, "");
}

TEST_CASE("places of an edited copy are told as places of the original") {
  const std::vector<sbpl::TextEdit> edits = {{4, 0, "++"}, {8, 3, "x"}};
  const auto original = [&](std::uint32_t offset) { return cli::OriginalOffset(edits, offset); };
  CHECK(original(3) == 3);
  CHECK(original(4) == std::nullopt);
  CHECK(original(5) == std::nullopt);
  CHECK(original(6) == 4);
  CHECK(original(9) == 7);
  CHECK(original(10) == std::nullopt);  // the x
  CHECK(original(11) == 11);
}

TEST_CASE("the whole text of a run, escaped") {
  cli::RuledDenial one{Group("file-read-data", "/a\x1b[31m", std::nullopt), "a.sb:2", "(deny default)", cli::Witness::kKernel, ""};
  cli::RuledDenial two{Group("mach-lookup", "x", std::nullopt), "a.sb:3", "", cli::Witness::kReading, "if y"};
  two.group.duplicates = 1'199;
  two.group.ambiguous = true;
  const std::vector<cli::RuledDenial> denials = {one, two};
  const std::vector<std::string> doubts = {"the log has a gap (drop-marker)"};
  CHECK(cli::RunText({"tool \x1b[2J", {.code = 3, .signal = 0}, 2, denials, doubts, {}, 1}) ==
        "\nsbtune: tool \\e[2J: exit 3 in the last of 2 executions, 1,201 denials of 2 kinds\n"
        "     1  tool  file-read-data /a\\e[31m\n"
        "        by a.sb:2: (deny default)\n"
        " 1,200  tool  mach-lookup x\n"
        "        by a.sb:3  (sbtune's reading; the record names no rule)\n"
        "        if y\n"
        "        the record can be read in more than one way; no rule is proposed from it\n"
        "1 deny rule of imported or generated text could not be marked; sbtune's own reading stands for them\n"
        "This record may be incomplete:\n"
        "  the log has a gap (drop-marker)\n");
}

TEST_CASE("an environment is passed, cleaned, added to") {
  using List = std::vector<std::string>;
  const List current = {"PATH=/bin", "LC_ALL=C", "TOKEN=s", "HOME=/h", "LANGUAGE=x"};
  const auto make = [&](cli::StartWith start, const List& settings) { return cli::MakeEnvironment(current, start, settings).value(); };
  CHECK(make(cli::StartWith::kEverything, {}) == current);
  CHECK(make(cli::StartWith::kLittle, {}) == List{"PATH=/bin", "LC_ALL=C", "HOME=/h"});
  CHECK(make(cli::StartWith::kLittle, {"TOKEN", "HOME=", "X=a=b"}) == List{"PATH=/bin", "LC_ALL=C", "TOKEN=s", "HOME=", "X=a=b"});
  CHECK(cli::MakeEnvironment(current, cli::StartWith::kLittle, List{"=x"}).error().message == "--env needs NAME or NAME=VALUE, not =x");
}

TEST_CASE("programs are found as execvp finds them") {
  const test::TempFolder folder;
  test::WriteFile(folder / "one/tool", "data");
  test::WriteFile(folder / "two/tool", "#!/bin/sh\n");
  std::filesystem::permissions(folder / "two/tool", std::filesystem::perms::owner_all);
  using cli::FoundProgram;
  using cli::ProgramState;
  const std::string both = folder / "one" + ":" + (folder / "two");
  CHECK(cli::FindProgram("tool", both) == FoundProgram{ProgramState::kRunnable, folder / "two/tool"});
  CHECK(cli::FindProgram("tool", folder / "one") == FoundProgram{ProgramState::kNotRunnable, folder / "one/tool"});
  CHECK(cli::FindProgram("tool", folder / "none") == FoundProgram{ProgramState::kNotFound, ""});
  CHECK(cli::FindProgram(folder / "two/tool", "") == FoundProgram{ProgramState::kRunnable, folder / "two/tool"});
  CHECK(cli::FindProgram(folder / "two", "") == FoundProgram{ProgramState::kNotRunnable, folder / "two"});
  CHECK(cli::ValueOf(std::vector<std::string>{"PATHS=x", "PATH=y"}, "PATH") == "y");
}
