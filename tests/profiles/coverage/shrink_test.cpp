#include "profiles/coverage/shrink.h"

#include <doctest/doctest.h>

#include <random>

#include "profiles/compare/compare.h"
#include "profiles/sbpl/policy.h"
#include "tests/support/memory_files.h"

using namespace sbtune;
using coverage::Sample;
using coverage::Shrunk;

namespace {

struct Seen {
  const char* operation;
  const char* target;
  std::vector<std::string> runs = {"a", "b", "c"};
  std::int64_t day = 0;
  access::Action action = access::Action::kDeny;
};

Sample SampleOf(const std::vector<Seen>& accesses, std::map<std::string, std::string> parameters = {}) {
  std::vector<access::DenialGroup> groups;
  for (const Seen& seen : accesses) {
    access::DenialGroup group;
    group.process = "tool";
    group.operation = seen.operation;
    group.target = seen.target;
    group.action = seen.action;
    group.count = 2;
    group.runs = seen.runs;
    group.first_seen_ns = group.last_seen_ns = seen.day * 86'400'000'000'000;
    groups.push_back(std::move(group));
  }
  return {std::move(parameters), tune::MergeEvidence(groups)};
}

bool SameMeaning(const sbpl::Profile& before, const sbpl::Profile& after) {
  const auto comparison = compare::Compare(before, after, {});
  return comparison && comparison->differences.empty() && comparison->gaps.empty();
}

base::Result<Shrunk> Shrink(const std::string& text, const std::vector<Sample>& samples, coverage::Limits limits = {},
                            std::map<std::string, std::string> more = {}) {
  more["p.sb"] = text;
  test::MemoryFiles files(std::move(more));
  sbpl::LoadOptions load;
  load.paths = {"p.sb"};
  return coverage::Shrink({load, {}, samples, limits, SameMeaning}, files);
}

// The edited text; "unchanged"; or the error.
std::string Edited(const std::string& text, const std::vector<Sample>& samples, coverage::Limits limits = {}) {
  const auto shrunk = Shrink(text, samples, limits);
  if (!shrunk) return "error: " + shrunk.error().message;
  CHECK(shrunk->proof.holds());
  return shrunk->fragments.empty() ? "unchanged" : shrunk->fragments[0].text;
}

const std::vector<Seen> kReads = {{"file-read-data", "/opt/a/x"}, {"file-read-data", "/opt/b/x"}};

}  // namespace

TEST_CASE("rules and filters that decided nothing are taken out, in the file's own layout") {
  struct Row {
    const char* before;
    const char* after;
  };
  const Row rows[] = {
      {"(version 1)\n(deny default)\n(allow file-read* (subpath \"/opt\"))\n(allow process-fork) ; why\n",
       "(version 1)\n(deny default)\n(allow file-read* (subpath \"/opt\"))\n"},
      {"(version 1)\n(deny default)\n(allow file-read*\n  (subpath \"/opt/a\")\n  (subpath \"/opt/c\") ; old\n"
       "  (subpath \"/opt/b\"))\n",
       "(version 1)\n(deny default)\n(allow file-read*\n  (subpath \"/opt/a\")\n  (subpath \"/opt/b\"))\n"},
      {"(version 1)\n(deny default)\n(allow file-read*\n  (subpath \"/opt/a\")\n  (subpath \"/opt/b\")\n"
       "  (subpath \"/opt/c\")\n  (subpath \"/opt/d\"))\n",
       "(version 1)\n(deny default)\n(allow file-read*\n  (subpath \"/opt/a\")\n  (subpath \"/opt/b\"))\n"},
      {"(version 1)\n(deny default)\n(allow file-read*\n  (subpath \"/opt/a\")\n  (subpath \"/opt/b\") ; last\n"
       "  (subpath \"/opt/c\"))\n",
       "(version 1)\n(deny default)\n(allow file-read*\n  (subpath \"/opt/a\")\n  (subpath \"/opt/b\") ; last\n  )\n"},
      {"(version 1)\n(deny default)\n(allow file-read* (subpath \"/x\") (subpath \"/opt\") (literal \"/y\"))\n",
       "(version 1)\n(deny default)\n(allow file-read* (subpath \"/opt\"))\n"},
      {"(version 1)\n(deny default)\n(allow (subpath \"/x\") file-read* (subpath \"/opt\"))\n",
       "(version 1)\n(deny default)\n(allow file-read* (subpath \"/opt\"))\n"},
      {"(version 1)\n(deny default)\n(allow process-fork) (allow file-read* (subpath \"/opt\"))",
       "(version 1)\n(deny default)\n (allow file-read* (subpath \"/opt\"))"},
      {"(version 1)\r\n(deny default)\r\n(allow process-fork)\r\n(allow file-read* (subpath \"/opt\"))\r\n",
       "(version 1)\r\n(deny default)\r\n(allow file-read* (subpath \"/opt\"))\r\n"},
      {"(version 1)\n(deny default)\n(allow file-read* (subpath \"/opt\"))\n", "unchanged"},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(row.before));
    const std::string after = Edited(row.before, {SampleOf(kReads)});
    CHECK(after == row.after);
    if (after != "unchanged") CHECK(Edited(after, {SampleOf(kReads)}) == "unchanged");
  }
}

