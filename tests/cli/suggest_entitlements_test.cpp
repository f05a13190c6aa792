// The whole program: sbtune suggest --entitlements.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/command.h"
#include "tests/support/golden.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;

namespace {

constexpr const char* kList =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n"
    "<plist version=\"1.0\">\n"
    "<dict>\n"
    "\t<key>com.apple.security.app-sandbox</key>\n"
    "\t<true/>\n"
    "\t<!-- since the first release -->\n"
    "\t<key>com.apple.security.files.downloads.read-only</key>\n"
    "\t<true/>\n"
    "</dict>\n"
    "</plist>\n";

constexpr const char* kLog =
    "Sandbox: Tool(12) deny(1) network-outbound remote:*:443\n"
    "Sandbox: Tool(12) deny(1) mach-lookup com.apple.nsurlsessiond\n"
    "Sandbox: Tool(12) deny(1) device-camera\n"
    "Sandbox: Tool(12) deny(1) file-write-create /Users/me/Downloads/out.txt\n"
    "Sandbox: Tool(12) deny(1) file-read-data /Users/me/Documents/a.txt\n"
    "Sandbox: Tool(12) deny(1) mach-lookup com.example.helper\n"
    "Sandbox: Tool(12) deny(1) file-write-create /Library/LaunchDaemons/x.plist\n"
    "Sandbox: com.apple.WebKit.Networking(13) deny(1) network-outbound remote:*:80\n"
    "System Policy: Tool(12) deny(1) file-read-data /Library/x\n";

class Place {
 public:
  explicit Place(const std::string& list = kList) {
    test::WriteFile(folder_ / "App.entitlements", list);
    test::WriteFile(folder_ / "d.log", kLog);
  }
  test::CommandResult Run(std::vector<std::string> more) const {
    std::vector<std::string> arguments = {SBTUNE_PROGRAM, "suggest", "--from", "d.log"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return test::RunCommand(arguments, {folder_.path(), ""});
  }
  [[nodiscard]] const test::TempFolder& folder() const { return folder_; }

 private:
  test::TempFolder folder_;
};

}  // namespace

TEST_CASE("missing entitlements come as a diff on stdout, with what they mean on stderr") {
  const Place place;
  const test::CommandResult done = place.Run({"--entitlements", "App.entitlements"});
  CHECK(done.exit_code == 3);
  test::CheckGolden("entitlements/cli.diff", done.out);
  test::CheckGolden("entitlements/cli.txt", done.err);
  const test::CommandResult patched =
      test::RunCommand({"patch", "-p0", "--batch"}, {place.folder().path(), done.out});
  CHECK(patched.exit_code == 0);
  const test::CommandResult again = place.Run({"--entitlements", "App.entitlements"});
  CHECK(again.exit_code == 3);
  CHECK(again.out.empty());
}

TEST_CASE("temporary exceptions come only when asked for, and JSON holds all") {
  const test::CommandResult done = Place().Run({"--entitlements", "App.entitlements", "--exceptions", "--json"});
  CHECK(done.exit_code == 3);
  CHECK(done.err.empty());
  test::CheckGolden("entitlements/cli.json", done.out);
  const nlohmann::json json = nlohmann::json::parse(done.out);
  CHECK(json["denials"] == 9);
  CHECK(json["covered"] == 6);
}

TEST_CASE("a file that is no entitlements file is refused with the next step") {
  const test::CommandResult done = Place("bplist00 and so on").Run({"--entitlements", "App.entitlements"});
  CHECK(done.exit_code == 1);
  CHECK(done.out.empty());
  CHECK(done.err ==
        "sbtune: App.entitlements: is a binary property list; plutil -convert xml1 FILE makes it text\n");
}

TEST_CASE("suggest needs a profile or an app's entitlements") {
  const test::CommandResult done = Place().Run({});
  CHECK(done.exit_code == 2);
  CHECK(done.err == "sbtune: name the profile with --profile, or an app's entitlements with --entitlements\n");
}
