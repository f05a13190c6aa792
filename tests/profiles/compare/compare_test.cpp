#include "profiles/compare/compare.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "profiles/catalog/catalog.h"
#include "profiles/sbpl/profile.h"
#include "tests/support/make_rules.h"
#include "tests/support/memory_files.h"
#include "tests/support/random_profiles.h"

namespace sbtune::compare {
namespace {

sbpl::LoadResult Load(const std::string& rules) {
  sbpl::LoadOptions options;
  options.paths = {"p.sb"};
  test::MemoryFiles files({{"p.sb", "(version 1)\n(deny default)\n" + rules}});
  sbpl::LoadResult loaded = sbpl::LoadProfile(options, files);
  REQUIRE(loaded.ok());
  return loaded;
}

CompareOptions With(Cases cases) {
  CompareOptions options;
  options.cases = cases;
  return options;
}

// "OPERATIONS: + TARGETS when CONDITIONS", one line a change.
std::string Lines(const Comparison& comparison) {
  std::string text;
  for (const Difference& difference : comparison.differences) {
    std::string operations;
    for (const std::string& name : difference.operations) operations += (operations.empty() ? "" : ", ") + name;
    for (const Change& change : difference.changes) {
      text += operations + ": " + (change.direction == Direction::kOnlySecondAllows ? "+ " : "- ") + regions::TextOf(change.targets);
      for (const Condition& condition : change.conditions) text += " when " + condition.text;
      text += "\n";
    }
  }
  for (const Gap& gap : comparison.gaps) text += "gap: " + gap.why + "\n";
  return text;
}

std::string Diff(const std::string& first, const std::string& second, Cases cases = Cases::kAll) {
  const sbpl::LoadResult a = Load(first), b = Load(second);
  const auto comparison = Compare(a.profile, b.profile, With(cases));
  REQUIRE(comparison);
  std::string text = Lines(*comparison);
  for (const Untold& untold : comparison->untold) text += untold.operations.front() + ": " + std::to_string(untold.combinations) + " untold\n";
  return text;
}

TEST_CASE("a profile means the same as itself in another spelling") {
  const std::pair<const char*, const char*> kSame[] = {
      {"", ""},
      {"(allow file-read* (subpath \"/a\") (literal \"/b\"))", "(allow file-read* (literal \"/b\"))(allow file-read* (subpath \"/a\"))"},
      {"(allow file-read* (subpath \"/a\"))", "(allow file-read* (regex #\"^/a(/|$)\"))"},
      {"(allow file-read* (subpath \"/A\"))", "(allow file-read* (subpath \"/a\"))"},
      {"(allow file-read* (subpath \"/a\"))", "(allow file-read* (prefix \"/a/\") (literal \"/a\"))"},
      {"(allow file-read* (require-not (require-not (subpath \"/a\"))))", "(allow file-read* (subpath \"/a\"))"},
      {"(allow file-read* (require-all (subpath \"/a\") (subpath \"/a/b\")))", "(allow file-read* (subpath \"/a/b\"))"},
      {"(deny file-read* (literal \"/a\"))(allow file-read*)", "(allow file-read*)(deny file-read* (literal \"/a\"))"},
      {"(allow file-read* (subpath \"/tmp/x\"))", ""},
      {"(allow file-read* (literal \"/a//b\") (subpath \"relative\"))", ""},
      {"(allow signal (target self))", "(deny signal (target self))"},
      {"(allow file-read-data file-read-metadata file-read-xattr (literal \"/a\"))", "(allow file-read-xattr file-read-data file-read-metadata (literal \"/a\"))"},
      {"(allow network-outbound (remote tcp \"*:80\"))", "(allow network-outbound (remote tcp4 \"*:80\") (remote tcp6 \"*:80\"))"},
      {"(allow file-ioctl (vnode-type TTY) (require-not (vnode-type TTY)))", "(allow file-ioctl)"},
      {"(allow mach-lookup (global-name-regex #\"^a\\.b$\"))", "(allow mach-lookup (global-name \"a.b\"))"},
      {"(allow process-exec (literal \"/bin/sh\") (with no-sandbox))", "(allow process-exec (literal \"/bin/sh\"))"},
  };
  for (const auto& [first, second] : kSame) {
    CAPTURE(first);
    CAPTURE(second);
    CHECK(Diff(first, second) == "");
  }
}

TEST_CASE("what differs is told in the words of the profiles") {
  struct Row {
    const char* first;
    const char* second;
    const char* lines;
  };
  const Row kRows[] = {
      {"", "(allow process-fork)", "process-fork: + everything\n"},
      {"(allow process-fork)", "", "process-fork: - everything\n"},
      {"", "(allow file-link (subpath \"/Users/Me\"))", ""},  // allowed by default
      {"", "(allow file-mknod (subpath \"/Users/Me\"))", "file-mknod: + \"/Users/Me\" and below\n"},
      {"", "(allow file-mknod (prefix \"/a/b\"))", "file-mknod: + what begins with \"/a/b\"\n"},
      {"", "(allow file-mknod (prefix \"/a/b/\"))", "file-mknod: + everything below \"/a/b\"\n"},
      {"", "(allow file-mknod (subpath \"/\"))", "file-mknod: + everything\n"},
      {"", "(allow file-mknod)", "file-mknod: + everything\n"},
      {"", "(allow file-mknod)(deny file-mknod (subpath \"/a\") (literal \"/b\"))",
       "file-mknod: + every path, except (\"/a\" and below; \"/b\")\n"},
      {"", "(allow file-mknod (subpath \"/a\"))(deny file-mknod (subpath \"/a/b\"))(allow file-mknod (literal \"/a/b/c\"))",
       "file-mknod: + \"/a\" and below, except (\"/a/b\" and below, except \"/a/b/c\")\n"},
      {"", "(allow file-mknod (regex #\"^/x/[0-9]+/y$\"))", "file-mknod: + what (regex #\"^/x/[0-9]+/y$\") matches\n"},
      {"", "(allow file-mknod (subpath \"/a\"))(deny file-mknod (regex #\"\\.txt$\"))",
       "file-mknod: + \"/a\" and below, except what (regex #\"\\.txt$\") matches\n"},
      {"(allow file-mknod (regex #\"^/x/[0-9]+\"))", "(allow file-mknod (regex #\"^/x/[0-9]\"))", ""},
      {"", "(allow file-mknod (require-all (subpath \"/a\") (vnode-type DIRECTORY)))",
       "file-mknod: + \"/a\" and below when (vnode-type DIRECTORY)\n"},
      {"", "(allow file-mknod (require-all (subpath \"/a\") (require-not (extension \"com.x\"))))",
       "file-mknod: + \"/a\" and below when not (extension \"com.x\")\n"},
      {"", "(allow mach-lookup (global-name-prefix \"com.x.\") (local-name \"l\"))",
       "mach-lookup: + what begins with \"com.x.\"\nmach-lookup: + local name \"l\"\n"},
      {"", "(allow network-outbound (remote tcp \"*:443\"))", "network-outbound: + tcp: 443\n"},
      {"", "(allow network-outbound (remote udp4 \"localhost:*\"))", "network-outbound: + udp4 to localhost\n"},
      {"", "(allow network-outbound (literal \"/private/var/run/s\"))", "network-outbound: + \"/private/var/run/s\"\n"},
      {"", "(allow sysctl-read (sysctl-name \"kern.x\"))", "sysctl-read: + \"kern.x\"\n"},
      {"(allow file-write-create (literal \"/a\"))", "(allow file-write-unlink (literal \"/a\"))",
       "file-write-create: - \"/a\"\nfile-write-unlink: + \"/a\"\n"},
      {"(deny file-clone)", "", "file-clone: + everything\n"},
      {"(allow file-mknod (regex #\"^/[0-9]{2}$\"))", "", "gap: a difference hangs on a filter whose meaning is not known\n"},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.first);
    CAPTURE(row.second);
    CHECK(Diff(row.first, row.second) == row.lines);
  }
}

TEST_CASE("of many cases the plainest are told and the others counted") {
  struct Row {
    const char* first;
    const char* second;
    const char* lines;
  };
  const Row kRows[] = {
      {"", "(allow file-mknod (subpath \"/a\"))", "file-mknod: + \"/a\" and below\n"},
      // Whatever the facts; then what is left where none holds.
      {"", "(allow file-mknod (subpath \"/a\"))(allow file-mknod (require-all (subpath \"/b\") (require-not (extension \"com.x\"))))",
       "file-mknod: + \"/a\" and below\nfile-mknod: + \"/b\" and below when not (extension \"com.x\")\n"},
      // A part that hangs on a fact that must hold is only counted where something plainer differs …
      {"", "(allow file-mknod (subpath \"/a\"))(allow file-mknod (require-all (subpath \"/b\") (extension \"com.x\")))",
       "file-mknod: + \"/a\" and below\nfile-mknod: 1 untold\n"},
      // … and told where it is all there is.
      {"", "(allow file-mknod (require-all (subpath \"/b\") (extension \"com.x\")))(allow file-mknod (require-all (subpath \"/c\") (extension \"com.y\")))",
       "file-mknod: + \"/b\" and below when (extension \"com.x\")\nfile-mknod: 1 untold\n"},
      // Each direction for itself.
      {"(allow file-mknod (require-all (subpath \"/b\") (extension \"com.x\")))", "(allow file-mknod (subpath \"/a\"))",
       "file-mknod: - \"/b\" and below when (extension \"com.x\")\nfile-mknod: + \"/a\" and below\n"},
      {"(allow file-mknod (extension \"com.x\"))", "(allow file-mknod (extension \"com.x\"))", ""},
  };
  for (const Row& row : kRows) {
    CAPTURE(row.first);
    CAPTURE(row.second);
    CHECK(Diff(row.first, row.second, Cases::kPlainest) == row.lines);
  }
}

TEST_CASE("only the operations asked for are compared") {
  const sbpl::LoadResult a = Load(""), b = Load("(allow process-fork)(allow file-mknod)");
  CompareOptions options;
  options.operations = {"process-fork"};
  const auto comparison = Compare(a.profile, b.profile, options);
  REQUIRE(comparison);
  CHECK(Lines(*comparison) == "process-fork: + everything\n");
}

TEST_CASE("profiles of two systems cannot be compared") {
  const sbpl::Profile a = test::MakeProfile({}, "10.15"), b = test::MakeProfile({}, "13.0");
  const auto comparison = Compare(a, b, {});
  REQUIRE(!comparison);
  CHECK(comparison.error().message == "the profiles were loaded for macOS 10.15 and 13.0: compare them for one version");
}

// Random facts of one access, and whether a condition holds under them.
struct Facts {
  std::vector<std::string> extensions, attributes;
  std::string vnode_type, mount_relative;
  bool operator()(const Condition& condition) const {
    const regions::FactVariable& question = condition.question;
    bool holds = false;
    if (question.base == "extension") holds = std::ranges::find(extensions, question.value) != extensions.end();
    if (question.base == "process-attribute") holds = std::ranges::find(attributes, question.value) != attributes.end();
    if (question.base == "vnode-type") holds = question.value == vnode_type;
    if (question.base == "mount-relative-path") holds = mount_relative.starts_with(question.value);
    return holds == condition.holds;
  }
};

Facts RandomFacts(test::RandomProfiles& random) {
  Facts facts;
  for (const char* name : {"com.x", "com.y"}) {
    if (random.Below(3) == 0) facts.extensions.push_back(name);
  }
  for (int i = 0; i < 3; ++i) {
    if (random.Below(4) == 0) facts.attributes.push_back(std::to_string(i));
  }
  facts.vnode_type = std::to_string(1 + random.Below(4));
  facts.mount_relative = random.Below(2) == 0 ? "/" : "/a/b";
  return facts;
}

// With kPlainest only accesses of which no fact holds must be told, and that something is untold must be said.
void CheckRandomComparisons(Cases cases) {
  test::RandomProfiles random(11);
  int differing = 0, witnesses = 0;
  for (int round = 0; round < 60; ++round) {
    const sbpl::Profile a = random.Profile(1 + random.Below(8));
    sbpl::Profile b = random.Below(2) == 0 ? random.Profile(1 + random.Below(8)) : a;
    if (b.rules.size() > 1) b.rules.erase(b.rules.begin() + static_cast<std::ptrdiff_t>(random.Below(b.rules.size())));
    const auto comparison = Compare(a, b, With(cases));
    REQUIRE(comparison);
    const auto first = sbpl::Policy::Compile(a, {}), second = sbpl::Policy::Compile(b, {});
    REQUIRE(first);
    REQUIRE(second);
    for (const Difference& difference : comparison->differences) {
      for (const Change& change : difference.changes) {
        const bool first_allows = change.direction == Direction::kOnlyFirstAllows;
        CHECK(first->Decide(change.witness.query).decision == (first_allows ? sbpl::Decision::kAllow : sbpl::Decision::kDeny));
        CHECK(second->Decide(change.witness.query).decision == (first_allows ? sbpl::Decision::kDeny : sbpl::Decision::kAllow));
        ++witnesses;
      }
    }
    for (int i = 0; i < 60; ++i) {
      const test::RandomProfiles::Asked access = random.Access();
      const catalog::Operation& operation = *first->catalog().FindLoggedOperation(access.operation);
      if (operation.name == "default") continue;
      sbpl::Query query = sbpl::QueryFromAccess(operation.name, access.target);
      Facts facts = RandomFacts(random);
      const bool is_plain = random.Below(2) == 0;
      if (is_plain) facts = {{}, {}, "9", "/z"};  // every mounted path begins with "/"
      query.facts["extension"] = facts.extensions;
      query.facts["process-attribute"] = facts.attributes;
      query.facts["vnode-type"] = {facts.vnode_type};
      if (query.path) query.facts["mount-relative-path"] = {facts.mount_relative};
      if (query.local && access.operation != "network-bind" && access.operation != "network-inbound") continue;
      if (query.remote && (access.operation == "network-bind" || access.operation == "network-inbound")) continue;
      if (!query.path && !query.remote && !query.local && !query.facts.contains("global-name") && access.target != "self") continue;
      const sbpl::Decision x = first->Decide(query).decision, y = second->Decide(query).decision;
      if (x == y || x == sbpl::Decision::kUnknown || y == sbpl::Decision::kUnknown) continue;
      bool covered = false, is_target = true;
      for (const Difference& difference : comparison->differences) {
        if (std::ranges::find(difference.operations, operation.name) == difference.operations.end()) continue;
        for (const Change& change : difference.changes) {
          if ((change.direction == Direction::kOnlyFirstAllows) != (x == sbpl::Decision::kAllow)) continue;
          if (!std::ranges::all_of(change.conditions, facts)) continue;
          const std::string word = regions::WordOf(change.space, query);
          if (word.empty() || regions::AllTargets(change.space)(word) == 0) is_target = false;
          covered |= change.words(word) == 1;
        }
      }
      if (!is_target) continue;
      CAPTURE(Lines(*comparison));
      CAPTURE(round);
      CAPTURE(access.operation);
      CAPTURE(access.target);
      const bool may_be_untold = cases == Cases::kPlainest && !is_plain &&
                                 std::ranges::any_of(comparison->untold, [&](const Untold& untold) {
                                   return std::ranges::find(untold.operations, operation.name) != untold.operations.end();
                                 });
      CHECK((covered || may_be_untold || !comparison->gaps.empty()));
      ++differing;
    }
  }
  CHECK(differing > 200);
  CHECK(witnesses > 200);
  MESSAGE(differing, " differing accesses, ", witnesses, " witnesses");
}

TEST_CASE("every access that two policies answer differently is in a difference, and every witness is one") {
  CheckRandomComparisons(Cases::kAll);
  CheckRandomComparisons(Cases::kPlainest);
}

}  // namespace
}  // namespace sbtune::compare