TEST_CASE("denies, the default, imports, and what functions, loops and conditions make stay, and are listed") {
  const std::string text =
      "(version 1)\n(deny default)\n(import \"more.sb\")\n"
      "(define (reads p) (allow file-read* (subpath p)))\n(reads \"/x\")\n"
      "(for-each (lambda (p) (allow file-write* (subpath p))) '(\"/y\" \"/z\"))\n"
      "(if #t (allow process-fork))\n"
      "(define (home p) (subpath (string-append \"/Users/me\" p)))\n"
      "(allow file-read* (subpath \"/opt\") (home \"/a\"))\n"
      "(deny file-read* (subpath \"/secret\"))\n";
  const auto shrunk = Shrink(text, {SampleOf({{"file-read-data", "/opt/a"}})}, {},
                             {{"more.sb", "(version 1)\n(allow sysctl-read)\n"}});
  REQUIRE(shrunk.has_value());
  CHECK(shrunk->fragments.empty());
  std::string kept;
  for (const coverage::KeptRule& one : shrunk->kept) {
    kept += std::string(coverage::Name(one.why)) + " " + shrunk->usage.rules[one.rule].where + "\n";
  }
  CHECK(kept ==
        "default p.sb:2:1\n"
        "imported more.sb:2:1\n"
        "inside p.sb:4:19\n"
        "inside p.sb:6:23\n"
        "inside p.sb:6:23\n"
        "inside p.sb:7:8\n"
        "filter-inside p.sb:9:1\n"
        "deny p.sb:10:1\n");
}

TEST_CASE("an allow without which the profile means the same is taken out, also a used one; a deny stays") {
  CHECK(Edited("(version 1)\n(deny default)\n(allow file-read* (subpath \"/opt\"))\n(allow file-read* (subpath \"/opt\"))\n",
               {SampleOf(kReads)}) == "(version 1)\n(deny default)\n(allow file-read* (subpath \"/opt\"))\n");
  CHECK(Edited("(version 1)\n(deny default)\n(allow file-read* (subpath \"/opt\"))\n"
               "(allow file-read* (literal \"/opt/a/x\"))\n(deny file-write* (subpath \"/opt\"))\n",
               {SampleOf(kReads)}) ==
        "(version 1)\n(deny default)\n(allow file-read* (subpath \"/opt\"))\n(deny file-write* (subpath \"/opt\"))\n");
  // Against the order of the lines this one decides: it stands behind the deny.
  const std::string needed =
      "(version 1)\n(deny default)\n(allow file-read-data (subpath \"/opt\"))\n"
      "(deny file-read-data (subpath \"/opt/a\"))\n(allow file-read-data (literal \"/opt/a/x\"))\n";
  CHECK(Edited(needed, {SampleOf(kReads)}) == "unchanged");
}

TEST_CASE("many redundant rules go at once, and of a family that covers each other one stays") {
  std::string text = "(version 1)\n(deny default)\n(allow file-read* (subpath \"/opt\"))\n";
  std::vector<Seen> seen = {{"file-read-data", "/opt/y"}};
  const std::string small = text;
  std::vector<std::string> paths;
  for (int i = 0; i < 100; ++i) paths.push_back("/opt/x" + std::to_string(i));
  for (const std::string& path : paths) {
    text += "(allow file-read* (subpath \"" + path + "\"))\n";
    seen.push_back({"file-read-data", path.c_str()});
  }
  CHECK(Edited(text, {SampleOf(seen)}) == small);
  // Without the use of the wide rule it is the wide one that goes, and the narrow ones are needed.
  seen.erase(seen.begin());
  const auto shrunk = Shrink(text, {SampleOf(seen)});
  REQUIRE(shrunk.has_value());
  CHECK(shrunk->removals.size() == 1);
  CHECK(shrunk->removals[0].rule == 1);
  CHECK(shrunk->not_compared == 0);
}

