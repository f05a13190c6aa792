#include "profiles/tune/evidence.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "tests/profiles/tune/suggest_case.h"

using namespace sbtune;
using namespace sbtune::tune;
using access::DenialGroup;

TEST_CASE("groups of one access are united: runs and hosts as sets, counts added, times as a span") {
  DenialGroup a = test::Denied("file-read-data", "/x");
  a.process = "cat";
  a.runs = {"one", "two"};
  a.hosts = {"h"};
  a.count = 3;
  a.duplicates = 2;
  a.first_seen_ns = 10;
  a.last_seen_ns = 20;
  DenialGroup b = test::Denied("file-read-data", "/x");
  b.process = "bash";
  b.runs = {"two", "three"};
  b.first_seen_ns = 5;
  b.last_seen_ns = 15;
  const std::vector<DenialGroup> groups = {a, b};
  const std::vector<Evidence> merged = MergeEvidence(groups);
  REQUIRE(merged.size() == 1);
  CHECK(merged[0] == Evidence{.operation = "file-read-data",
                              .target = "/x",
                              .processes = {"bash", "cat"},
                              .runs = {"one", "three", "two"},
                              .hosts = {"h"},
                              .count = 6,
                              .first_seen_ns = 5,
                              .last_seen_ns = 20});
}

TEST_CASE("what may not speak for a change stays apart from what may") {
  std::vector<DenialGroup> groups(4, test::Denied("file-read-data", "/x"));
  groups[1].provenance = access::Provenance::kUntrusted;
  groups[2].ambiguous = true;
  groups[3].platform_policy = true;
  const std::vector<Evidence> merged = MergeEvidence(groups);
  REQUIRE(merged.size() == 4);
  CHECK(merged[0].standing == Standing::kUsable);
  CHECK(merged[1].standing == Standing::kAmbiguous);
  CHECK(merged[2].standing == Standing::kUntrusted);
  CHECK(merged[3].standing == Standing::kPlatformPolicy);
}

TEST_CASE("a record as long as the kernel lets one be may be cut, unless a shorter record shows the same target") {
  DenialGroup group = test::Denied("file-read-data", "/" + std::string(970, 'x'));
  group.process = "p";
  CHECK_FALSE(MergeEvidence(std::vector{group})[0].maybe_cut);
  group.process = "a process with a long name";
  CHECK(MergeEvidence(std::vector{group})[0].maybe_cut);
  DenialGroup shorter = group;
  shorter.process = "p";
  CHECK_FALSE(MergeEvidence(std::vector{group, shorter})[0].maybe_cut);
}

TEST_CASE("the order of the groups does not matter") {
  std::mt19937 random(3);
  std::vector<DenialGroup> groups;
  for (int i = 0; i < 200; ++i) {
    DenialGroup group = test::Denied(random() % 2 == 0 ? "file-read-data" : "mach-lookup");
    if (random() % 4 != 0) group.target = std::string(1, static_cast<char>('a' + random() % 5));
    group.process = std::string(1, static_cast<char>('p' + random() % 3));
    group.ambiguous = random() % 5 == 0;
    group.runs = {std::to_string(random() % 3)};
    groups.push_back(group);
  }
  const std::vector<Evidence> merged = MergeEvidence(groups);
  std::shuffle(groups.begin(), groups.end(), random);
  CHECK(MergeEvidence(groups) == merged);
}
