// Decisions that public projects measured on real kernels, each as a small profile of our own. Where the published
// row names only "inside" or "any", a concrete target stands for it.
#include <doctest/doctest.h>

#include "profiles/sbpl/policy.h"
#include "tests/support/memory_files.h"

using namespace sbtune;

namespace {

std::string Decide(const std::string& text, const std::string& operation, const std::string& target,
                   const std::string& macos) {
  test::MemoryFiles files({{"p.sb", "(version 1)\n" + text + "\n"}});
  sbpl::LoadOptions options;
  options.paths = {"p.sb"};
  options.macos = macos;
  const sbpl::LoadResult loaded = sbpl::LoadProfile(options, files);
  for (const base::Diagnostic& diagnostic : loaded.diagnostics.items()) INFO(Render(diagnostic, loaded.profile.sources));
  REQUIRE(loaded.ok());
  const auto policy = sbpl::Policy::Compile(loaded.profile, {});
  REQUIRE(policy.has_value());
  const sbpl::Query query = sbpl::QueryFromAccess(operation, target.empty() ? std::nullopt : std::optional(target));
  return std::string(Name(policy->Decide(query).decision));
}

}  // namespace

TEST_CASE("What was measured on 14.4.1: the canonical spelling is the only one that matches") {
  const struct {
    std::string profile;
    std::string target;
    std::string decision;
  } rows[] = {
      {"(deny default) (allow file-read* (literal \"/tmp/foo\"))", "/tmp/foo", "deny"},
      {"(deny default) (allow file-read* (literal \"/tmp/foo\"))", "/private/tmp/foo", "deny"},
      {"(deny default) (allow file-read* (literal \"/private/tmp/foo\"))", "/tmp/foo", "allow"},
      {"(deny default) (allow file-read* (literal \"/private/tmp/foo\"))", "/private/tmp/foo", "allow"},
      {"(deny default) (allow file-read* (literal \"/tmp/foo\")) (allow file-read* (literal \"/private/tmp/foo\"))",
       "/tmp/foo", "allow"},
      {"(deny default) (allow file-read* (literal \"/tmp/foo\")) (allow file-read* (literal \"/private/tmp/foo\"))",
       "/private/tmp/foo", "allow"},
      {"(deny default) (allow file-read* (literal \"/private/var/tmp/canon\"))", "/private/var/tmp/canon", "allow"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.profile);
    CAPTURE(row.target);
    CHECK(Decide(row.profile, "file-read-data", row.target, "14.4.1") == row.decision);
  }
  // Opening /var/tmp/canon fails because the link /var itself may not be looked at: another question to the profile.
  CHECK(Decide("(deny default) (allow file-read* (literal \"/private/var/tmp/canon\"))", "file-read-metadata", "/var",
               "14.4.1") == "deny");
}

TEST_CASE("What was measured on 14.4.1: nested filters, names of services") {
  for (const char* filter :
       {"(require-any (require-all (subpath \"/ok\") (require-not (literal \"/ok/blocked.txt\"))))",
        "(require-all (subpath \"/ok\") (require-not (require-any (literal \"/ok/blocked.txt\"))))"}) {
    CAPTURE(filter);
    const std::string profile = std::string("(deny default) (allow file-read* ") + filter + ")";
    CHECK(Decide(profile, "file-read-data", "/ok/a", "14.4.1") == "allow");
    CHECK(Decide(profile, "file-read-data", "/ok/blocked.txt", "14.4.1") == "deny");
  }
  const std::string denied_literal =
      "(deny default) (allow file-read* (require-any (subpath \"/ok\"))) (deny file-read* (literal \"/ok/blocked.txt\"))";
  CHECK(Decide(denied_literal, "file-read-data", "/ok/a", "14.4.1") == "allow");
  CHECK(Decide(denied_literal, "file-read-data", "/ok/blocked.txt", "14.4.1") == "deny");

  const std::string cfprefsd = "com.apple.cfprefsd.agent";
  CHECK(Decide("(deny default) (allow mach-lookup (global-name \"" + cfprefsd + "\"))", "mach-lookup", cfprefsd,
               "14.4.1") == "allow");
  for (const char* filter : {"(global-name \"com.apple.cfprefsd.agent\")", "(global-name-regex #\"cfprefsd\\.agent$\")",
                             "(local-name \"com.apple.cfprefsd.agent\")", "(local-name-regex #\"cfprefsd\")"}) {
    CAPTURE(filter);
    CHECK(Decide(std::string("(deny default) (allow mach-lookup ") + filter + ")", "mach-lookup", "com.example.bogus",
                 "14.4.1") == "deny");
  }
}