TEST_CASE("too few records, and records of denials alone, propose nothing and say why") {
  const std::string text = "(version 1)\n(deny default)\n(allow file-read* (subpath \"/opt\"))\n(allow process-fork)\n";
  const Sample one_run = SampleOf({{"file-read-data", "/opt/a", {"a"}}});
  CHECK(Edited(text, {one_run}) == "error: too little was recorded: 1 of the 3 runs that --min-runs asks for; runs of denials alone do not count");
  CHECK(Edited(text, {one_run}, {.min_runs = 1, .min_days = 2}) ==
        "error: too little was recorded: 0.0 of the 2 days that --min-days asks for");
  CHECK(Edited(text, {one_run}, {.min_runs = 1}) ==
        "(version 1)\n(deny default)\n(allow file-read* (subpath \"/opt\"))\n");
  CHECK(Edited(text, {SampleOf({{"file-read-data", "/x"}})}) ==
        "error: the records hold only what this profile denies, so they say nothing of what it is needed for: record a "
        "run under the copy that sbtune instrument makes, or under a stricter profile");
  CHECK(Edited(text, {SampleOf({})}) ==
        "error: nothing that was recorded speaks of this profile; nothing is proposed");
}

TEST_CASE("uses older than the window do not count, and what becomes denied by that is listed") {
  const std::string text =
      "(version 1)\n(deny default)\n(allow file-read* (subpath \"/opt/a\"))\n(allow file-read* (subpath \"/opt/b\"))\n";
  const std::vector<Sample> samples = {
      SampleOf({{"file-read-data", "/opt/a/x", {"a", "b", "c"}, 0}, {"file-read-data", "/opt/b/x", {"a", "b", "c"}, 30}})};
  CHECK(Edited(text, samples) == "unchanged");
  const auto shrunk = Shrink(text, samples, {.window_days = 10});
  REQUIRE(shrunk.has_value());
  CHECK(shrunk->fragments[0].text == "(version 1)\n(deny default)\n(allow file-read* (subpath \"/opt/b\"))\n");
  CHECK(shrunk->closed == std::vector<std::string>{"file-read-data /opt/a/x"});
  CHECK(shrunk->usage.out_of_window == 1);
}

TEST_CASE("runs with other parameters are decided by the profile as it loads with theirs") {
  const std::string text =
      "(version 1)\n(deny default)\n(allow file-read* (subpath (param \"CWD\")))\n(allow file-read* (subpath \"/x\"))\n";
  const std::vector<Sample> samples = {SampleOf({{"file-read-data", "/w1/f", {"a"}}}, {{"CWD", "/w1"}}),
                                       SampleOf({{"file-read-data", "/w2/f", {"b"}}}, {{"CWD", "/w2"}}),
                                       SampleOf({{"file-read-data", "/w3/f", {"c"}}}, {{"CWD", "/w3"}})};
  const auto shrunk = Shrink(text, samples);
  REQUIRE(shrunk.has_value());
  CHECK(shrunk->fragments[0].text == "(version 1)\n(deny default)\n(allow file-read* (subpath (param \"CWD\")))\n");
  CHECK(shrunk->usage.rules[1].use.accesses == 3);
  CHECK(shrunk->usage.rules[1].use.occurrences == 6);
  CHECK(shrunk->usage.rules[1].use.runs == std::set<std::string>{"a", "b", "c"});
}

TEST_CASE("where only rules that report were logged, the others are not taken for unused") {
  const std::string text =
      "(version 1)\n(deny default)\n(allow file-read* (subpath \"/opt\") (with report))\n"
      "(allow process-fork (with report))\n(allow sysctl-read)\n(allow file-write* (subpath \"/a\") (subpath \"/b\"))\n";
  const std::vector<std::string> runs = {"a", "b", "c"};
  const Sample reported = SampleOf({{"file-read-data", "/opt/x", runs, 0, access::Action::kAllow},
                                    {"file-read-data", "/no", runs, 0, access::Action::kDeny}});
  const auto shrunk = Shrink(text, {reported});
  REQUIRE(shrunk.has_value());
  CHECK(shrunk->fragments[0].text ==
        "(version 1)\n(deny default)\n(allow file-read* (subpath \"/opt\") (with report))\n"
        "(allow sysctl-read)\n(allow file-write* (subpath \"/a\") (subpath \"/b\"))\n");
  CHECK(shrunk->kept.size() == 2);
  for (const coverage::KeptRule& one : shrunk->kept) CHECK(coverage::Name(one.why) == "unreported");
  // A run whose accesses were denied elsewhere records everything.
  const Sample full = SampleOf({{"file-read-data", "/opt/y", runs}});
  CHECK(Edited(text, {reported, full}) ==
        "(version 1)\n(deny default)\n(allow file-read* (subpath \"/opt\") (with report))\n");
}

