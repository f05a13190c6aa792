// The tuner on programs made from a seed: what it opens for the run that it has not seen, and what stays closed.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "profiles/tune/generalize/filter_reach.h"
#include "profiles/tune/generalize/generalize.h"
#include "tests/support/made_programs.h"

using namespace sbtune;
using namespace sbtune::tune;

namespace {

const catalog::Places& Built() { return catalog::Places::BuiltIn(); }

catalog::Reach ReachOf(const std::string& operation) {
  if (operation == "file-read-metadata") return catalog::Reach::kStat;
  if (operation == "file-read-data") return catalog::Reach::kRead;
  return operation == "process-exec*" ? catalog::Reach::kRun : catalog::Reach::kWrite;
}

struct Trial {
  Generalized result;
  std::vector<std::string> roots;  // their values in the run that was left out
  std::vector<PathDenial> denials;
};

Trial Train(const std::vector<test::TracedRun>& runs, std::size_t left_out, const ReferenceTree& tree) {
  Trial trial;
  std::vector<RunFacts> facts;
  std::map<std::pair<std::string, std::string>, std::vector<std::uint32_t>> seen;
  for (std::size_t run = 0; run < runs.size(); ++run) {
    if (run == left_out) continue;
    const auto index = static_cast<std::uint32_t>(facts.size());
    facts.push_back({std::to_string(run), runs[run].parameters});
    for (const test::TracedAccess& access : runs[run].accesses) seen[{access.operation, access.target}].push_back(index);
  }
  for (const auto& [access, in] : seen) {
    trial.denials.push_back({access.first, access.second, ReachOf(access.first), in, static_cast<std::uint32_t>(trial.denials.size())});
  }
  const std::vector<std::string> names = {"CWD", "HOME"};
  const Placement placement(facts, names, Built());
  GeneralizeOptions options;
  options.tree = &tree;
  trial.result = GeneralizePaths(trial.denials, placement, Built(), options);
  for (const Root& root : placement.roots()) {
    trial.roots.push_back(root.parameter.empty() ? "/" : runs[left_out].parameters.at(root.parameter));
  }
  return trial;
}

bool Opens(const Trial& trial, const GeneralRule& rule, const std::string& path) {
  return Lets(rule.filter, trial.roots[rule.filter.root], path, Built());
}

bool Allows(const Trial& trial, const std::string& operation, const std::string& path) {
  return std::any_of(trial.result.rules.begin(), trial.result.rules.end(), [&](const GeneralRule& rule) {
    return std::find(rule.operations.begin(), rule.operations.end(), operation) != rule.operations.end() &&
           Opens(trial, rule, path);
  });
}

}  // namespace

TEST_CASE("programs that nobody recorded run on, and what is somebody else's stays closed") {
  for (const std::uint32_t seed : {11U, 12U}) {
    const test::Traces made = test::MakePrograms(seed);
    const ReferenceTree tree = ReferenceTree::FromPaths(made.universe);
    for (const auto& [program, runs] : made.programs) {
      CAPTURE(seed);
      CAPTURE(program);
      std::size_t asked = 0;
      std::size_t allowed = 0;
      for (std::size_t left_out = 0; left_out < runs.size(); ++left_out) {
        const Trial trial = Train(runs, left_out, tree);
        for (const test::TracedAccess& access : runs[left_out].accesses) {
          ++asked;
          allowed += Allows(trial, access.operation, access.target) ? 1 : 0;
        }
        for (const GeneralRule& rule : trial.result.rules) {
          for (const std::string& canary : made.canaries) {
            CAPTURE(canary);
            CHECK_FALSE(Opens(trial, rule, canary));
          }
          const bool changes = std::any_of(rule.operations.begin(), rule.operations.end(), [](const std::string& operation) {
            return ReachOf(operation) >= catalog::Reach::kWrite;
          });
          if (!changes || rule.filter.kind == FilterKind::kLiteral) continue;
          CHECK(OpenedIn(tree, rule.filter, trial.roots[rule.filter.root], Built()).empty());
        }
      }
      CHECK(allowed * 100 >= asked * 90);
    }
  }
}
