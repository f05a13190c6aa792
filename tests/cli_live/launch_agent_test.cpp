#include "cli/launch_agent.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <doctest/doctest.h>

#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;
using namespace sbtune::cli;

namespace {

struct Rig {
  test::TempFolder folder;
  base::SystemLauncher launcher;
  LaunchAgentSettings settings;
  Rig() {
    std::filesystem::create_symlink(SBTUNE_STANDIN_LAUNCHCTL, folder / "launchctl");
    std::ofstream(folder / "sbtuned") << "program";
    settings = {.launchctl = folder / "launchctl",
                .home = folder.path(),
                .user = 501,
                .program = folder / "sbtuned",
                .config = folder / "a & b <c>.toml",
                .socket = folder / "state/run/s.sock",
                .log_folder = folder / "Logs",
                .load_attempts = 4,
                .load_pause_ns = 1};
  }
  LaunchAgent Agent() { return LaunchAgent(launcher, settings); }
  std::string Calls() const {
    return std::filesystem::exists(folder / "calls") ? test::ReadFile(folder / "calls") : "";
  }
  std::string Plist() const { return folder / "Library/LaunchAgents/io.sbtune.sbtuned.plist"; }
};

}  // namespace

TEST_CASE("install writes the plist and loads it, a second time after unloading the first") {
  Rig rig;
  REQUIRE(rig.Agent().Install());
  CHECK(rig.Calls() == "bootout gui/501/io.sbtune.sbtuned\nbootstrap gui/501 " + rig.Plist() + "\n");
  REQUIRE(rig.Agent().Install());
  CHECK(rig.Agent().IsLoaded().value());
  const std::string text = test::ReadFile(rig.Plist());
  CHECK(text.find("<string>" + (rig.folder / "sbtuned") + "</string>") != std::string::npos);
  CHECK(text.find("a &amp; b &lt;c&gt;.toml") != std::string::npos);
  CHECK(text.find('@') == std::string::npos);
  CHECK(text.find("<key>SockPathMode</key>\n      <integer>384</integer>") != std::string::npos);
  struct stat status {};
  REQUIRE(::stat((rig.folder / "state/run").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
}

TEST_CASE("while the old process ends, loading is tried again, but not for ever") {
  Rig rig;
  std::ofstream(rig.folder / "ending") << 3;
  REQUIRE(rig.Agent().Install());
  CHECK(rig.Agent().IsLoaded().value());
  std::ofstream(rig.folder / "ending") << 4;
  CHECK(rig.Agent().Install().error().message ==
        "launchctl bootstrap failed (exit 5): Bootstrap failed: 5: Input/output error; `sbtune doctor` says what is wrong");
}

TEST_CASE("start, restart and stop speak to the loaded service, or load it") {
  Rig rig;
  CHECK(rig.Agent().Start().error().message == "sbtuned is not installed; run `sbtune daemon install`");
  REQUIRE(rig.Agent().Install());
  REQUIRE(rig.Agent().Stop());
  CHECK_FALSE(rig.Agent().IsLoaded().value());
  REQUIRE(rig.Agent().Stop());  // stopping twice is not an error
  REQUIRE(rig.Agent().Restart());
  CHECK(rig.Agent().IsLoaded().value());
  std::filesystem::remove(rig.folder / "calls");
  REQUIRE(rig.Agent().Start());
  REQUIRE(rig.Agent().Restart());
  CHECK(rig.Calls() ==
        "print gui/501/io.sbtune.sbtuned\nkickstart gui/501/io.sbtune.sbtuned\nkickstart -k gui/501/io.sbtune.sbtuned\n");
}

TEST_CASE("uninstall unloads and removes, whatever was there") {
  Rig rig;
  REQUIRE(rig.Agent().Uninstall());
  REQUIRE(rig.Agent().Install());
  REQUIRE(rig.Agent().Uninstall());
  CHECK_FALSE(std::filesystem::exists(rig.Plist()));
  CHECK_FALSE(rig.Agent().IsLoaded().value());
}

TEST_CASE("what launchctl complains about is passed on") {
  Rig rig;
  REQUIRE(rig.Agent().Install());
  std::ofstream(rig.folder / "broken") << "x";
  CHECK(rig.Agent().Stop().error().message ==
        "launchctl bootout failed (exit 1): Could not contact launchd; `sbtune doctor` says what is wrong");
}

TEST_CASE("nothing is written through a link, and no program means no agent") {
  Rig rig;
  std::filesystem::create_directories(rig.folder / "Library/LaunchAgents");
  std::filesystem::create_symlink("/dev/null", rig.Plist());
  CHECK(rig.Agent().Install().error().message == rig.Plist() + " is not a plain file; move it away");
  std::filesystem::remove(rig.Plist());
  rig.settings.program = "/nonexistent/sbtuned";
  CHECK(rig.Agent().Install().error().message == "/nonexistent/sbtuned is not there; install sbtuned beside sbtune");
}