TEST_CASE("What was measured: order within one operation, operations before order, preamble before wildcards") {
  const struct {
    std::string macos;
    std::string profile;
    std::string operation;
    std::string target;
    std::string decision;
  } rows[] = {
      {"", "(allow network-outbound (path \"/s\")) (deny network-outbound (path \"/s\"))", "network-outbound", "/s", "deny"},
      {"", "(deny network-outbound (path \"/s\")) (allow network-outbound (path \"/s\"))", "network-outbound", "/s", "allow"},
      {"", "(deny network-outbound (subpath \"/d\")) (allow network-outbound (subpath \"/d/sub\"))", "network-outbound",
       "/d/sub/s", "allow"},
      {"", "(deny network-outbound (subpath \"/d\")) (allow network-outbound)", "network-outbound", "/d/s", "deny"},
      {"26.6.2", "(allow file-write-data (subpath \"/d\")) (deny file-write* (literal \"/d/f\"))", "file-write-data",
       "/d/f", "allow"},
      {"26.6.2", "(deny file-write* (literal \"/d/f\")) (allow file-write-data (subpath \"/d\"))", "file-write-data",
       "/d/f", "allow"},
      {"26.6.2", "(deny default)", "file-clone", "/x", "allow"},
      {"15.7.9", "(deny default)", "file-clone", "/x", "allow"},
      {"26.6.2", "(deny default) (deny fs-snapshot*)", "fs-snapshot-mount", "", "allow"},
      {"26.6.2", "(deny default) (deny fs-snapshot-mount)", "fs-snapshot-mount", "", "deny"},
      {"26.6.2", "(deny default) (deny file*)", "file-clone", "/x", "allow"},
      {"26.6.2", "(deny default) (deny file*)", "file-link", "/x", "allow"},
      {"26.6.2", "(deny default) (deny file*)", "file-map-executable", "/x", "allow"},
      {"26.6.2", "(deny default) (deny file*)", "file-test-existence", "/x", "allow"},
      {"26.6.2", "(deny default) (deny file*)", "file-mknod", "/x", "deny"},
      {"26.6.2", "(deny default) (deny file*)", "file-mount", "/x", "deny"},
      {"26.6.2", "(deny default) (deny file*)", "file-chroot", "/x", "deny"},
      {"26.6.2", "(deny file-clone) (allow file*)", "file-clone", "/x", "deny"},
      {"15.7.9", "(deny file-clone) (allow file*)", "file-clone", "/x", "deny"},
      {"26.6.2", "(deny file-clone) (allow file-clone)", "file-clone", "/x", "allow"},
      {"26.6", "(deny default) (allow file-write* (subpath \"/d\"))", "file-write-setugid", "/d/f", "deny"},
      {"26.6.2", "(deny file-map-executable (subpath \"/tmp/x\"))", "file-map-executable", "/private/tmp/x/lib", "allow"},
      {"26.6.2", "(deny file-map-executable (subpath \"/private/tmp/x\"))", "file-map-executable", "/private/tmp/x/lib",
       "deny"},
      {"26.6", "(allow default) (deny file-read-metadata (literal \"/var/db/timezone/zoneinfo\"))", "file-read-metadata",
       "/private/var/db/timezone/zoneinfo", "allow"},
      {"26.6", "(allow default) (deny file-read-metadata (literal \"/private/var/db/timezone/zoneinfo\"))",
       "file-read-metadata", "/private/var/db/timezone/zoneinfo", "deny"},
      {"", "(allow file-read*) (deny file-read* (subpath \"/s\"))", "file-read-data", "/s/f", "deny"},
      {"", "(deny file-read* (subpath \"/s\")) (allow file-read*)", "file-read-data", "/s/f", "deny"},
      {"", "(deny default) (allow network-inbound (local ip))", "network-inbound", "local:127.0.0.1:8080", "allow"},
      {"", "(deny default) (allow network-inbound (local ip))", "network-bind", "local:127.0.0.1:8080", "allow"},
      {"", "(deny default) (allow network-bind (local ip))", "network-bind", "local:127.0.0.1:8080", "allow"},
      {"", "(deny default) (allow network-bind (local ip))", "network-inbound", "local:127.0.0.1:8080", "deny"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.macos);
    CAPTURE(row.profile);
    CAPTURE(row.operation);
    CHECK(Decide(row.profile, row.operation, row.target, row.macos) == row.decision);
  }
}
