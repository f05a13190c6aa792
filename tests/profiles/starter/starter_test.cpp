#include "profiles/starter/starter.h"

#include <algorithm>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "profiles/lint/lint.h"
#include "profiles/sbpl/policy.h"
#include "tests/support/golden.h"
#include "tests/support/loading.h"

using namespace sbtune;

namespace {

constexpr const char* kWork = "/private/tmp/work";
constexpr const char* kTemporary = "/private/var/folders/ab/T";

sbpl::LoadResult LoadStarter(const starter::Starter& one) {
  sbpl::LoadOptions options;
  options.parameters = {{"CWD", kWork}, {"HOME", "/Users/dev"}, {"TMPDIR", kTemporary}};
  return test::Load(starter::Text(one), options);
}


// Whether an allow of this operation can reach writing. Devices are what the second test is about.
bool Writes(std::string_view operation) {
  return operation == "default" || operation == "file*" || operation.starts_with("file-write") ||
         operation == "file-mknod" || operation == "file-mount" || operation == "file-unmount" ||
         operation == "file-clone" || operation == "file-link" || operation == "file-issue-extension";
}

bool IsDevice(const sbpl::Filter& filter) {
  const std::string& text = std::get<std::string>(filter.arguments.at(0).value);
  return text.starts_with("/dev/") || text.starts_with("^/dev/");
}

}  // namespace

TEST_CASE("every starter has a name, a summary and parts, and is found by its name") {
  std::string names;
  for (const starter::Starter& one : starter::Starters()) {
    names += one.name + " ";
    CHECK(!one.summary.empty());
    CHECK(one.parts.size() >= 3);
    CHECK(starter::Find(one.name) == &one);
  }
  CHECK(names == "tool python node build agent ");
  CHECK(starter::Find("Tool") == nullptr);
}

TEST_CASE("every starter loads without a word and lint finds nothing, not even a note") {
  for (const starter::Starter& one : starter::Starters()) {
    CAPTURE(one.name);
    const sbpl::LoadResult loaded = LoadStarter(one);
    CHECK(test::Said(loaded) == "");
    std::string found;
    for (const lint::Finding& finding : lint::Lint(loaded, {})) {
      found += base::Render(finding.diagnostic, loaded.profile.sources);
    }
    CHECK(found == "");
    CHECK(loaded.profile.parameters_used == std::vector<std::string>{"CWD", "HOME", "TMPDIR"});
  }
}

TEST_CASE("every rule that allows writing names CWD, TMPDIR or devices") {
  for (const starter::Starter& one : starter::Starters()) {
    CAPTURE(one.name);
    const sbpl::LoadResult loaded = LoadStarter(one);
    for (const sbpl::Rule& rule : loaded.profile.rules) {
      const bool writes = std::ranges::any_of(
          rule.operations, [](const sbpl::RuleOperation& operation) { return Writes(operation.name); });
      if (!writes || rule.action == access::Action::kDeny) continue;
      CAPTURE(sbpl::Print(rule));
      CHECK(!rule.filters.empty());
      for (const sbpl::Filter& filter : rule.filters) {
        REQUIRE(filter.arguments.size() == 1);
        const std::string& text = std::get<std::string>(filter.arguments[0].value);
        CHECK((IsDevice(filter) || (filter.name == "subpath" && (text == kWork || text == kTemporary))));
      }
    }
  }
}

TEST_CASE("no starter reads secrets, writes start-up files, or reaches the keychain and other programs") {
  const std::pair<const char*, const char*> kNever[] = {
      {"file-read-data", "/Users/dev/.ssh/id_rsa"},
      {"file-read-data", "/Users/dev/.aws/credentials"},
      {"file-read-data", "/Users/dev/.netrc"},
      {"file-read-data", "/Users/dev/.npmrc"},
      {"file-read-data", "/Users/dev/.git-credentials"},
      {"file-read-data", "/Users/dev/Documents/letter.txt"},
      {"file-read-data", "/Users/dev/Library/Keychains/login.keychain-db"},
      {"file-read-data", "/Library/Keychains/System.keychain"},
      {"file-read-data", "/private/etc/master.passwd"},
      {"file-read-data", "/private/etc/sudoers"},
      {"file-read-data", "/private/var/db/dslocal/nodes/Default/users/root.plist"},
      {"file-read-data", "/opt/homebrew/var/postgresql/base/1"},
      {"file-write-create", "/Users/dev/.zshrc"},
      {"file-write-create", "/Users/dev/.config/git/hooks/post-checkout"},
      {"file-write-data", "/Users/dev/.gitconfig"},
      {"file-write-create", "/Users/dev/Library/LaunchAgents/x.plist"},
      {"file-write-create", "/private/tmp/workshop/x"},
      {"mach-lookup", "com.apple.SecurityServer"},
      {"mach-lookup", "com.apple.coreservices.appleevents"},
      {"mach-lookup", "com.apple.coreservices.launchservicesd"},
      {"mach-lookup", "com.apple.pasteboard.1"},
      {"appleevent-send", "com.apple.Terminal"},
      {"process-exec*", "/private/tmp/other"},
      {"sysctl-read", "kern.proc.all"},
      {"network-outbound", "/private/var/run/docker.sock"},
  };
  for (const starter::Starter& one : starter::Starters()) {
    const sbpl::LoadResult loaded = LoadStarter(one);
    const auto policy = sbpl::Policy::Compile(loaded.profile, {});
    REQUIRE(policy.has_value());
    for (const auto& [operation, target] : kNever) {
      CAPTURE(one.name);
      CAPTURE(operation);
      CAPTURE(target);
      CHECK(policy->Decide(sbpl::QueryFromAccess(operation, target)).decision == sbpl::Decision::kDeny);
    }
    const bool network = policy->Decide(sbpl::QueryFromAccess("network-outbound", "1.2.3.4:443")).decision !=
                         sbpl::Decision::kDeny;
    CHECK(network == (one.name == "agent"));
  }
}

TEST_CASE("the agent may not write what git runs outside, but what a clone inside needs") {
  const sbpl::LoadResult loaded = LoadStarter(*starter::Find("agent"));
  const auto policy = sbpl::Policy::Compile(loaded.profile, {});
  REQUIRE(policy.has_value());
  const auto decide = [&](const std::string& path) {
    return sbpl::Name(policy->Decide(sbpl::QueryFromAccess("file-write-create", path)).decision);
  };
  CHECK(decide("/private/tmp/work/.git/hooks/pre-commit") == "deny");
  CHECK(decide("/private/tmp/work/.git/config") == "deny");
  CHECK(decide("/private/tmp/work/.git/index.lock") == "allow");
  CHECK(decide("/private/tmp/work/clone/.git/config") == "allow");
}

TEST_CASE("a starter as the user gets it") {
  test::CheckGolden("starter/agent.sb", starter::Text(*starter::Find("agent")));
}
