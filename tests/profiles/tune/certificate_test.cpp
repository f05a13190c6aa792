// The certificate is only worth something if it finds what is wrong: edits that were tampered with.
#include "profiles/tune/certificate.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "tests/profiles/tune/suggest_case.h"

using namespace sbtune;
using namespace sbtune::tune;

namespace {

const std::string kText = "(version 1)\n(deny default)\n(allow file-read-data (literal \"/old\"))\n(allow mach-lookup)\n";

// One want, its plan and its edit, and the certificate of whatever text is taken for the edited one.
struct Bench {
  Bench()
      : loaded(test::LoadText(kText)), policy(std::move(*sbpl::Policy::Compile(loaded.profile, {}))),
        evidence(MergeEvidence(test::DeniedLines("file-read-data\t/new\nfile-read-data\t/old\n"))),
        sifted(*Sift(evidence, loaded.profile, policy, policy.catalog(), {})) {
    const std::vector<bool> none(sifted.wants.size());
    plan = *MakePlan({sifted.wants, none, loaded.profile, policy.catalog(), {}, {}});
    insertion = *sbpl::RuleInserter(loaded.profile, policy.catalog())
                     .Insert(std::vector{plan[0].addition}, sbpl::Merging::kIntoRules);
    text = sbpl::ApplyEdits(kText, insertion.fragments[0].edits);
  }

  [[nodiscard]] Certificate Of(const std::string& edited) const {
    const sbpl::LoadResult after = test::LoadText(edited);
    REQUIRE(after.ok());
    const std::vector<Probe> probes = MakeCheckSet(evidence, sifted.wants, loaded.profile, policy.catalog());
    auto certificate =
        Certify({loaded.profile, policy, after.profile, {}, sifted.wants, plan, insertion, probes});
    REQUIRE(certificate.has_value());
    return *certificate;
  }

  sbpl::LoadResult loaded;
  sbpl::Policy policy;
  std::vector<Evidence> evidence;
  Sifted sifted;
  Plan plan;
  sbpl::Insertion insertion;
  std::string text;
};

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("the certificate of the edit itself holds") {
  const Bench bench;
  CHECK(bench.text == Replaced(kText, "(literal \"/old\")", "(literal \"/old\") (literal \"/new\")"));
  CHECK(bench.Of(bench.text).holds());
}

TEST_CASE("a denial that stays denied is found") {
  const Bench bench;
  const Certificate proof = bench.Of(kText);
  CHECK(proof.not_allowed == std::vector<std::size_t>{0});
  CHECK(proof.difference == "an added rule does not appear among the profile's rules");
}

TEST_CASE("anything else that changed is found, whatever it is") {
  const Bench bench;
  struct Row {
    std::string text;
    std::string_view difference;
  };
  for (const Row& row : {
           Row{bench.text + "(allow process-fork)\n", "the rule at p.sb:5:1 is not what stood there"},
           Row{Replaced(bench.text, "(allow mach-lookup)\n", ""), "a rule of the profile is gone"},
           Row{Replaced(bench.text, "(deny default)", "(allow default)"), "the rule at p.sb:2:1 is not what stood there"},
           Row{Replaced(bench.text, "(literal \"/old\")", "(subpath \"/old\")"),
               "the rule at p.sb:3:1 is not what stood there"},
           Row{Replaced(bench.text, "(literal \"/new\")", "(subpath \"/new\")"),
               "what was added at p.sb:3:1 does not mean what was intended"},
           Row{Replaced(bench.text, "\"/new\"", "\"/nex\""), "what was added at p.sb:3:1 does not mean what was intended"},
           Row{Replaced(bench.text, "file-read-data ", "file-write-data"),
               "what was added at p.sb:3:1 does not mean what was intended"},
       }) {
    CAPTURE(row.text);
    const Certificate proof = bench.Of(row.text);
    CHECK_FALSE(proof.holds());
    CHECK(proof.difference == row.difference);
  }
}

TEST_CASE("a decision that changes outside the evidence is found by asking, too") {
  const Bench bench;
  const Certificate proof = bench.Of(Replaced(bench.text, "(literal \"/new\")", "(subpath \"/new\")"));
  const Opened below{"file-read-data", "/new/x"};
  CHECK(std::find(proof.unexplained.begin(), proof.unexplained.end(), below) != proof.unexplained.end());
}
