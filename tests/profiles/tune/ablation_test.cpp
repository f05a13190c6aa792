// Rule ablation: take a real profile, delete one rule, replay accesses that only it allowed, ask for a suggestion, and
// compare what the profile means then with what it meant before. Allowing anything that the author had not allowed is
// a failure; allowing less is what little evidence deserves.
//
// SBTUNE_ABLATIONS: how many rules (16 by default, so that tests stay quick; the figure needs 200 or more).
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <set>

#include <fmt/format.h>

#include "profiles/compare/compare.h"
#include "profiles/sbpl/query.h"
#include "profiles/tune/describe.h"
#include "profiles/tune/edited_files.h"
#include "profiles/tune/generalize/suggest_general.h"
#include "profiles/tune/suggest.h"
#include "tests/profiles/tune/suggest_case.h"
#include "tests/support/rule_targets.h"
#include "tests/support/shared_data.h"

using namespace sbtune;

namespace {

constexpr int kQuestions = 400;        // about one rule's own strings
constexpr std::size_t kDenials = 12;   // of one rule
constexpr std::size_t kRulesOfProfile = 4;
constexpr std::size_t kLargestText = 60'000;

std::size_t Wanted() {
  const char* count = std::getenv("SBTUNE_ABLATIONS");
  return count != nullptr ? static_cast<std::size_t>(std::atol(count)) : 16;
}

// kAsked: everything that was denied needs the user's own word (secrets, what starts by itself).
enum class Outcome { kEqual, kNarrower, kWider, kToldWider, kAsked, kNothing };

const char* NameOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kEqual: return "equal";
    case Outcome::kNarrower: return "narrower";
    case Outcome::kWider: return "wider";
    case Outcome::kToldWider: return "wider, as its certificate says";
    case Outcome::kAsked: return "asked about";
    case Outcome::kNothing: return "no suggestion";
  }
  return "";
}

// One file of the corpus, alone, with a value for every parameter.
struct Original {
  std::string path;
  std::string text;
  sbpl::LoadOptions load;
  sbpl::Profile profile;
};

std::optional<Original> LoadAlone(const std::string& path) {
  Original original{path, test::ReadFile(path), {}, {}};
  if (original.text.size() > kLargestText) return std::nullopt;
  original.load.paths = {path};
  original.load.missing_parameters = sbpl::MissingParameters::kPlaceholder;
  const std::string apple = *test::SharedData("corpus/profiles/apple-10.15.2");
  original.load.import_dirs = {path.substr(0, path.rfind('/')), apple + "/Profiles", apple + "/share"};
  sbpl::DiskFiles disk;
  sbpl::LoadResult loaded = sbpl::LoadProfile(original.load, disk);
  if (!loaded.ok() || loaded.profile.fragments.size() != 1) return std::nullopt;
  original.profile = std::move(loaded.profile);
  return original;
}

// "(allow …)" written out at the top of the file, not made by a procedure, a loop or an import.
bool IsPlain(const Original& original, const sbpl::Rule& rule) {
  if (rule.action != access::Action::kAllow || rule.implicit || !rule.frames.empty()) return false;
  if (rule.range.source != original.profile.fragments[0]) return false;
  const std::string_view text = std::string_view(original.text).substr(rule.range.offset, rule.range.length);
  const bool at_margin = rule.range.offset == 0 || original.text[rule.range.offset - 1] == '\n';
  return at_margin && text.starts_with("(allow") && text.ends_with(')');
}

std::string Without(const std::string& text, const base::SourceRange& range) {
  std::string left = text;
  for (std::size_t i = range.offset; i < range.offset + range.length; ++i) left[i] = text[i] == '\n' ? '\n' : ' ';
  return left;
}

// What a kernel's line may say: no group of operations, no path that ends with a slash.
bool IsLogged(std::string_view operation, std::string_view target) {
  const bool group = operation == "default" || (operation.ends_with('*') && operation != "process-exec*");
  return !group && (target == "/" || !target.ends_with('/'));
}

