#include "profiles/sbpl/facts.h"

#include <doctest/doctest.h>

#include <thread>

#include "profiles/sbpl/policy.h"
#include "tests/support/make_rules.h"

using namespace sbtune;
using namespace sbtune::test;
using sbpl::Fact;

namespace {

const catalog::Catalog& Newest() { return **catalog::Catalog::ForVersion(""); }

std::string Parsed(const std::string& text) {
  const auto fact = sbpl::ParseFact(text, Newest());
  if (!fact) return fact.error().message;
  switch (fact->kind) {
    case Fact::Kind::kHolds: return fact->name + " is " + fact->value;
    case Fact::Kind::kDoesNotHold: return fact->name + " is not " + fact->value;
    case Fact::Kind::kNothingElse: return fact->name + " is nothing else";
  }
  return "";
}

// What (allow OPERATION FILTER) under (deny default) says: allow, deny, or the reason why it is unknown.
std::string Decide(Filter filter, const std::string& operation, const std::string& target,
                   const std::vector<std::string>& facts) {
  filter.spelled = filter.name;
  const sbpl::Profile profile = MakeProfile({Allow({operation}, {std::move(filter)})});
  sbpl::PolicyOptions options;
  for (const std::string& text : facts) {
    const auto fact = sbpl::ParseFact(text, Newest());
    REQUIRE_MESSAGE(fact.has_value(), text);
    options.facts.push_back(*fact);
  }
  const auto policy = sbpl::Policy::Compile(profile, options);
  REQUIRE(policy.has_value());
  const sbpl::Query query = sbpl::QueryFromAccess(operation, target.empty() ? std::nullopt : std::optional(target));
  const sbpl::Verdict verdict = policy->Decide(query);
  return verdict.decision == sbpl::Decision::kUnknown ? verdict.unknown_reason : std::string(Name(verdict.decision));
}

Filter Entitlement(std::string name, std::vector<Filter> values = {}) {
  Filter filter = Text("require-entitlement", {std::move(name)});
  filter.subfilters = std::move(values);
  return filter;
}

const std::string kMissing = "needs a fact that the log does not carry; give --fact ";

}  // namespace

