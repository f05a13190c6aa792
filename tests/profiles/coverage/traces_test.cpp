// The starters, shrunk to what recorded programs did: everything recorded stays allowed, nothing opens, asking again
// takes nothing more, and what two runs needed lets the third pass nearly whole.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "profiles/compare/compare.h"
#include "profiles/coverage/shrink.h"
#include "profiles/sbpl/query.h"
#include "profiles/starter/starter.h"
#include "tests/support/memory_files.h"
#include "tests/support/traces.h"

using namespace sbtune;
using coverage::Sample;

namespace {

Sample SampleOf(const test::TracedRun& run, const std::string& name) {
  std::vector<access::DenialGroup> groups;
  for (const test::TracedAccess& one : run.accesses) {
    access::DenialGroup group;
    group.process = "tool";
    group.operation = one.operation;
    if (!one.target.empty()) group.target = one.target;
    group.count = one.records;
    group.runs = {name};
    groups.push_back(std::move(group));
  }
  Sample sample{run.parameters, tune::MergeEvidence(groups)};
  sample.parameters["TMPDIR"] = "/private/tmp";
  return sample;
}

bool SameMeaning(const sbpl::Profile& before, const sbpl::Profile& after) {
  const auto comparison = compare::Compare(before, after, {});
  return comparison && comparison->differences.empty() && comparison->gaps.empty();
}

base::Result<coverage::Shrunk> Shrink(const std::string& text, const std::vector<Sample>& samples) {
  test::MemoryFiles files({{"p.sb", text}});
  sbpl::LoadOptions load;
  load.paths = {"p.sb"};
  return coverage::Shrink({load, {}, samples, {.min_runs = samples.size()}, SameMeaning}, files);
}

std::size_t CountAllowed(const std::string& text, const Sample& sample) {
  test::MemoryFiles files({{"p.sb", text}});
  sbpl::LoadOptions load;
  load.paths = {"p.sb"};
  const auto loaded = coverage::LoadFor(load, sample, files);
  REQUIRE(loaded.has_value());
  const auto policy = sbpl::Policy::Compile(loaded->profile, {});
  REQUIRE(policy.has_value());
  std::size_t allowed = 0;
  for (const tune::Evidence& evidence : sample.evidence) {
    const sbpl::Query query = sbpl::QueryFromAccess(evidence.operation, evidence.target);
    if (policy->Decide(query).decision == sbpl::Decision::kAllow) ++allowed;
  }
  return allowed;
}

}  // namespace

TEST_CASE("a starter shrunk to the recordings of a program keeps all that they need") {
  const auto traces = test::LoadTraces();
  if (!traces) {
    MESSAGE("skipped: no corpus");
    return;
  }
  const std::string text = starter::Text(*starter::Find("agent"));
  std::size_t held_out = 0, passing = 0;
  for (const auto& [program, runs] : traces->programs) {
    CAPTURE(program);
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < runs.size(); ++i) samples.push_back(SampleOf(runs[i], std::to_string(i)));
    const auto shrunk = Shrink(text, samples);
    REQUIRE(shrunk.has_value());
    REQUIRE(shrunk->fragments.size() == 1);
    CHECK(shrunk->proof.holds());
    const std::string& small = shrunk->fragments[0].text;
    CHECK(small.size() < text.size());
    for (const Sample& sample : samples) CHECK(CountAllowed(small, sample) == CountAllowed(text, sample));
    const auto again = Shrink(small, samples);
    REQUIRE(again.has_value());
    CHECK(again->removals.empty());
    for (std::size_t left_out = 0; left_out < samples.size(); ++left_out) {
      std::vector<Sample> two = samples;
      two.erase(two.begin() + static_cast<std::ptrdiff_t>(left_out));
      const auto trained = Shrink(text, two);
      REQUIRE(trained.has_value());
      held_out += CountAllowed(text, samples[left_out]);
      passing += CountAllowed(trained->fragments[0].text, samples[left_out]);
    }
  }
  MESSAGE(fmt::format("of {} held-out accesses that the starter allows, {} pass when it is shrunk to the other two runs",
                      held_out, passing));
  CHECK(passing * 1000 >= held_out * 995);
}
