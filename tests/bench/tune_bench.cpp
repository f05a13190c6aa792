// How well the tuner generalises, on recorded programs: train on all runs but one, test on the one left out,
// every way round. Prints the table of methods; with --rules PROGRAM the rules; with --misses PROGRAM what
// stays denied; --extras PROGRAM what is opened. SEED=n: on programs made from a seed instead (made_programs.h).
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <set>

#define DOCTEST_CONFIG_IMPLEMENT  // the support library's checks need it; its own main() is then left out
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "profiles/tune/generalize/filter_text.h"
#include "profiles/tune/generalize/filter_reach.h"
#include "profiles/tune/generalize/generalize.h"
#include "tests/support/made_programs.h"
#include "tests/support/other_methods.h"
#include "tests/support/traces.h"

namespace {

using namespace sbtune;

catalog::Reach ReachOf(const std::string& operation) {
  if (operation == "file-read-metadata") return catalog::Reach::kStat;
  if (operation.starts_with("file-read")) return catalog::Reach::kRead;
  if (operation.starts_with("process-exec")) return catalog::Reach::kRun;
  return catalog::Reach::kWrite;
}

struct Score {
  std::size_t literals = 0;  // operation and path pairs of the evidence
  std::size_t rules = 0;
  std::size_t bytes = 0;
  std::size_t records = 0, records_allowed = 0;
  std::size_t accesses = 0, accesses_allowed = 0;
  std::size_t novel = 0, novel_allowed = 0;
  std::size_t extra_stat = 0, extra_read = 0, extra_look = 0, extra_write = 0, extra_run = 0;  // look: either
  std::size_t canaries = 0;

  void Add(const Score& more) {
    literals += more.literals;
    rules += more.rules;
    bytes += more.bytes;
    records += more.records;
    records_allowed += more.records_allowed;
    accesses += more.accesses;
    accesses_allowed += more.accesses_allowed;
    novel += more.novel;
    novel_allowed += more.novel_allowed;
    extra_stat += more.extra_stat;
    extra_read += more.extra_read;
    extra_look += more.extra_look;
    extra_write += more.extra_write;
    extra_run += more.extra_run;
    canaries += more.canaries;
  }
};

struct Training {
  std::vector<tune::RunFacts> runs;
  std::vector<tune::PathDenial> denials;
  std::set<std::pair<std::string, std::string>> others;  // accesses without a path: exact only
  std::set<std::pair<std::string, std::string>> seen;
};

using Method = std::function<std::vector<tune::GeneralRule>(const Training&, const tune::Placement&)>;

Training Train(const std::vector<test::TracedRun>& all, std::size_t left_out) {
  Training training;
  std::map<std::pair<std::string, std::string>, std::vector<std::uint32_t>> runs_of;
  for (std::size_t run = 0; run < all.size(); ++run) {
    if (run == left_out) continue;
    const auto index = static_cast<std::uint32_t>(training.runs.size());
    training.runs.push_back({std::to_string(run), all[run].parameters});
    for (const test::TracedAccess& access : all[run].accesses)
      runs_of[{access.operation, access.target}].push_back(index);
  }
  for (auto& [access, runs] : runs_of) {
    training.seen.insert(access);
    if (!access.second.starts_with('/')) {
      training.others.insert(access);
      continue;
    }
    const auto id = static_cast<std::uint32_t>(training.denials.size());
    training.denials.push_back({access.first, access.second, ReachOf(access.first), runs, id});
  }
  return training;
}

std::string ValueOf(const tune::Root& root, const std::map<std::string, std::string>& parameters) {
  return root.parameter.empty() ? "/" : parameters.at(root.parameter);
}

class Bench {
 public:
  Bench(const test::Traces& traces, const tune::ReferenceTree& tree) : traces_(traces), tree_(tree) {}

