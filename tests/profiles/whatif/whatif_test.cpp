#include "profiles/whatif/whatif.h"

#include <doctest/doctest.h>

#include "tests/support/memory_files.h"
#include "tests/support/shared_data.h"

namespace sbtune::whatif {
namespace {

struct Case {
  const char* what;
  const char* profile;  // behind (version 1)(deny default), which are line 1
  const char* operation;
  const char* target;
  std::string expected;  // "allow parameter: -D X=1\n"…
};

std::string Text(const std::vector<Alternative>& alternatives) {
  std::string text;
  for (const Alternative& one : alternatives) {
    text += std::string(sbpl::Name(one.decision)) + " " + std::string(Name(one.kind)) + ": " + one.text + "\n";
  }
  return text;
}

std::string Find(const std::string& profile, sbpl::LoadOptions load, const sbpl::PolicyOptions& policy,
                 const std::string& operation, const std::optional<std::string>& target) {
  test::MemoryFiles files({{"a.sb", profile}});
  load.paths = {"a.sb"};
  const sbpl::LoadResult loaded = sbpl::LoadProfile(load, files);
  REQUIRE(loaded.ok());
  return Text(FindAlternatives({load, files, policy, loaded.profile, operation, target}));
}

const Case kCases[] = {
    {"a parameter that is only tested", "(if (param \"NET\") (allow network-outbound))", "network-outbound",
     "remote:*:443", "allow parameter: -D NET=1\n"},
    {"a parameter that is compared", "(if (equal? (param \"MODE\") \"build\") (allow process-fork))", "process-fork", nullptr,
     "allow parameter: -D MODE=build\n"},
    {"a parameter held in a variable", "(define mode (param \"MODE\"))\n(when (string=? (or mode \"\") \"x\") (allow process-fork))",
     "process-fork", nullptr, "allow parameter: -D MODE=x\n"},
    {"an entitlement that is read while loading", "(if (entitlement \"com.example.net\") (allow network-outbound))",
     "network-outbound", "remote:*:443", "allow entitlement: the process had the entitlement com.example.net\n"},
    {"an entitlement that holds a list",
     "(for-each (lambda (name) (allow mach-lookup (global-name name))) (or (entitlement \"com.example.names\") '()))",
     "mach-lookup", "com.example.x", "allow entitlement: the process had the entitlement com.example.names for com.example.x\n"},
    {"an entitlement that a filter asks for", "(allow mach-lookup (require-entitlement \"com.example.x\"))", "mach-lookup",
     "com.example.service",
     "allow entitlement: the process had the entitlement com.example.x\n"
     "deny fact: --fact entitlement!=com.example.x\n"},
    {"a fact", "(allow file-read* (require-all (subpath \"/srv\") (vnode-type DIRECTORY)))", "file-read-data", "/srv/x",
     "allow fact: --fact vnode-type=DIRECTORY\ndeny fact: --fact vnode-type!=DIRECTORY\n"},
    {"two facts together",
     "(allow file-read* (require-all (extension \"com.example.x\") (process-attribute is-plugin)))", "file-read-data", "/x",
     "deny fact: --fact extension!=com.example.x\ndeny fact: --fact process-attribute!=is-plugin\n"
     "allow fact: --fact extension=com.example.x --fact process-attribute=is-plugin\n"},
    {"the order of two rules", "(allow file-read* (subpath \"/opt\"))\n(deny file-read* (literal \"/opt/s\"))",
     "file-read-data", "/opt/s",
     "allow order: the rule at a.sb:2:1 came after the one at a.sb:3:1\nallow removal: the rule at a.sb:3:1 was not there\n"},
    {"an operation that is more specific", "(allow file-write-data (subpath \"/d\"))\n(deny file-write* (subpath \"/d/x\"))",
     "file-write-data", "/d/x/y",
     "deny operation: the rule at a.sb:3:1 named file-write-data as well\ndeny removal: the rule at a.sb:2:1 was not there\n"},
    {"an operation and the order", "(allow file-read* (subpath \"/a\"))\n(deny file-read-data (literal \"/a/x\"))", "file-read-data", "/a/x",
     "allow operation: the rule at a.sb:2:1 named file-read-data as well and came after the one at a.sb:3:1\n"
     "allow removal: the rule at a.sb:3:1 was not there\n"},
    {"an operation against a rule without a filter", "(deny file-write-unlink)\n(allow file-write* (subpath \"/c\"))", "file-write-unlink", "/c/x",
     "allow operation: the rule at a.sb:3:1 named file-write-unlink as well\nallow removal: the rule at a.sb:2:1 was not there\n"},
    {"the value of an entitlement", "(allow mach-lookup (require-entitlement \"com.x.z\" (entitlement-value \"v\")))", "mach-lookup", "r",
     "deny entitlement: the process had the entitlement com.x.z\n"
     "allow entitlement: the process had the entitlement com.x.z with \"v\"\n"},
    {"a dead path", "(allow file-read* (subpath \"/tmp/x\"))", "file-read-data", "/tmp/x/y",
     "allow rule-path: the rule at a.sb:2:1 said /private/tmp/x instead of /tmp/x\n"},
    {"the target as the caller spells it", "(allow file-test-existence (literal \"/private/etc/x\"))\n(deny file-test-existence)",
     "file-test-existence", "/etc/x",
     "allow target: the target were spelled /private/etc/x\nallow removal: the rule at a.sb:3:1 was not there\n"},
    {"several rules in the way", "(allow file-read* (subpath \"/opt\"))\n(deny file-read-data (subpath \"/opt/a\"))\n(deny file-read-data)",
     "file-read-data", "/opt/a",
     "allow operation: the rule at a.sb:2:1 named file-read-data as well and came after the one at a.sb:3:1\n"
     "allow removal: the rules at a.sb:3:1 and a.sb:4:1 were not there\n"},
    {"nothing", "", "file-read-data", "/x", ""},
    {"nothing against what the system forbids", "(allow process-exec*)", "forbidden-exec-sugid", nullptr, ""},
    {"nothing for a word that is no operation", "", "file-raed", "/x", ""},
};

TEST_CASE("what would decide it the other way is found") {
  for (const Case& one : kCases) {
    CAPTURE(std::string(one.what));
    const auto target = one.target == nullptr ? std::nullopt : std::optional<std::string>(one.target);
    CHECK(Find("(version 1)(deny default)\n" + std::string(one.profile), {}, {}, one.operation, target) == one.expected);
  }
}

TEST_CASE("a parameter that was given is tried without") {
  sbpl::LoadOptions load;
  load.parameters = {{"NET", "1"}};
  CHECK(Find("(version 1)(deny default)(if (param \"NET\") (allow network-outbound))", load, {}, "network-outbound",
             "remote:*:443") == "deny parameter: -D NET is not given\ndeny removal: the rule at a.sb:1:44 was not there\n");
}

TEST_CASE("a parameter that holds a path is not tried as a switch, and none with the name of another") {
  const std::string profile =
      "(version 1)(deny default)\n(allow file-write* (subpath (string-append (param \"PROJECT\") \"/src\")))\n"
      "(cond ((equal? (param \"NET\") \"full\") (allow network*)))";
  sbpl::LoadOptions load;
  load.parameters = {{"PROJECT", "/Users/me/project"}};
  CHECK(Find(profile, load, {}, "file-write-data", "/Users/me/project/src/a") ==
        "deny removal: the rule at a.sb:2:1 was not there\n");
  CHECK(Find(profile, load, {}, "network-outbound", "remote:*:443") == "allow parameter: -D NET=full\n");
}

TEST_CASE("a fact that was given is replaced, and case counts where it was made to") {
  sbpl::PolicyOptions policy;
  policy.facts = {{sbpl::Fact::Kind::kHolds, "vnode-type", "1"}};
  const std::string profile = "(version 1)(deny default)\n(allow file-read* (require-all (subpath \"/srv\") (vnode-type DIRECTORY)))";
  CHECK(Find(profile, {}, policy, "file-read-data", "/srv/x") == "allow fact: --fact vnode-type=DIRECTORY\n");
  policy = {};
  policy.case_rule = sbpl::CaseRule::kExact;
  CHECK(Find("(version 1)(deny default)(allow file-read* (subpath \"/Opt\"))", {}, policy, "file-read-data", "/opt/x") ==
        "allow case: paths were compared without their case\n");
}

TEST_CASE("the number of loads is limited") {
  const std::string profile = "(version 1)(deny default)(if (param \"NET\") (allow network-outbound))";
  test::MemoryFiles files({{"a.sb", profile}});
  const sbpl::PolicyOptions policy;
  sbpl::LoadOptions load;
  load.paths = {"a.sb"};
  const sbpl::LoadResult loaded = sbpl::LoadProfile(load, files);
  const Question question{load, files, policy, loaded.profile, "network-outbound", "remote:*:443"};
  CHECK(FindAlternatives(question, 0).empty());
  CHECK(FindAlternatives(question, 1).size() == 1);
}

TEST_CASE("Apple's application.sb names the entitlement that opens a device or the network") {
  const auto folder = test::SharedData("corpus/profiles/apple-10.15.2/Profiles");
  if (!folder) {
    MESSAGE("skipped: no corpus");
    return;
  }
  sbpl::LoadOptions load;
  load.paths = {*folder + "/application.sb"};
  load.import_dirs = {*folder};
  load.macos = "10.15";
  load.missing_parameters = sbpl::MissingParameters::kPlaceholder;
  sbpl::DiskFiles files;
  const sbpl::LoadResult loaded = sbpl::LoadProfile(load, files);
  REQUIRE(loaded.ok());
  sbpl::PolicyOptions policy;
  policy.facts = {{sbpl::Fact::Kind::kNothingElse, "extension", ""}};
  const auto camera = Text(FindAlternatives({load, files, policy, loaded.profile, "device-camera", std::nullopt}));
  CHECK(camera == "allow entitlement: the process had the entitlement com.apple.security.device.camera\n");
}

}  // namespace
}  // namespace sbtune::whatif