TEST_CASE("A fact is NAME=VALUE, NAME!=VALUE or NAME=") {
  const struct {
    std::string text;
    std::string parsed;
  } rows[] = {
      {"vnode-type=DIRECTORY", "vnode-type is 2"},
      {"vnode-type!=2", "vnode-type is not 2"},
      {"file-mode=0o644", "file-mode is 420"},
      {"file-mode=#o4", "file-mode is 4"},
      {"uid=0x10", "uid is 16"},
      {"extension=com.x:/a=b", "extension is com.x:/a=b"},
      {"extension=", "extension is nothing else"},
      {"granted-extensions=com.x", "extension is com.x"},
      {"entitlement=com.x", "entitlement is com.x"},
      {"protocol=udp", "protocol is udp"},
      {"global-name-prefix=x", "global-name is x"},
      {"vnode-type", "a fact is written NAME=VALUE, NAME!=VALUE or NAME=, not 'vnode-type'"},
      {"=x", "a fact is written NAME=VALUE, NAME!=VALUE or NAME=, not '=x'"},
      {"uid!=", "'uid!=' names no value"},
      {"vnode-type=FOLDER", "'FOLDER' is neither a number nor a value of 'vnode-type'"},
      {"uid=1x", "'1x' is neither a number nor a value of 'uid'"},
      {"vnode-typ=DIRECTORY",
       "no fact is called 'vnode-typ'; facts are named like the filters that ask for them, perhaps 'vnode-type'"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(Parsed(row.text) == row.parsed);
  }
}

TEST_CASE("Facts that no log carries make the decision unknown until they are given") {
  const Filter directory = Number("vnode-type", {2, 5});
  const Filter held = Text("extension", {"com.x"});
  const Filter mode = Number("file-mode", {4});
  const struct {
    Filter filter;
    std::vector<std::string> facts;
    std::string expected;
  } rows[] = {
      {directory, {}, "the filter (vnode-type …) " + kMissing + "vnode-type=…"},
      {directory, {"vnode-type=DIRECTORY"}, "allow"},
      {directory, {"vnode-type=SYMLINK"}, "allow"},
      {directory, {"vnode-type=REGULAR-FILE"}, "deny"},
      {directory, {"vnode-type!=DIRECTORY"}, "the filter (vnode-type …) " + kMissing + "vnode-type=…"},
      {directory, {"vnode-type!=DIRECTORY", "vnode-type!=SYMLINK"}, "deny"},
      {held, {}, "the filter (extension …) " + kMissing + "extension=…"},
      {held, {"extension=com.x"}, "allow"},
      {held, {"extension=com.x:/a"}, "allow"},
      {held, {"extension=com.x:/A/b/c"}, "deny"},
      {held, {"extension=com.x:/a/bc"}, "deny"},
      {held, {"extension=com.y"}, "the filter (extension …) " + kMissing + "extension=…"},
      {held, {"extension=com.y", "extension="}, "deny"},
      {held, {"extension!=com.x"}, "deny"},
      {held, {"extension="}, "deny"},
      {mode, {}, "the filter (file-mode …) " + kMissing + "file-mode=…"},
      {mode, {"file-mode=0o644"}, "allow"},
      {mode, {"file-mode=0o640"}, "deny"},
      {Number("file-mode", {6}), {"file-mode=0o644"}, "the filter (file-mode …) " + kMissing + "file-mode=…"},
      {Number("process-attribute", {1}), {"process-attribute=is-installer"}, "allow"},
      {Number("process-attribute", {1}), {"process-attribute!=is-installer"}, "deny"},
      {Number("process-attribute", {1}),
       {"process-attribute=is-plugin"},
       "the filter (process-attribute …) " + kMissing + "process-attribute=…"},
      {Entitlement("com.e"), {}, "the filter (require-entitlement …) " + kMissing + "entitlement=…"},
      {Entitlement("com.e"), {"entitlement=com.e"}, "allow"},
      {Entitlement("com.e"), {"entitlement!=com.e"}, "deny"},
      {Entitlement("com.e"), {"entitlement="}, "deny"},
      {Entitlement("com.e", {Text("entitlement-value", {"v", "w"})}), {"entitlement=com.e:w"}, "allow"},
      {Entitlement("com.e", {Text("entitlement-value", {"v"})}), {"entitlement=com.e:w"}, "deny"},
      {Entitlement("com.e", {Text("entitlement-value-prefix", {"v"})}), {"entitlement=com.e:vw"}, "allow"},
      {Entitlement("com.e", {Text("entitlement-value-regex", {"^v.$"})}), {"entitlement=com.e:vw"}, "allow"},
      {Filter{"extension-path-ancestor", "", {}, {}, {}},
       {},
       "the filter (extension-path-ancestor) needs a fact that no log carries; give --fact "
       "extension-path-ancestor=true or extension-path-ancestor!=true"},
      {Filter{"extension-path-ancestor", "", {}, {}, {}}, {"extension-path-ancestor=true"}, "allow"},
      {Filter{"no-such-filter", "", {}, {}, {}}, {}, "the filter (no-such-filter …) cannot be judged offline"},
      {RegexFilter("^/a/x{2}"), {}, "the meaning of '{' in a regular expression is not known in (path-regex \"^/a/x{2}\")"},
      {All({Literal("/elsewhere"), directory}), {}, "deny"},
      {All({directory, Literal("/elsewhere")}), {}, "deny"},
      {Any({directory, Literal("/a/b")}), {}, "allow"},
      {Not(directory), {"vnode-type=DIRECTORY"}, "deny"},
      {Not(directory), {}, "the filter (vnode-type …) " + kMissing + "vnode-type=…"},
      {Text("mount-relative-path", {"/a/b"}), {}, "the filter (mount-relative-path …) " + kMissing + "mount-relative-path=…"},
      {Text("mount-relative-path", {"/b"}), {"mount-relative-path=/b"}, "allow"},
      {Text("mount-relative-path", {"/c"}), {}, "deny"},                    // no mount point makes it one
      {Text("mount-relative-path-regex", {"^/"}), {}, "allow"},             // every mount point does
  };
  for (const auto& row : rows) {
    CAPTURE(row.filter.name);
    CAPTURE(row.facts.size());
    CAPTURE((row.facts.empty() ? std::string() : row.facts.front()));
    CHECK(Decide(row.filter, "file-read-data", "/a/b", row.facts) == row.expected);
  }
}

TEST_CASE("Entitlements are facts, these and no others") {
  const auto facts = sbpl::FactsFromEntitlements(
      R"({"com.yes": true, "com.no": false, "com.text": "v", "com.list": ["a", "b"], "com.none": [], "com.map": {}})");
  REQUIRE(facts.has_value());
  const struct {
    Filter filter;
    sbpl::Decision decision;
  } rows[] = {
      {Entitlement("com.yes"), sbpl::Decision::kAllow},
      {Entitlement("com.no"), sbpl::Decision::kDeny},
      {Entitlement("com.other"), sbpl::Decision::kDeny},
      {Entitlement("com.map"), sbpl::Decision::kAllow},
      {Entitlement("com.none"), sbpl::Decision::kAllow},
      {Entitlement("com.text", {Text("entitlement-value", {"v"})}), sbpl::Decision::kAllow},
      {Entitlement("com.text", {Text("entitlement-value", {"w"})}), sbpl::Decision::kDeny},
      {Entitlement("com.list", {Text("entitlement-value", {"b"})}), sbpl::Decision::kAllow},
      {Entitlement("com.list", {Text("entitlement-value", {"c"})}), sbpl::Decision::kDeny},
      {Text("%entitlement-is-bool-true", {"com.yes"}), sbpl::Decision::kAllow},
      {Text("%entitlement-is-bool-true", {"com.text"}), sbpl::Decision::kDeny},
      {Text("%entitlement-is-present", {"com.text"}), sbpl::Decision::kAllow},
      {All({Text("%entitlement-load", {"com.text"}), Text("%entitlement-string", {"v"})}), sbpl::Decision::kAllow},
  };
  for (const auto& row : rows) {
    CAPTURE(std::get<std::string>(row.filter.arguments.empty() ? sbpl::Argument{std::string(), "", {}}.value
                                                               : row.filter.arguments.front().value));
    const sbpl::Profile profile = MakeProfile({Allow({"file-read*"}, {row.filter})});
    sbpl::PolicyOptions options;
    options.facts = *facts;
    const auto policy = sbpl::Policy::Compile(profile, options);
    CHECK(policy->Decide(sbpl::QueryFromAccess("file-read-data", "/x")).decision == row.decision);
  }
  CHECK(sbpl::FactsFromEntitlements("[1]").error().message == "the entitlements are not a JSON object");
  CHECK(sbpl::FactsFromEntitlements("").error().message == "the entitlements are not a JSON object");
}

TEST_CASE("A missing fact that makes no difference is no reason for unknown") {
  const sbpl::Profile profile = MakeProfile({
      Allow({"file-read*"}),
      Allow({"file-read*"}, {Number("vnode-type", {2})}),
      Allow({"file-write*"}),
      Deny({"file-write*"}, {Number("vnode-type", {2})}),
      Allow({"file-write*"}, {Literal("/a")}),
  });
  const auto policy = sbpl::Policy::Compile(profile, {});
  const auto decide = [&](const char* operation, const char* target) {
    return policy->Decide(sbpl::QueryFromAccess(operation, target));
  };
  CHECK(decide("file-read-data", "/x").decision == sbpl::Decision::kAllow);
  CHECK(decide("file-read-data", "/x").rule == &profile.rules[0]);
  CHECK(decide("file-write-data", "/x").decision == sbpl::Decision::kUnknown);
  CHECK(decide("file-write-data", "/x").rule == &profile.rules[3]);
  CHECK(decide("file-write-data", "/a").decision == sbpl::Decision::kAllow);  // decided before the unknown is asked
}

TEST_CASE("Connections are decided for every case that the log line can mean") {
  const auto tcp443 = Network("remote", 7, "*:443");
  const auto localhost = Network("remote", 3, "localhost:*");
  const std::string protocol =
      "it is allowed over tcp and denied over udp, and the log does not tell which; give --fact protocol=tcp or udp";
  const std::string host =
      "it is denied to other hosts and allowed to localhost, and the log does not tell which; name the host in the "
      "target, as in remote:localhost:443";
  const struct {
    Filter filter;
    std::string operation;
    std::string target;
    std::vector<std::string> facts;
    std::string expected;
  } rows[] = {
      {tcp443, "network-outbound", "*:443", {}, protocol},
      {tcp443, "network-outbound", "*:443", {"protocol=tcp"}, "allow"},
      {tcp443, "network-outbound", "*:443", {"protocol=udp"}, "deny"},
      {tcp443, "network-outbound", "tcp:*:443", {}, "allow"},
      {tcp443, "network-outbound", "*:80", {}, "deny"},
      {Any({tcp443, Network("remote", 11, "*:443")}), "network-outbound", "*:443", {}, "allow"},
      {Network("remote", 3, "*:443"), "network-outbound", "*:443", {}, "allow"},
      {Network("remote", 5, "*:443"), "network-outbound", "tcp:1.2.3.4:443", {}, "allow"},
      {Network("remote", 5, "*:443"), "network-outbound", "tcp:[2001:db8::1]:443", {}, "deny"},
      {localhost, "network-outbound", "remote:*:443", {}, host},
      {localhost, "network-outbound", "remote:localhost:443", {}, "allow"},
      {localhost, "network-outbound", "127.0.0.1:443", {}, "allow"},
      {localhost, "network-outbound", "[::1]:443", {}, "allow"},
      {localhost, "network-outbound", "8.8.8.8:443", {}, "deny"},
      {Any({localhost, Not(localhost)}), "network-outbound", "remote:*:443", {}, "allow"},
      {localhost, "network-outbound", "/private/var/run/s", {}, "deny"},     // no connection: the filter fails
      {Literal("/private/var/run/s"), "network-outbound", "*:443", {}, "deny"},
      {Subpath("/"), "network-outbound", "*:443", {}, "deny"},
      {Network("local", 3, "*:*"), "network-outbound", "*:443", {}, "allow"},         // any IP connection
      {Network("local", 3, "localhost:*"), "network-outbound", "*:443", {}, "deny"},  // not bound yet
      {Network("local", 3, "localhost:*"), "network-bind", "local:0.0.0.0:80", {}, "deny"},
      {Network("local", 3, "localhost:*"), "network-bind", "local:192.168.1.2:80", {}, "allow"},  // the machine's own
      {Network("local", 3, "*:80"), "network-bind", "local:*:80", {}, "allow"},
      {Network("remote", 3, "*:*"), "network-inbound", "local:*:80", {}, "deny"},     // decided by the local end alone
      {tcp443, "network-outbound", "", {}, "the filter (remote …) needs the connection's address, and the target names none"},
      {Text("control-name", {"com.x"}), "network-outbound", "*:443", {}, "deny"},
      {Text("control-name", {"com.x"}), "network-outbound", "control-name:com.x", {}, "allow"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.operation);
    CAPTURE(row.target);
    CHECK(Decide(row.filter, row.operation, row.target, row.facts) == row.expected);
  }
}

TEST_CASE("Names of services, numbers and classes") {
  const struct {
    Filter filter;
    std::string operation;
    std::string target;
    std::string expected;
  } rows[] = {
      {GlobalName("com.a"), "mach-lookup", "com.a", "allow"},
      {GlobalName("com.a"), "mach-lookup", "com.A", "deny"},  // names keep their case
      {Text("local-name", {"com.a"}), "mach-lookup", "com.a", "deny"},
      {Text("local-name", {"com.a"}), "mach-lookup", "local-name:com.a", "allow"},
      {Text("xpc-service-name-prefix", {""}), "mach-lookup", "com.a", "deny"},
      {Text("xpc-service-name-prefix", {""}), "mach-lookup", "xpc-service-name:com.a", "allow"},
      {Text("sysctl-name", {"Kern.Hostname"}), "sysctl-read", "kern.hostname", "allow"},
      {Text("preference-domain", {"Com.x"}), "user-preference-read", "com.x", "deny"},
      {Number("target", {3}), "signal", "others [x(1)] signum:15", "allow"},
      {Number("target", {5}), "signal", "others [x(1)] signum:15", "deny"},
      {Number("signal-number", {15}), "signal", "others [x(1)] signum:15", "allow"},
      {Number("signal-number", {15}), "signal", "others [x(1)]",
       "the filter (signal-number …) " + kMissing + "signal-number=…"},
      {Number("fsctl-command", {26671}), "system-fsctl", "(_IO \"h\" 47)", "allow"},
      {Number("socket-domain", {32}), "system-socket", "domain:32 type:2 protocol:2", "allow"},
      {All({Number("socket-domain", {32}), Number("socket-protocol", {1})}), "system-socket",
       "domain:32 type:2 protocol:2", "deny"},
      {Text("iokit-registry-entry-class", {"X"}), "iokit-open", "X", "allow"},
      {Text("iokit-connection", {"X"}), "iokit-open-user-client", "X",
       "the filter (iokit-connection …) " + kMissing + "iokit-connection=…"},
      {Literal("/a"), "file-read-data", "", "the filter (path …) needs a path, and the target names none"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.filter.name);
    CAPTURE(row.operation);
    CAPTURE(row.target);
    CHECK(Decide(row.filter, row.operation, row.target, {}) == row.expected);
  }
}

TEST_CASE("Which of two paths a filter sees is not known") {
  const sbpl::Profile profile = MakeProfile({Deny({"file-link"}, {Literal("/a")})});
  const auto policy = sbpl::Policy::Compile(profile, {});
  const auto decide = [&](const char* target) { return policy->Decide(sbpl::QueryFromAccess("file-link", target)); };
  CHECK(decide("/a /a").decision == sbpl::Decision::kDeny);
  CHECK(decide("/b /c").decision == sbpl::Decision::kAllow);
  CHECK(decide("/a /b").unknown_reason ==
        "the filter (path …) matches one of the two paths, and which one counts is not known");
}

TEST_CASE("Two threads ask one policy") {
  const sbpl::Profile profile = MakeProfile({
      Allow({"file-read*"}, {Subpath("/a"), RegexFilter("x$"), RegexFilter("y$"), RegexFilter("z$"), RegexFilter("w$")}),
      Deny({"file-read*"}, {RegexFilter("^/a/.*b$")}),
  });
  const auto policy = sbpl::Policy::Compile(profile, {});
  int wrong[2] = {0, 0};
  const auto ask = [&](int which) {
    for (int i = 0; i < 2'000; ++i) {
      const bool denied = i % 2 == 0;
      const std::string target = "/a/" + std::to_string(i) + (denied ? "b" : "x");
      const sbpl::Verdict verdict = policy->Decide(sbpl::QueryFromAccess("file-read-data", target));
      wrong[which] += (verdict.decision == sbpl::Decision::kDeny) != denied;
    }
  };
  std::thread first(ask, 0), second(ask, 1);
  first.join();
  second.join();
  CHECK(wrong[0] == 0);
  CHECK(wrong[1] == 0);
}