  Score Evaluate(const std::string& program, std::size_t left_out, const Method& method,
                 const char* show) const {
    const std::vector<test::TracedRun>& all = traces_.programs.at(program);
    const Training training = Train(all, left_out);
    const std::vector<std::string> names = {"CWD", "HOME"};
    const tune::Placement placement(training.runs, names, catalog::Places::BuiltIn());
    const std::vector<tune::GeneralRule> rules = method(training, placement);
    Score score;
    std::set<std::tuple<std::string, std::uint32_t, std::string>> literals;
    for (const tune::PathDenial& denial : training.denials) {
      for (const std::uint32_t run : denial.runs) {
        const tune::Placed placed = placement.Place(denial.path, run);
        literals.emplace(denial.operation, placed.root, placed.rest);
      }
    }
    score.literals = literals.size() + training.others.size();
    score.rules = rules.size() + training.others.size();
    for (const tune::GeneralRule& rule : rules) {
      const std::string text =
          tune::FilterText(rule.filter, placement.roots()[rule.filter.root], catalog::Places::BuiltIn());
      score.bytes += text.size();
      if (std::strcmp(show, "rules") == 0) fmt::print("  {} {}\n", fmt::join(rule.operations, " "), text);
    }
    const auto& parameters = all[left_out].parameters;
    for (const test::TracedAccess& access : all[left_out].accesses) {
      const bool allowed = access.target.starts_with('/')
                               ? Allowed(rules, placement, parameters, access.operation, access.target)
                               : training.others.contains({access.operation, access.target});
      const bool novel = !IsSeen(literals, training, placement, all[left_out], access);
      score.records += access.records;
      score.accesses += 1;
      score.novel += novel ? 1 : 0;
      if (allowed) {
        score.records_allowed += access.records;
        score.accesses_allowed += 1;
        score.novel_allowed += novel ? 1 : 0;
      } else if (std::strcmp(show, "misses") == 0) {
        fmt::print("  {}{} {}\n", novel ? "" : "KNOWN ", access.operation, access.target);
      }
    }
    CountExtras(rules, placement, parameters, training, all[left_out], score, show);
    for (const std::string& canary : traces_.canaries) {
      for (const tune::GeneralRule& rule : rules) {
        const std::string value = ValueOf(placement.roots()[rule.filter.root], parameters);
        if (tune::Lets(rule.filter, value, canary, catalog::Places::BuiltIn())) {
          ++score.canaries;
          if (std::strcmp(show, "extras") == 0) fmt::print("  CANARY {}\n", canary);
          break;
        }
      }
    }
    return score;
  }

 private:
  static bool Allowed(const std::vector<tune::GeneralRule>& rules, const tune::Placement& placement,
                      const std::map<std::string, std::string>& parameters, const std::string& operation,
                      const std::string& path) {
    return std::any_of(rules.begin(), rules.end(), [&](const tune::GeneralRule& rule) {
      return std::find(rule.operations.begin(), rule.operations.end(), operation) != rule.operations.end() &&
             tune::Lets(rule.filter, ValueOf(placement.roots()[rule.filter.root], parameters), path,
                        catalog::Places::BuiltIn());
    });
  }

  // Whether the evidence has the access, with parameters put in.
  static bool IsSeen(const std::set<std::tuple<std::string, std::uint32_t, std::string>>& literals,
                     const Training& training, const tune::Placement& placement, const test::TracedRun& run,
                     const test::TracedAccess& access) {
    if (!access.target.starts_with('/')) return training.others.contains({access.operation, access.target});
    for (std::uint32_t root = 0; root < placement.roots().size(); ++root) {
      const std::string value = ValueOf(placement.roots()[root], run.parameters);
      std::string rest;
      if (root == 0) {
        rest = access.target.substr(1);
      } else if (access.target == value) {
        rest = "";
      } else if (access.target.starts_with(value + "/")) {
        rest = access.target.substr(value.size() + 1);
      } else {
        continue;
      }
      if (literals.contains({access.operation, root, rest})) return true;
    }
    return false;
  }

  // Paths of the reference tree that are opened though no training run asked for them.
  void CountExtras(const std::vector<tune::GeneralRule>& rules, const tune::Placement& placement,
                   const std::map<std::string, std::string>& parameters, const Training& training,
                   const test::TracedRun&, Score& score, const char* show) const {
    std::set<tune::ReferenceTree::Node> opened[catalog::kReaches];
    for (const tune::GeneralRule& rule : rules) {
      const std::string value = ValueOf(placement.roots()[rule.filter.root], parameters);
      const auto nodes = tune::OpenedIn(tree_, rule.filter, value, catalog::Places::BuiltIn());
      if (std::strcmp(show, "extras") == 0 && nodes.size() > 1) {
        fmt::print(
            "  {} {} {}\n", nodes.size(), fmt::join(rule.operations, " "),
            tune::FilterText(rule.filter, placement.roots()[rule.filter.root], catalog::Places::BuiltIn()));
      }
      for (const std::string& operation : rule.operations) {
        opened[static_cast<std::size_t>(ReachOf(operation))].insert(nodes.begin(), nodes.end());
      }
    }
    for (const tune::PathDenial& denial : training.denials) {
      if (const auto node = tree_.Find(denial.path))
        opened[static_cast<std::size_t>(denial.reach)].erase(*node);
    }
    score.extra_stat += opened[0].size();
    std::set<tune::ReferenceTree::Node> look = opened[0];
    look.insert(opened[1].begin(), opened[1].end());
    for (const tune::PathDenial& denial : training.denials) {
      if (denial.reach > catalog::Reach::kRead) continue;
      if (const auto node = tree_.Find(denial.path)) look.erase(*node);
    }
    score.extra_look += look.size();
    score.extra_read += opened[1].size();
    score.extra_write += opened[2].size();
    score.extra_run += opened[3].size();
  }

