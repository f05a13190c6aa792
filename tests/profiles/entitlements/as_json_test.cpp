#include "profiles/entitlements/as_json.h"

#include <doctest/doctest.h>

using sbtune::entitlements::EntitlementsAsJson;

TEST_CASE("a property list becomes the JSON object of its values") {
  const auto json = EntitlementsAsJson(
      "<?xml version=\"1.0\"?>\n<plist><dict>\n<key>on</key><true/><key>off</key><false/>\n"
      "<key>list</key><array><string>a &amp; b</string><string/></array>\n"
      "<key>nested</key><dict><key>n</key><integer>-3</integer><key>big</key><integer>70000</integer></dict>\n"
      "<key>one</key><string>\"x\"</string>\n</dict></plist>\n");
  REQUIRE(json.has_value());
  CHECK(*json == R"({"list":["a & b",""],"nested":{"big":70000,"n":-3},"off":false,"on":true,"one":"\"x\""})");
}

TEST_CASE("JSON is given back as it is, also when it is none") {
  for (const char* text : {"{\"a\": true}", " {}", "", "nonsense", "[1]"}) {
    CHECK(EntitlementsAsJson(text).value_or("error") == text);
  }
}

TEST_CASE("what looks like a property list and is none is refused") {
  CHECK(EntitlementsAsJson("<plist><array/></plist>").error().message ==
        "line 1: the property list is not a dictionary: entitlements are <dict>…</dict>");
  CHECK(EntitlementsAsJson("bplist00abc").error().message ==
        "is a binary property list; plutil -convert xml1 FILE makes it text");
}
