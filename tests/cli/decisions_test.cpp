// The whole program: decisions, and suggest that does not ask twice.
#include <doctest/doctest.h>

#include <filesystem>

#include <nlohmann/json.hpp>

#include "tests/cli/store_commands.h"
#include "tests/support/shared_data.h"

using namespace sbtune;

namespace {

constexpr const char* kProfile = "(version 1)\n(deny default)\n(allow file-read-data (literal \"/a\"))\n";
constexpr const char* kLog =
    "Sandbox: tool(12) deny(1) file-read-data /opt/x\n"
    "Sandbox: tool(12) deny(1) file-read-data /opt/y\n";

struct Place {
  Place() {
    test::WriteFile(place / "my.sb", kProfile);
    test::WriteFile(place / "other.sb", kProfile);
    place.Import({"-", "--run", "r"}, kLog);
  }
  [[nodiscard]] test::CommandResult Decide(std::vector<std::string> more) const {
    std::vector<std::string> arguments = {"decisions", "--db", "a.db"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return place.Run(arguments);
  }
  [[nodiscard]] test::CommandResult Suggest(const std::string& profile) const {
    return place.Run({"suggest", "--db", "a.db", "--profile", profile, "--format", "profile"});
  }
  test::StorePlace place;
};

std::string With(const std::string& filters) {
  return "(version 1)\n(deny default)\n(allow file-read-data (literal \"/a\")" + filters + ")\n";
}

}  // namespace

TEST_CASE("a denial that was answered by deny or ignore is not asked about again, until that is revoked") {
  const Place place;
  for (const char* answer : {"deny", "ignore"}) {
    CAPTURE(answer);
    REQUIRE(place.Decide({"--profile", "my.sb", "--answer", answer, "--reason", "no", "file-read-data", "/opt/x"}).exit_code == 0);
    const auto asked = place.Suggest("./my.sb");
    CHECK(asked.out == With(" (literal \"/opt/y\")"));
    CHECK(asked.err.starts_with("1 denial was decided before and is not asked about; sbtune decisions lists them.\n"));
    CHECK(asked.exit_code == 0);
    CHECK(place.Suggest("other.sb").out == With(" (literal \"/opt/x\") (literal \"/opt/y\")"));
  }
  REQUIRE(place.Decide({"--revoke", "2"}).exit_code == 0);
  CHECK(place.Suggest("my.sb").out == With(" (literal \"/opt/x\") (literal \"/opt/y\")"));
}

TEST_CASE("decisions are listed as a table and as JSON") {
  const Place place;
  REQUIRE(place.Decide({"--profile", "my.sb", "--answer", "deny", "--reason", "not its business", "file-read-data", "/opt/x"}).exit_code == 0);
  const auto table = place.Decide({});
  CHECK(table.err.empty());
  CHECK(table.out.starts_with("ID  ANSWER  OPERATION       TARGET  PROFILE"));
  CHECK(table.out.ends_with("  not its business\n"));
  const auto json = nlohmann::json::parse(place.Decide({"--json", "--profile", "my.sb"}).out);
  CHECK(json["schema"] == "sbtune.decisions/1");
  REQUIRE(json["decisions"].size() == 1);
  CHECK(json["decisions"][0]["profile"] == std::filesystem::canonical(place.place.folder()).string() + "/my.sb");
  CHECK(json["decisions"][0]["answer"] == "deny");
  CHECK(json["decisions"][0]["reason"] == "not its business");
  CHECK(nlohmann::json::parse(place.Decide({"--json", "--profile", "other.sb"}).out)["decisions"].empty());
}

TEST_CASE("decisions tells what is missing") {
  const Place place;
  CHECK(place.Decide({"--answer", "deny"}).err == "sbtune: --answer needs --profile and an operation, and mostly a target\n");
  CHECK(place.Decide({"--answer", "deny"}).exit_code == 2);
  CHECK(place.Decide({"--revoke", "9"}).err == "sbtune: no decision has the number 9; sbtune decisions lists them\n");
  CHECK(place.Decide({"--revoke", "9"}).exit_code == 1);
}
