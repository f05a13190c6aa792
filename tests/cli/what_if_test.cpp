// explain: what would make a denied access allowed.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/support/command.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;

namespace {

constexpr const char* kProfile =
    "(version 1)\n"
    "(deny default)\n"
    "(allow file-read* (subpath \"/a\"))\n"
    "(deny file-read* (subpath \"/a/secret\"))\n"
    "(deny file-read-data (literal \"/a/x\"))\n"
    "(if (param \"NETWORK\") (allow network-outbound))\n"
    "(if (and (param \"MODE\") (string=? (param \"MODE\") \"YES\")) (allow signal))\n"
    "(allow mach-lookup (require-all (global-name \"q\") (require-entitlement \"com.x.y\")))\n"
    "(allow mach-lookup (require-all (global-name \"r\") (require-entitlement \"com.x.z\" (entitlement-value \"v\"))))\n"
    "(deny file-write-unlink)\n"
    "(allow file-write* (subpath \"/c\"))\n";

class Place {
 public:
  Place() { test::WriteFile(folder_ / "p.sb", kProfile); }
  std::string Explain(std::vector<std::string> more) const {
    more.insert(more.begin(), {SBTUNE_PROGRAM, "explain", "-p", "p.sb"});
    const test::CommandResult done = test::RunCommand(more, {.folder = folder_.path(), .input = ""});
    CHECK(done.exit_code == 0);
    return done.out;
  }
  // Behind "would be allowed:".
  std::string Remedies(std::vector<std::string> more) const {
    const std::string text = Explain(std::move(more));
    const std::size_t at = text.find("would be allowed:\n");
    return at == std::string::npos ? "" : text.substr(at + 18);
  }

 private:
  test::TempFolder folder_;
};

}  // namespace

TEST_CASE("explain says what would make a denied access allowed") {
  const Place place;
  const struct {
    std::vector<std::string> asked;
    std::string remedies;
  } cases[] = {
      {{"file-read-data", "/a/secret/k"}, "  if the rule at p.sb:3:1 came after the one at p.sb:4:1\n"},
      {{"file-read-data", "/a/x"}, "  if the rule at p.sb:3:1 named file-read-data and came after the one at p.sb:5:1\n"},
      {{"file-write-unlink", "/c/x"}, "  if the rule at p.sb:11:1 named file-write-unlink\n"},
      {{"network-outbound", "remote:*:443"}, "  with -D NETWORK=1 (asked for at p.sb:6:5)\n"},
      {{"signal", "others"}, "  with -D MODE=YES (asked for at p.sb:7:10)\n"},
      {{"mach-lookup", "q"}, "  if the process had the entitlement com.x.y (tested at p.sb:8:51)\n"},
      {{"mach-lookup", "r"}, "  if the process had the entitlement com.x.z with \"v\" (tested at p.sb:9:51)\n"},
      {{"mach-lookup", "none"}, ""},
      {{"file-read-data", "/a/b"}, ""},  // allowed
      {{"-D", "NETWORK=1", "network-outbound", "remote:*:443"}, ""},
  };
  for (const auto& each : cases) {
    CAPTURE(each.asked.back());
    CHECK(place.Remedies(each.asked) == each.remedies);
  }
}

TEST_CASE("explain --json lists what would make it allowed, an empty array when nothing would") {
  const Place place;
  const auto json = nlohmann::json::parse(place.Explain({"--json", "mach-lookup", "r"}));
  CHECK(json["allowed_if"] ==
        nlohmann::json::parse(R"([{"kind":"entitlement","name":"com.x.z","value":"v","where":"p.sb:9:51"}])"));
  const auto order = nlohmann::json::parse(place.Explain({"--json", "file-read-data", "/a/secret/k"}));
  CHECK(order["allowed_if"] ==
        nlohmann::json::parse(R"([{"kind":"order","name":"file-read*","value":null,"where":"p.sb:3:1"}])"));
  const auto none = nlohmann::json::parse(place.Explain({"--json", "mach-lookup", "none"}));
  CHECK(none["allowed_if"] == nlohmann::json::array());
}
