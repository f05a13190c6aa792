#include "profiles/sbpl/policy.h"

#include <doctest/doctest.h>

#include "tests/support/make_rules.h"

using namespace sbtune;
using namespace sbtune::test;
using sbpl::Basis;
using sbpl::Decision;
using sbpl::Policy;
using sbpl::Verdict;

namespace {

Policy Compile(const sbpl::Profile& profile, const std::vector<std::string>& facts = {}) {
  sbpl::PolicyOptions options;
  const auto catalog = catalog::Catalog::ForVersion(profile.macos);
  REQUIRE(catalog.has_value());
  for (const std::string& text : facts) {
    const auto fact = sbpl::ParseFact(text, **catalog);
    REQUIRE_MESSAGE(fact.has_value(), text);
    options.facts.push_back(*fact);
  }
  auto policy = Policy::Compile(profile, options);
  REQUIRE_MESSAGE(policy.has_value(), (policy ? "" : policy.error().message));
  return std::move(*policy);
}

// "allow 2 file-read*": the decision, the rule's position from 1 or "default"/"implicit", the deciding operation.
std::string Decide(const sbpl::Profile& profile, const std::string& operation, const std::string& target,
                   const std::vector<std::string>& facts = {}) {
  const Policy policy = Compile(profile, facts);
  const std::optional<std::string> named = target.empty() ? std::nullopt : std::optional(target);
  const Verdict verdict = policy.Decide(sbpl::QueryFromAccess(operation, named));
  std::vector<sbpl::Step> steps;
  CHECK(policy.Explain(sbpl::QueryFromAccess(operation, named), steps) == verdict);
  std::string text(Name(verdict.decision));
  if (verdict.basis == Basis::kImplicitRule) {
    text += " implicit";
  } else if (verdict.rule == nullptr) {
    text += " default";
  } else {
    text += " " + std::to_string(verdict.rule - profile.rules.data() + 1);
  }
  return text + " " + std::string(verdict.operation);
}

}  // namespace