  const test::Traces& traces_;
  const tune::ReferenceTree& tree_;
};

void PrintRow(const std::string& name, const Score& score) {
  const auto percent = [](std::size_t part, std::size_t whole) {
    return whole == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  };
  fmt::print("{:<26} {:>6} {:>5.1f} {:>8} {:>7.2f} {:>7.2f} {:>7.2f} {:>8} {:>8} {:>8} {:>6} {:>6} {:>4}\n",
             name, score.rules, percent(score.rules, score.literals), score.bytes,
             percent(score.records_allowed, score.records), percent(score.accesses_allowed, score.accesses),
             percent(score.novel_allowed, score.novel), score.extra_stat, score.extra_read, score.extra_look,
             score.extra_write, score.extra_run, score.canaries);
}

void PrintHead() {
  fmt::print("{:<26} {:>6} {:>5} {:>8} {:>7} {:>7} {:>7} {:>8} {:>8} {:>8} {:>6} {:>6} {:>4}\n", "method",
             "rules", "% lit", "bytes", "events%", "access%", "novel%", "x-stat", "x-read", "x-look", "x-wr",
             "x-exec", "can.");
}

double Number(const char* name, double standard) {
  const char* value = std::getenv(name);
  return value == nullptr ? standard : std::atof(value);
}

}  // namespace

int main(int argc, char** argv) {
  doctest::Context context;
  context.setAsDefaultForAssertsOutOfTestCases();
  const char* const seed = std::getenv("SEED");
  const auto traces =
      seed == nullptr ? test::LoadTraces() : std::optional(test::MakePrograms(static_cast<std::uint32_t>(std::atoi(seed))));
  if (!traces) {
    fmt::print("skipped: no traces\n");
    return 0;
  }
  const tune::ReferenceTree tree = tune::ReferenceTree::FromPaths(traces->universe);
  tune::GeneralizeOptions with_tree;
  with_tree.weights.alpha = Number("ALPHA", with_tree.weights.alpha);
  with_tree.weights.gamma = Number("GAMMA", with_tree.weights.gamma);
  with_tree.weights.byte = Number("BYTE", with_tree.weights.byte);
  with_tree.weights.excess = Number("EXCESS", with_tree.weights.excess);
  tune::GeneralizeOptions without_tree = with_tree;
  with_tree.tree = &tree;
  const auto generalized = [](const tune::GeneralizeOptions& options) -> Method {
    return [options](const Training& training, const tune::Placement& placement) {
      return tune::GeneralizePaths(training.denials, placement, catalog::Places::BuiltIn(), options).rules;
    };
  };
  const std::vector<std::pair<std::string, Method>> methods = {
      {"literal",
       [](const Training& t, const tune::Placement& p) { return test::LiteralRules(t.denials, p); }},
      {"more than 3 children",
       [](const Training& t, const tune::Placement& p) { return test::ManyChildrenRules(t.denials, p); }},
      {"cut at depth 3",
       [](const Training& t, const tune::Placement& p) { return test::DepthThreeRules(t.denials, p); }},
      {"sbtune, no tree", generalized(without_tree)},
      {"sbtune", generalized(with_tree)},
  };
  const Bench bench(*traces, tree);
  if (argc == 3) {
    const char* show = argv[1] + 2;  // --rules, --misses, --extras
    for (std::size_t run = 0; run < traces->programs.at(argv[2]).size(); ++run) {
      fmt::print("{} without run {}:\n", argv[2], run + 1);
      PrintRow(argv[2], bench.Evaluate(argv[2], run,
                                       (std::getenv("NOTREE") ? methods[3] : methods.back()).second, show));
    }
    return 0;
  }
  PrintHead();
  for (const auto& [name, method] : methods) {
    Score total;
    for (const auto& [program, runs] : traces->programs) {
      Score sum;
      for (std::size_t run = 0; run < runs.size(); ++run) sum.Add(bench.Evaluate(program, run, method, ""));
      if (name.starts_with("sbtune")) PrintRow("  " + program, sum);
      total.Add(sum);
    }
    PrintRow(name, total);
  }
}
