#include "daemon/proposals/auto_apply.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/support/command.h"
#include "tests/support/memory_files.h"
#include "tests/support/temp_folder.h"

using namespace sbtune;
using namespace sbtune::proposals;

namespace {

constexpr std::int64_t kSpacing = 1000;

access::DenialGroup Group(const std::string& operation, const std::string& target,
                          access::Provenance provenance = access::Provenance::kKernel) {
  return {.process = "agent", .operation = operation, .target = target, .provenance = provenance, .runs = {"monday"}, .count = 1};
}

access::DenialGroup Header(int number) { return Group("file-read-data", fmt::format("/usr/include/h{}.h", number)); }

struct Case {
  std::vector<access::DenialGroup> groups;
  std::vector<store::StoredDecision> decisions = {};
  std::vector<store::ProposalEntry> history = {};
  std::int64_t now_ns = 10'000;
  bool generalize = false;

  [[nodiscard]] AutoChoice Choose() const {
    const config::ProfileSettings settings{.path = {"/p/a.sb"}, .process = {"agent"}, .generalize = generalize};
    test::MemoryFiles files(std::map<std::string, std::string>{{"/p/a.sb", "(version 1)\n(deny default)\n"}});
    const Basis basis{settings, groups, groups.size(), decisions, {}};
    return ChooseAuto({basis, history, now_ns, kSpacing}, files);
  }
  // What would be allowed, or why nothing.
  [[nodiscard]] std::vector<std::string> Allowed() const {
    const AutoChoice choice = Choose();
    std::vector<std::string> allowed;
    if (!choice.problem.empty()) allowed.push_back("problem: " + choice.problem);
    if (choice.wait_ns > 0) allowed.push_back(fmt::format("wait {}", choice.wait_ns));
    if (!choice.proposal) return allowed;
    for (const review::ProposedAccess& access : choice.proposal->allows) allowed.push_back(access.operation + " " + access.target.value_or(""));
    return allowed;
  }
};

using Texts = std::vector<std::string>;

store::ProposalEntry Written(const std::string& target, std::int64_t at_ns, const std::string& who = kAutoApply) {
  return {.id = 1, .proposal = 1, .profile = "/p/a.sb", .outcome = store::Outcome::kApplied, .who = who, .at_ns = at_ns, .digest = "d",
          .note = "", .rules = {}, .accesses = {{"file-read-data", target}}};
}

}  // namespace

TEST_CASE("only what is of no risk is taken, whatever else is denied") {
  const Case all{.groups = {Header(1), Group("sysctl-read", "kern.ostype"), Group("mach-lookup", "com.example.a"),
                            Group("file-read-data", "/Users/me/.ssh/id_rsa"), Group("file-write-create", "/private/tmp/x"),
                            Group("file-write-data", "/usr/include/h9.h"), Group("process-exec*", "/bin/ls"),
                            Group("network-outbound", "*:443"), Group("file-read-data", "/Users/me/Documents/a")}};
  CAPTURE(fmt::format("{}", fmt::join(all.Allowed(), "\n")));
  CHECK(all.Allowed() == Texts{"file-read-data /usr/include/h1.h", "sysctl-read kern.ostype"});
}

TEST_CASE("a denial without proof of its origin gives nothing") {
  for (const access::Provenance from : {access::Provenance::kText, access::Provenance::kUntrusted}) {
    CHECK(Case{.groups = {Group("file-read-data", "/usr/include/h1.h", from)}}.Allowed().empty());
  }
  CHECK(Case{.groups = {Group("file-read-data", "/usr/include/h1.h", access::Provenance::kSandboxd)}}.Allowed() ==
        Texts{"file-read-data /usr/include/h1.h"});
  Case ambiguous{.groups = {Header(1)}};
  ambiguous.groups[0].ambiguous = true;
  CHECK(ambiguous.Allowed().empty());
}

