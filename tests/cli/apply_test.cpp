// The whole program: suggest --save, apply, apply --undo.
#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/cli/store_commands.h"
#include "tests/support/shared_data.h"

using namespace sbtune;

namespace {

constexpr const char* kProfile = "(version 1)\n(deny default)\n(allow file-read-data (literal \"/a\"))\n";
constexpr const char* kNew =
    "(version 1)\n(deny default)\n(allow file-read-data (literal \"/a\") (literal \"/opt/x\"))\n";
constexpr const char* kLog = "Sandbox: tool(12) deny(1) file-read-data /opt/x\n";

class Place {
 public:
  Place() {
    test::WriteFile(place_ / "my.sb", kProfile);
    test::WriteFile(place_ / "d.log", kLog);
    const auto saved = Run({"suggest", "--profile", "my.sb", "--from", "d.log", "--save", "p.json"});
    CHECK(saved.exit_code == 0);
    const std::string mark = "sbtune apply p.json --digest ";
    REQUIRE(saved.err.find(mark) != std::string::npos);
    digest_ = saved.err.substr(saved.err.find(mark) + mark.size(), 16);
  }
  [[nodiscard]] test::CommandResult Run(std::vector<std::string> arguments) const { return place_.Run(std::move(arguments)); }
  [[nodiscard]] std::string Profile() const { return test::ReadFile(place_ / "my.sb"); }
  [[nodiscard]] std::string Full(const std::string& name) const {
    return std::filesystem::canonical(place_.folder()).string() + "/" + name;
  }
  [[nodiscard]] const std::string& digest() const { return digest_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return place_ / name; }

 private:
  test::StorePlace place_;
  std::string digest_;
};

}  // namespace

TEST_CASE("apply shows the diff, writes what was reviewed, and undo takes it back once") {
  const Place place;
  const auto dry = place.Run({"apply", "p.json", "--dry-run"});
  CHECK(dry.exit_code == 0);
  CHECK(place.Profile() == kProfile);
  const auto done = place.Run({"apply", "p.json", "--digest", place.digest()});
  CHECK(done.exit_code == 0);
  CHECK(done.out == dry.out);
  CHECK(done.out ==
        "--- my.sb\n"
        "+++ my.sb\n"
        "@@ -1,3 +1,3 @@\n"
        " (version 1)\n"
        " (deny default)\n"
        "-(allow file-read-data (literal \"/a\"))\n"
        "+(allow file-read-data (literal \"/a\") (literal \"/opt/x\"))\n");
  CHECK(done.err.starts_with("Rules added: 1; recorded denials that become allowed: 1.\nWritten: " + place.Full("my.sb") +
                             "\n  before: " + place.Full("my.sb.")));
  CHECK(place.Profile() == kNew);
  CHECK(place.Run({"check", "--profile", "my.sb", "--against", "d.log"}).exit_code == 0);
  const auto undone = place.Run({"apply", "--undo", "my.sb"});
  CHECK(undone.exit_code == 0);
  CHECK(undone.err == place.Full("my.sb") + " holds its former bytes again.\n");
  CHECK(place.Profile() == kProfile);
  const auto twice = place.Run({"apply", "--undo", "my.sb"});
  CHECK(twice.exit_code == 1);
  CHECK(twice.err.starts_with("sbtune: " + place.Full("my.sb") + " is not what apply wrote"));
}

TEST_CASE("apply refuses a wrong digest, a changed profile, a changed proposal, and silence") {
  const Place place;
  const auto wrong = place.Run({"apply", "p.json", "--digest", "000000000000"});
  CHECK(wrong.exit_code == 1);
  CHECK(wrong.err == "sbtune: p.json is not what was reviewed: its digest begins with " + place.digest() +
                         "; nothing was written: review it\n");
  const auto silent = place.Run({"apply", "p.json"});
  CHECK(silent.exit_code == 2);
  CHECK(silent.err ==
        "Rules added: 1; recorded denials that become allowed: 1.\n"
        "sbtune: nobody can be asked here: say --yes, or name what was reviewed with --digest\n");
  CHECK(place.Run({"apply"}).err == "sbtune: name a proposal, or a profile with --undo\n");
  std::string text = test::ReadFile(place / "p.json");
  text.replace(text.find("/opt/x"), 6, "/opt/y");
  test::WriteFile(place / "q.json", text);
  CHECK(place.Run({"apply", "q.json", "--yes"}).err ==
        "sbtune: q.json: the proposal was changed after it was saved: its digest does not match; make it again with "
        "`sbtune suggest --save`\n");
  CHECK(place.Profile() == kProfile);
  test::WriteFile(place / "my.sb", std::string(kProfile) + "; mine\n");
  const auto changed = place.Run({"apply", "p.json", "--yes"});
  CHECK(changed.exit_code == 1);
  CHECK(changed.err == "sbtune: " + place.Full("my.sb") +
                           " changed since the proposal was made; nothing was written: make the proposal again with "
                           "`sbtune suggest --save`\n");
  CHECK(place.Profile() == std::string(kProfile) + "; mine\n");
}

TEST_CASE("a folder that may not be written stays as it is") {
  const Place place;
  std::filesystem::create_directory(place / "held");
  std::filesystem::rename(place / "my.sb", place / "held/my.sb");
  REQUIRE(place.Run({"suggest", "--profile", "held/my.sb", "--from", "d.log", "--save", "p.json"}).exit_code == 0);
  // As root nothing is read-only, so another user tries.
  const auto readable = [&](const std::string& name, mode_t mode) { REQUIRE(::chmod((place / name).c_str(), mode) == 0); };
  readable("", 0755);
  readable("p.json", 0644);
  readable("held/my.sb", 0644);
  readable("held", 0555);
  for (const char* option : {"--yes", "--dry-run"}) {
    const test::CommandResult done = test::RunCommand(
        {SBTUNE_PROGRAM, "apply", "p.json", option},
        {.folder = place / "", .input = "", .before_exec = [] {
           if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(99);
         }});
    CAPTURE(option);
    CHECK(done.exit_code == 1);
    CHECK(done.err == "sbtune: cannot create a file beside " + place.Full("held/my.sb") +
                          ": Permission denied; nothing was changed; make the folder writable\n");
  }
  readable("held", 0755);
  CHECK(test::ReadFile(place / "held/my.sb") == kProfile);
}