std::vector<access::DenialGroup> OnlyAllowedBy(const sbpl::Rule& rule, const Original& original,
                                               const sbpl::Policy& before, const sbpl::Policy& ablated, std::uint32_t seed) {
  sbpl::Profile alone = original.profile;
  alone.rules = {rule};
  test::RuleTargets targets(alone, seed);
  std::set<std::pair<std::string, std::string>> found;
  for (int i = 0; i < kQuestions && found.size() < kDenials; ++i) {
    const auto [operation, target] = targets.Next();
    if (!IsLogged(operation, target)) continue;
    const auto query = sbpl::QueryFromAccess(operation, target.empty() ? std::nullopt : std::optional(target));
    const auto then = before.Decide(query);
    const auto now = ablated.Decide(query);
    if (then.decision == sbpl::Decision::kAllow && now.decision == sbpl::Decision::kDeny) found.insert({operation, target});
  }
  std::vector<access::DenialGroup> groups;
  for (const auto& [operation, target] : found) {
    groups.push_back(test::Denied(operation, target.empty() ? std::nullopt : std::optional(target)));
  }
  return groups;
}

std::vector<std::string> OperationsOf(const sbpl::Rule& rule, std::span<const access::DenialGroup> denials) {
  std::set<std::string> names;
  for (const sbpl::RuleOperation& operation : rule.operations) names.insert(operation.name);
  for (const access::DenialGroup& denial : denials) names.insert(denial.operation);
  return {names.begin(), names.end()};
}

enum class Method { kExact, kGeneral };

// The profile with a suggestion for the denials, given its text without the rule.
struct Recovered {
  tune::Answer answer;
  sbpl::Profile profile;
};

std::optional<Recovered> Recover(const Original& original, const std::string& text, Method method,
                                 const std::vector<access::DenialGroup>& denials, std::string& why) {
  sbpl::DiskFiles disk;
  tune::EditedFiles files({{original.path, text}}, disk);
  const sbpl::LoadResult ablated = sbpl::LoadProfile(original.load, files);
  const std::vector<tune::Evidence> evidence = tune::MergeEvidence(denials);
  const tune::SuggestRequest request{ablated.profile, original.load, {}, evidence, {}};
  auto answer = method == Method::kExact
                    ? tune::Suggest(request, files)
                    : tune::SuggestGeneral({request, {}, catalog::Places::BuiltIn(), nullptr, 1000}, files);
  if (!answer || answer->fragments.empty()) {
    why = answer ? std::string(tune::Name(answer->left.front().refusal.reason)) + ": " + answer->left.front().refusal.text
                 : answer.error().message;
    return std::nullopt;
  }
  tune::EditedFiles edited(tune::EditedTexts(ablated.profile, answer->fragments), files);
  sbpl::LoadResult loaded = sbpl::LoadProfile(original.load, edited);
  REQUIRE(loaded.ok());
  return Recovered{*std::move(answer), std::move(loaded.profile)};
}

Outcome Judge(const Original& original, const std::optional<Recovered>& recovered, std::vector<std::string> operations,
              std::string& example) {
  if (!recovered) return Outcome::kNothing;
  compare::CompareOptions options;
  options.operations = std::move(operations);
  const auto comparison = compare::Compare(original.profile, recovered->profile, options);
  REQUIRE(comparison.has_value());
  bool differs = !comparison->gaps.empty();
  for (const compare::Difference& difference : comparison->differences) {
    for (const compare::Change& change : difference.changes) {
      differs = true;
      if (change.direction != compare::Direction::kOnlySecondAllows) continue;
      example = change.witness.operation + " " + change.witness.target;
      for (const tune::Suggestion& made : recovered->answer.suggestions) {
        if (!made.opens.empty()) return Outcome::kToldWider;
      }
      return Outcome::kWider;
    }
  }
  return differs ? Outcome::kNarrower : Outcome::kEqual;
}

using Outcomes = std::map<Outcome, std::size_t>;

struct Ablation {
  Outcomes exact, general;
  std::size_t rules = 0;
  std::vector<std::string> remarkable;

