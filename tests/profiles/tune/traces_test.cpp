// Recorded programs, three runs each: whatever order their denials come in, the answer is the same to the byte, and every
// rule of it is needed. Asked the slow and obvious way: a rule is taken out, and the runs are decided again.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>

#include <fmt/format.h>

#include "profiles/tune/generalize/suggest_general.h"
#include "tests/profiles/tune/suggest_case.h"
#include "tests/support/memory_files.h"
#include "tests/support/traces.h"

using namespace sbtune;

namespace {

enum class Method { kExact, kGeneral };
constexpr const char* kProfile = "(version 1)\n(deny default)\n";

struct Question {
  std::vector<access::DenialGroup> groups;
  std::vector<tune::RunFacts> runs;
};

// `names`: of the runs.
Question Ask(const std::vector<test::TracedRun>& traced, const std::vector<std::string>& names) {
  Question question;
  for (std::size_t run = 0; run < traced.size(); ++run) {
    question.runs.push_back({names[run], traced[run].parameters});
    for (const test::TracedAccess& access : traced[run].accesses) {
      question.groups.push_back(
          test::Denied(access.operation, access.target.empty() ? std::nullopt : std::optional(access.target)));
      question.groups.back().runs = {names[run]};
      question.groups.back().count = access.records;
    }
  }
  return question;
}

sbpl::LoadOptions LoadOptionsOf(const tune::RunFacts& run) {
  sbpl::LoadOptions load;
  load.paths = {"p.sb"};
  load.parameters = run.parameters;
  return load;
}

struct Reply {
  std::vector<tune::Evidence> evidence;
  tune::Answer answer;
};

Reply Answer(const Question& question, Method method) {
  test::MemoryFiles files(std::map<std::string, std::string>{{"p.sb", kProfile}});
  const sbpl::LoadOptions load = LoadOptionsOf(question.runs.front());
  const sbpl::LoadResult loaded = sbpl::LoadProfile(load, files);
  REQUIRE(loaded.ok());
  const sbpl::PolicyOptions options;
  Reply reply{tune::MergeEvidence(question.groups), {}};
  const tune::SuggestRequest request{loaded.profile, load, options, reply.evidence, {}};
  auto answer = method == Method::kExact
                    ? tune::Suggest(request, files)
                    : tune::SuggestGeneral({request, question.runs, catalog::Places::BuiltIn(), nullptr, 1000}, files);
  REQUIRE_MESSAGE(answer.has_value(), answer.error().message);
  CHECK(answer->certificate.holds());
  reply.answer = std::move(*answer);
  return reply;
}

// The edited profile as a run loads it.
struct Seen {
  sbpl::Profile profile;
  std::vector<const tune::Evidence*> met;
};

std::vector<Seen> SeenBy(const Question& question, const Reply& reply) {
  std::set<std::size_t> left;
  for (const tune::Left& one : reply.answer.left) left.insert(one.evidence);
  std::vector<Seen> seen;
  for (const tune::RunFacts& run : question.runs) {
    test::MemoryFiles files({{"p.sb", reply.answer.fragments.at(0).text}});
    sbpl::LoadResult loaded = sbpl::LoadProfile(LoadOptionsOf(run), files);
    REQUIRE(loaded.ok());
    seen.push_back({std::move(loaded.profile), {}});
    for (std::size_t i = 0; i < reply.evidence.size(); ++i) {
      const std::vector<std::string>& runs = reply.evidence[i].runs;
      const bool mine = std::find(runs.begin(), runs.end(), run.name) != runs.end();
      if (mine && !left.contains(i)) seen.back().met.push_back(&reply.evidence[i]);
    }
  }
  return seen;
}

std::size_t CountDenied(const Seen& seen) {
  const auto policy = sbpl::Policy::Compile(seen.profile, {});
  REQUIRE(policy.has_value());
  return static_cast<std::size_t>(std::count_if(seen.met.begin(), seen.met.end(), [&](const tune::Evidence* one) {
    return policy->Decide(sbpl::QueryFromAccess(one->operation, one->target)).decision != sbpl::Decision::kAllow;
  }));
}

// Without one filter of one rule, or without the rule where that is its only one.
void TakeOut(sbpl::Profile& profile, std::size_t rule, std::size_t filter) {
  std::vector<sbpl::Filter>& filters = profile.rules[rule].filters;
  if (filters.size() < 2) {
    profile.rules.erase(profile.rules.begin() + static_cast<std::ptrdiff_t>(rule));
  } else {
    filters.erase(filters.begin() + static_cast<std::ptrdiff_t>(filter));
  }
}

// `step`: of the filters, every how manieth is taken out.
void CheckEachIsNeeded(const std::vector<Seen>& seen, std::size_t step) {
  for (const Seen& one : seen) CHECK(CountDenied(one) == 0);
  std::size_t number = 0;
  const std::vector<sbpl::Rule>& rules = seen.front().profile.rules;
  for (std::size_t rule = 0; rule < rules.size(); ++rule) {
    if (rules[rule].action != access::Action::kAllow) continue;
    for (std::size_t filter = 0; filter < std::max<std::size_t>(1, rules[rule].filters.size()); ++filter) {
      if (++number % step != 0) continue;
      std::size_t denied = 0;
      for (const Seen& one : seen) {
        if (denied > 0) break;
        Seen without{{}, one.met};
        without.profile.macos = one.profile.macos;
        without.profile.version = one.profile.version;
        without.profile.rules = one.profile.rules;
        TakeOut(without.profile, rule, filter);
        denied += CountDenied(without);
      }
      CAPTURE(rule);
      CAPTURE(filter);
      CHECK(denied > 0);
    }
  }
  CHECK(number > 0);
}

}  // namespace

TEST_CASE("of recorded programs, the order of runs and denials changes no byte, and every rule is needed") {
  const auto traces = test::LoadTraces();
  if (!traces) {
    MESSAGE("skipped: no traces");
    return;
  }
  std::mt19937 random(11);
  for (const char* program : {"git", "node"}) {
    CAPTURE(program);
    const std::vector<test::TracedRun>& traced = traces->programs.at(program);
    for (const Method method : {Method::kExact, Method::kGeneral}) {
      CAPTURE(static_cast<int>(method));
      const Question question = Ask(traced, {"one", "three", "two"});
      const Reply reply = Answer(question, method);
      CHECK(reply.answer.denials > 10);

      Question other = Ask(traced, {"two", "one", "three"});  // the runs in another order
      const std::vector<access::DenialGroup> again = other.groups;  // and everything twice
      other.groups.insert(other.groups.end(), again.begin(), again.end());
      std::shuffle(other.groups.begin(), other.groups.end(), random);
      CHECK(Answer(other, method).answer.fragments.at(0).text == reply.answer.fragments.at(0).text);

      const std::size_t rules = reply.answer.suggestions.size();
      CheckEachIsNeeded(SeenBy(question, reply), std::max<std::size_t>(1, rules / 15));
    }
  }
}