TEST_CASE("what was written once is never written again, whoever did it and whatever became of it") {
  CHECK(Case{.groups = {Header(1), Header(2)}, .history = {Written("/usr/include/h1.h", 0)}}.Allowed() ==
        Texts{"file-read-data /usr/include/h2.h"});
  CHECK(Case{.groups = {Header(1)}, .history = {Written("/usr/include/h1.h", 0, "user")}}.Allowed().empty());
  store::ProposalEntry begun = Written("/usr/include/h1.h", 0);
  begun.outcome = store::Outcome::kBegun;
  CHECK(Case{.groups = {Header(1)}, .history = {begun}}.Allowed().empty());
  store::ProposalEntry elsewhere = Written("/usr/include/h1.h", 9'999);
  elsewhere.profile = "/p/b.sb";
  CHECK(Case{.groups = {Header(1)}, .history = {elsewhere}}.Allowed() == Texts{"file-read-data /usr/include/h1.h"});
}

TEST_CASE("where nothing is written, it says why") {
  CHECK(Case{.groups = {Group("file-read-data", "/Users/me/.ssh/id_rsa")}}.Choose().idle ==
        "no addition that was not written before is of risk none");
  CHECK(Case{.groups = {Header(1)}, .history = {Written("/usr/include/h1.h", 0)}}.Choose().idle ==
        "its denials were in a change before, or nothing proves where they come from");
  CHECK(Case{.groups = {Header(1)}}.Choose().idle.empty());
}

TEST_CASE("the same proposal is not written twice, even where its denials are unknown") {
  const AutoChoice first = Case{.groups = {Header(1)}}.Choose();
  REQUIRE(first.proposal.has_value());
  store::ProposalEntry entry = Written("/elsewhere", 0);
  entry.digest = review::DigestOf(*first.proposal);
  CHECK(Case{.groups = {Header(1)}, .history = {entry}}.Allowed().empty());
}

TEST_CASE("a profile is changed no more often than the spacing says") {
  const std::vector<access::DenialGroup> groups = {Header(1)};
  CHECK(Case{.groups = groups, .history = {Written("/x", 9'500)}}.Allowed() == Texts{"wait 500"});
  CHECK(Case{.groups = groups, .history = {Written("/x", 9'000)}}.Allowed() == Texts{"file-read-data /usr/include/h1.h"});
  CHECK(Case{.groups = groups, .history = {Written("/x", 9'500, "user")}}.Allowed() == Texts{"file-read-data /usr/include/h1.h"});
  // The clock went back by a year.
  CHECK(Case{.groups = groups, .history = {Written("/x", 99'999'999)}}.Allowed() == Texts{"wait 1000"});
}

TEST_CASE("many additions at once are a flood and wait for the user") {
  Case flood;
  for (int i = 0; i < static_cast<int>(kMostAutoRules); ++i) flood.groups.push_back(Header(i));
  CHECK(flood.Allowed().size() == kMostAutoRules);
  flood.groups.push_back(Header(1000));
  CHECK(flood.Allowed() == Texts{"problem: 21 additions at once are more than 20, which looks like a flood; they wait for you"});
}

TEST_CASE("rules are exact, also where proposals are generalised") {
  Case wide{.groups = {}, .generalize = true};
  for (int i = 0; i < 15; ++i) wide.groups.push_back(Header(i));
  const AutoChoice choice = wide.Choose();
  REQUIRE(choice.proposal.has_value());
  CHECK(choice.proposal->files.at(0).text.find("regex") == std::string::npos);
  CHECK(choice.proposal->files.at(0).text.find("subpath") == std::string::npos);
}

TEST_CASE("decisions of the user stand") {
  for (const store::Answer answer : {store::Answer::kDeny, store::Answer::kIgnore}) {
    CHECK(Case{.groups = {Header(1)},
               .decisions = {{.profile = "/p/a.sb", .operation = "file-read-data", .target = "/usr/include/h1.h", .answer = answer, .reason = ""}}}
              .Allowed()
              .empty());
  }
}

TEST_CASE("a file that others may change is not written") {
  const test::TempFolder folder;
  const std::string inner = std::filesystem::canonical(folder.path()).string() + "/in";
  const std::string path = inner + "/a.sb";
  test::WriteFile(path, "(version 1)\n");
  ::chmod(inner.c_str(), 0755);
  ::chmod(path.c_str(), 0644);
  review::Proposal proposal;
  proposal.files = {{path, "", ""}};
  const auto refusal = [&] {
    const auto good = CheckOwner(proposal);
    return good ? "" : good.error().message;
  };
  CHECK(refusal() == "");
  ::chmod(path.c_str(), 0664);
  CHECK(refusal() == path + " may be written by others; `chmod go-w` it, or apply the proposal yourself");
  ::chmod(path.c_str(), 0644);
  ::chmod(inner.c_str(), 01777);
  CHECK(refusal() == inner + " may be written by others; `chmod go-w` it, or apply the proposal yourself");
  proposal.files[0].path = "/etc/hostname-that-is-not";
  CHECK(refusal() == "/etc/hostname-that-is-not: No such file or directory");
}