  void Try(const Original& original, const sbpl::Rule& rule) {
    const std::string text = Without(original.text, rule.range);
    sbpl::DiskFiles disk;
    tune::EditedFiles files({{original.path, text}}, disk);
    const sbpl::LoadResult ablated = sbpl::LoadProfile(original.load, files);
    if (!ablated.ok()) return;
    const auto before = sbpl::Policy::Compile(original.profile, {});
    const auto after = sbpl::Policy::Compile(ablated.profile, {});
    if (!before || !after) return;
    std::vector<access::DenialGroup> denials =
        OnlyAllowedBy(rule, original, *before, *after, static_cast<std::uint32_t>(rule.range.offset));
    if (denials.empty()) return;  // other rules allow it as well, or its conditions are in no log
    ++rules;
    for (std::size_t i = 0; i < denials.size(); ++i) denials[i].runs = {std::to_string(i % 3)};
    for (const Method method : {Method::kExact, Method::kGeneral}) {
      std::string example;
      const auto recovered = Recover(original, text, method, denials, example);
      Outcome outcome = Judge(original, recovered, OperationsOf(rule, denials), example);
      if (example.starts_with("ask-first") || example.starts_with("never-suggested")) outcome = Outcome::kAsked;
      ++(method == Method::kExact ? exact : general)[outcome];
      if (outcome == Outcome::kEqual || outcome == Outcome::kNarrower || outcome == Outcome::kAsked) continue;
      remarkable.push_back(fmt::format("{} ({}): {}: {}", original.path.substr(original.path.find("profiles/")),
                                  method == Method::kExact ? "exact" : "general",
                                  original.text.substr(rule.range.offset, std::min(rule.range.length, 100u)), example));
    }
  }
};

std::string Text(const Outcomes& outcomes) {
  std::string text;
  for (const auto& [outcome, count] : outcomes) text += fmt::format(", {} {}", NameOf(outcome), count);
  return text.substr(std::min<std::size_t>(text.size(), 2));
}

std::size_t Of(const Outcomes& outcomes, Outcome outcome) {
  const auto found = outcomes.find(outcome);
  return found == outcomes.end() ? 0 : found->second;
}

}  // namespace

TEST_CASE("a deleted rule comes back equal or narrower, never wider unasked") {
  const auto list = test::SharedData("corpus/profiles.tsv");
  if (!list) {
    MESSAGE("skipped: no corpus");
    return;
  }
  const auto rows = test::ReadTsv(*list);
  std::vector<std::string> paths;
  for (std::size_t row = 1; row < rows.size(); ++row) paths.push_back(*test::SharedData("corpus/" + rows[row][0]));
  std::mt19937 random(5);
  std::shuffle(paths.begin(), paths.end(), random);
  Ablation ablation;
  std::size_t profiles = 0;
  for (const std::string& path : paths) {
    if (ablation.rules >= Wanted()) break;
    const std::optional<Original> original = LoadAlone(path);
    if (!original) continue;
    std::vector<const sbpl::Rule*> plain;
    for (const sbpl::Rule& rule : original->profile.rules) {
      if (IsPlain(*original, rule)) plain.push_back(&rule);
    }
    std::shuffle(plain.begin(), plain.end(), random);
    plain.resize(std::min(plain.size(), kRulesOfProfile));
    CAPTURE(path);
    const std::size_t rules_before = ablation.rules;
    for (const sbpl::Rule* rule : plain) ablation.Try(*original, *rule);
    profiles += ablation.rules > rules_before ? 1 : 0;
  }
  MESSAGE(ablation.rules << " rules of " << profiles << " profiles");
  MESSAGE("exact: " << Text(ablation.exact));
  MESSAGE("--generalize: " << Text(ablation.general));
  for (const std::string& one : ablation.remarkable) MESSAGE(one);
  CHECK(ablation.rules >= Wanted());
  for (const Outcomes* outcomes : {&ablation.exact, &ablation.general}) {
    CHECK(Of(*outcomes, Outcome::kWider) == 0);
    const std::size_t good = Of(*outcomes, Outcome::kEqual) + Of(*outcomes, Outcome::kNarrower);
    const std::size_t share = Wanted() >= 200 ? 95 : 80;  // of few, one more or less is much
    CHECK(good * 100 >= (ablation.rules - Of(*outcomes, Outcome::kAsked)) * share);
  }
}