TEST_CASE("System Policy, untrusted and ambiguous records are no use") {
  std::vector<access::DenialGroup> groups(4);
  for (access::DenialGroup& group : groups) {
    group.operation = "file-read-data";
    group.target = "/x/f";
    group.runs = {"a"};
    group.count = 1;
  }
  groups[0].platform_policy = true;
  groups[1].provenance = access::Provenance::kUntrusted;
  groups[2].ambiguous = true;
  groups[3].target = "/opt/f";
  const std::vector<Sample> samples = {{{}, tune::MergeEvidence(groups)}};
  CHECK(Edited("(version 1)\n(deny default)\n(allow file-read* (subpath \"/x\"))\n(allow file-read* (subpath \"/opt\"))\n",
               samples, {.min_runs = 1}) == "(version 1)\n(deny default)\n(allow file-read* (subpath \"/opt\"))\n");
}

namespace {

class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}
  std::string Of(const std::vector<std::string>& from) { return from[Below(from.size())]; }
  std::size_t Below(std::size_t limit) { return random_() % limit; }

  std::string Path() {
    std::string path;
    for (std::size_t depth = 1 + Below(3); depth > 0; --depth) path += "/" + Of({"a", "b", "opt", "x.h"});
    return path;
  }
  std::string Filter() {
    const std::string path = Path();
    const std::string leaf = Of({"(literal \"" + path + "\")", "(subpath \"" + path + "\")", "(prefix \"" + path + "\")",
                                 "(regex #\"^" + path + "[a-z]*$\")"});
    if (Below(6) == 0) return "(require-all " + leaf + " (require-not (literal \"" + Path() + "\")))";
    return Below(8) == 0 ? "(require-any " + leaf + " (subpath \"" + Path() + "\"))" : leaf;
  }
  std::string Operation() { return Of({"file-read-data", "file-read*", "file-write-data", "file-write*", "file-read-metadata"}); }
  std::string Profile() {
    const std::string end = Of({"\n", "\r\n", "\n\n"});
    std::string text = "(version 1)" + end + "(deny default)" + end;
    for (std::size_t rules = 1 + Below(8); rules > 0; --rules) {
      text += "(" + Of({"allow", "allow", "allow", "deny"}) + " " + Operation();
      for (std::size_t filters = 1 + Below(3); filters > 0; --filters) text += Of({" ", "\n\t", " ; why\n  "}) + Filter();
      text += ")" + Of({end, " ", " ; and so\n"});
    }
    return text;
  }

 private:
  std::mt19937 random_;
};

std::vector<sbpl::Decision> Decisions(const std::string& text, const std::vector<std::pair<std::string, std::string>>& accesses) {
  test::MemoryFiles files(std::map<std::string, std::string>{{"p.sb", text}});
  sbpl::LoadOptions load;
  load.paths = {"p.sb"};
  const sbpl::LoadResult loaded = sbpl::LoadProfile(load, files);
  REQUIRE_MESSAGE(loaded.ok(), text);
  const auto policy = sbpl::Policy::Compile(loaded.profile, {});
  REQUIRE(policy.has_value());
  std::vector<sbpl::Decision> decisions;
  for (const auto& [operation, target] : accesses) decisions.push_back(policy->Decide(sbpl::QueryFromAccess(operation, target)).decision);
  return decisions;
}

}  // namespace

TEST_CASE("whatever profile is shrunk to whatever was recorded, no recorded access is decided otherwise, and nothing opens") {
  std::size_t shrunk_profiles = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    CAPTURE(seed);
    Chance chance(seed);
    const std::string text = chance.Profile();
    CAPTURE(text);
    std::vector<std::pair<std::string, std::string>> recorded;
    std::vector<std::pair<std::string, std::string>> others;
    for (int i = 0; i < 12; ++i) recorded.emplace_back(chance.Of({"file-read-data", "file-write-data", "file-read-metadata"}), chance.Path());
    for (int i = 0; i < 60; ++i) others.emplace_back(chance.Of({"file-read-data", "file-write-data", "file-read-metadata"}), chance.Path());
    std::vector<Seen> seen;
    for (const auto& [operation, target] : recorded) seen.push_back({operation.c_str(), target.c_str()});
    const auto shrunk = Shrink(text, {SampleOf(seen)});
    if (!shrunk) continue;  // all of it is denied
    CHECK(shrunk->proof.holds());
    if (shrunk->fragments.empty()) continue;
    ++shrunk_profiles;
    const std::string& after = shrunk->fragments[0].text;
    CAPTURE(after);
    CHECK(Decisions(after, recorded) == Decisions(text, recorded));
    const std::vector<sbpl::Decision> before = Decisions(text, others);
    const std::vector<sbpl::Decision> now = Decisions(after, others);
    for (std::size_t i = 0; i < others.size(); ++i) CHECK_FALSE((before[i] == sbpl::Decision::kDeny && now[i] != sbpl::Decision::kDeny));
  }
  CHECK(shrunk_profiles > 20);
}