TEST_CASE("Rules decide per operation, filtered before unfiltered, the last filtered first") {
  const struct {
    std::string what;
    std::vector<Rule> rules;
    std::string operation;
    std::string target;
    std::string expected;
  } rows[] = {
      {"no rule at all", {}, "file-read-data", "/a", "deny default default"},
      {"filtered against filtered: the later", {Allow({"file-read*"}, {Subpath("/a")}), Deny({"file-read*"}, {Literal("/a/b")})},
       "file-read-data", "/a/b", "deny 2 file-read*"},
      {"filtered against filtered: the later, though wider",
       {Deny({"file-read*"}, {Literal("/a/b")}), Allow({"file-read*"}, {Subpath("/a")})}, "file-read-data", "/a/b",
       "allow 2 file-read*"},
      {"a later unfiltered deny does not reach a filtered allow",
       {Allow({"file-read*"}, {Subpath("/a")}), Deny({"file-read*"})}, "file-read-data", "/a/b", "allow 1 file-read*"},
      {"but decides the rest", {Allow({"file-read*"}, {Subpath("/a")}), Deny({"file-read*"})}, "file-read-data", "/b",
       "deny 2 file-read*"},
      {"a later unfiltered allow does not reach a filtered deny",
       {Deny({"network-outbound"}, {Literal("/s")}), Allow({"network-outbound"})}, "network-outbound", "/s",
       "deny 1 network-outbound"},
      {"the leaf decides before the wildcard, allow first",
       {Allow({"file-write-data"}, {Subpath("/d")}), Deny({"file-write*"}, {Literal("/d/f")})}, "file-write-data", "/d/f",
       "allow 1 file-write-data"},
      {"the leaf decides before the wildcard, deny first",
       {Deny({"file-write*"}, {Literal("/d/f")}), Allow({"file-write-data"}, {Subpath("/d")})}, "file-write-data", "/d/f",
       "allow 2 file-write-data"},
      {"an unfiltered leaf decides before a filtered wildcard",
       {Deny({"file-write-unlink"}), Allow({"file-write*"}, {Subpath("/d")})}, "file-write-unlink", "/d/f",
       "deny 1 file-write-unlink"},
      {"in the other order too", {Allow({"file-write*"}, {Subpath("/d")}), Deny({"file-write-unlink"})},
       "file-write-unlink", "/d/f", "deny 2 file-write-unlink"},
      {"(deny default) last makes no difference", {Allow({"file-read*"}, {Subpath("/a")}), Deny({"default"})},
       "file-read-data", "/a", "allow 1 file-read*"},
      {"(allow default) decides what nothing names", {Allow({"default"}), Deny({"file-write*"})}, "file-read-data", "/a",
       "allow 1 default"},
      {"(deny file*) does not reach what the preamble allows", {Deny({"file*"})}, "file-clone", "/a",
       "allow default file-clone"},
      {"only its own name does", {Deny({"file-clone"}), Allow({"file*"})}, "file-clone", "/a", "deny 1 file-clone"},
      {"(allow default) does not grant file-write-setugid", {Allow({"default"}), Allow({"file*"})}, "file-write-setugid",
       "/a", "deny default file-write-setugid"},
      {"nor job-creation", {Allow({"default"})}, "job-creation", "", "deny default job-creation"},
      {"a rule naming two operations is two entries",
       {Allow({"file-read-data", "file-write*"}, {Subpath("/a")}), Deny({"file-read*"}, {Subpath("/a")})},
       "file-read-data", "/a/x", "allow 1 file-read-data"},
      {"and the other", {Allow({"file-read-data", "file-write*"}, {Subpath("/a")}), Deny({"file-read*"}, {Subpath("/a")})},
       "file-write-mode", "/a/x", "allow 1 file-write*"},
      {"several filters mean any", {Allow({"file-read*"}, {Literal("/a"), Literal("/b")})}, "file-read-data", "/b",
       "allow 1 file-read*"},
      {"several arguments of one filter mean any", {Allow({"file-read*"}, {Text("subpath", {"/a", "/b"})})},
       "file-read-data", "/b/c", "allow 1 file-read*"},
      {"nested filters are plain logic", {Allow({"file-read*"}, {All({Subpath("/a"), Not(Any({Literal("/a/x"), Prefix("/a/.")}))})})},
       "file-read-data", "/a/.ssh", "deny default default"},
      {"nested filters are plain logic, the other way",
       {Allow({"file-read*"}, {All({Subpath("/a"), Not(Any({Literal("/a/x"), Prefix("/a/.")}))})})}, "file-read-data",
       "/a/y", "allow 1 file-read*"},
      {"the last unfiltered rule wins", {Allow({"file-read*"}), Deny({"file-read*"})}, "file-read-data", "/a",
       "deny 2 file-read*"},
      {"parents are the table's: bind asks inbound", {Allow({"network-inbound"})}, "network-bind", "local:*:80",
       "allow 1 network-inbound"},
      {"mknod is no write", {Allow({"file-write*"})}, "file-mknod", "/dev/x", "deny default default"},
      {"signalling oneself cannot be denied", {Deny({"signal"}, {Number("target", {1})})}, "signal", "self",
       "allow implicit signal"},
      {"an alias asks the same", {Allow({"process-exec*"}, {Literal("/bin/ls")})}, "process-exec", "/bin/ls",
       "allow 1 process-exec*"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    CHECK(Decide(MakeProfile(row.rules), row.operation, row.target) == row.expected);
  }
}

TEST_CASE("Messages are allowed by default, and unknown where a rule filters them") {
  CHECK(Decide(MakeProfile({Deny({"default"})}), "mach-message-send", "") == "allow default default-message-filter");
  Rule filtering = Allow({"mach-bootstrap"});
  filtering.modifiers.push_back({"message-filter", "message-filter", {}, {Deny({"mach-message-send"})}, {}});
  CHECK(Decide(MakeProfile({Deny({"default"}), filtering}), "mach-message-send", "") == "unknown 2 mach-message-send");
}

TEST_CASE("What stands beside the profile, and what nobody knows") {
  const sbpl::Profile profile = MakeProfile({Allow({"default"})});
  const Policy policy = Compile(profile);
  const Verdict beside = policy.Decide(sbpl::QueryFromAccess("forbidden-exec-sugid", std::nullopt));
  CHECK(beside.decision == Decision::kDeny);
  CHECK(beside.basis == Basis::kBesideProfile);
  const Verdict unknown = policy.Decide(sbpl::QueryFromAccess("file-raed", "/x"));
  CHECK(unknown.decision == Decision::kUnknown);
  CHECK(unknown.basis == Basis::kNoOperation);
  CHECK(unknown.unknown_reason == "no operation is called 'file-raed' in any version of macOS known here");
}

TEST_CASE("The system adds its own rules in front, by version") {
  const auto own = [](const std::string& macos, std::vector<Rule> rules) {
    const sbpl::Profile profile = MakeProfile(std::move(rules), macos);
    const Policy policy = Compile(profile);
    std::string text;
    for (const Rule& rule : policy.implicit_rules()) {
      CHECK(rule.implicit);
      text += (text.empty() ? "" : " ") + std::string(access::Name(rule.action)) + ":" + rule.operations.front().name;
    }
    return text;
  };
  CHECK(own("10.9", {}) == "deny:network-outbound allow:signal");
  CHECK(own("10.9", {Allow({"mach-lookup"}, {GlobalName("x")})}) ==
        "allow:mach-bootstrap deny:network-outbound allow:signal");
  CHECK(own("10.10", {Allow({"file-read*"})}) == "allow:network-outbound deny:network-outbound allow:signal");
  CHECK(own("10.10", {Allow({"default"}), Deny({"file*"}, {Literal("/x")})}) ==
        "allow:mach-bootstrap deny:network-outbound allow:signal");
  CHECK(own("10.12", {Allow({"default"})}) == "deny:network-outbound allow:signal");
  CHECK(own("10.13", {}) == "allow:signal allow:mach-task-name");
  CHECK(own("13.0", {}) == "allow:signal allow:mach-task-name");
  CHECK(own("26", {}) == "allow:signal allow:mach-task-name allow:mach-task-inspect allow:mach-task-read");
  const sbpl::Profile profile = MakeProfile({Allow({"network-outbound"})}, "10.9");
  CHECK(Decide(profile, "network-outbound", "/private/tmp/launchd-12.abc/sock") == "deny implicit network-outbound");
  CHECK(Decide(profile, "network-outbound", "/private/tmp/launchd-12.abc/other") == "allow 1 network-outbound");
}

TEST_CASE("A bad expression is named with its place") {
  const auto policy = Policy::Compile(MakeProfile({Allow({"file-read*"}, {RegexFilter("(a")})}), {});
  REQUIRE(!policy.has_value());
  CHECK(policy.error().message == "?: bad regular expression '(a': unmatched '('");
}
