#include "profiles/tune/generalize/rule_risk.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "profiles/catalog/glob.h"
#include "profiles/sbpl/policy.h"
#include "profiles/tune/generalize/general_plan.h"

namespace sbtune::tune {
namespace {

using catalog::PathStep;
using catalog::Places;
using catalog::Reach;
using catalog::Risk;

constexpr const char* kHome = "/Users/x";  // stands for every home where nothing names one

PathCover Everything() { return {{}, Places::Extent::kTree}; }

// How far a regex can be read: one name after the other, each as a glob.
class RegexReader {
 public:
  explicit RegexReader(std::string_view regex) : regex_(regex) {}

  PathCover Read() {
    if (!regex_.starts_with("^/") || HasTopLevelChoice()) return Everything();
    at_ = 2;
    while (at_ < regex_.size()) {
      const char c = regex_[at_];
      if (c == '$' && at_ + 1 == regex_.size()) return Finish(Places::Extent::kNodes);
      if (!ReadItem()) break;
    }
    // Without an end the last name may go on, and folders follow.
    if (!name_.text.empty() || !cover_.steps.empty()) Glob();
    return Finish(Places::Extent::kTree);
  }

 private:
  bool HasTopLevelChoice() const {
    int depth = 0;
    for (std::size_t i = 0; i < regex_.size(); ++i) {
      if (regex_[i] == '\\') ++i;
      else if (regex_[i] == '[') i = std::min(regex_.find(']', i + 2), regex_.size());
      else if (regex_[i] == '(') ++depth;
      else if (regex_[i] == ')') --depth;
      else if (regex_[i] == '|' && depth == 0) return true;
    }
    return false;
  }

  // False: here begins what may hold slashes.
  bool ReadItem() {
    const char c = regex_[at_];
    std::string text;
    if (c == '\\' && at_ + 1 < regex_.size() && std::ispunct(static_cast<unsigned char>(regex_[at_ + 1])) != 0) {
      text = regex_[at_ + 1];
      at_ += 2;
    } else if (c == '[') {
      if (!ReadClass()) return false;
    } else if (std::string_view("\\.()|*+?{}^$").find(c) != std::string_view::npos) {
      return false;
    } else {
      text = c;
      ++at_;
    }
    const bool repeated = at_ < regex_.size() && std::string_view("*+?{").find(regex_[at_]) != std::string_view::npos;
    if (text == "/") {
      if (repeated) return false;
      PushName();
      return true;
    }
    if (repeated) {
      if (regex_[at_] == '{') return false;
      ++at_;
    }
    if (text.empty() || repeated) Glob();
    else name_.text += text;
    return true;
  }

  // A class that no slash is in.
  bool ReadClass() {
    const std::size_t end = regex_.find(']', at_ + 2);
    if (end == std::string_view::npos) return false;
    const std::string_view inside = regex_.substr(at_ + 1, end - at_ - 1);
    const bool negated = inside.starts_with('^');
    const bool names_slash = inside.find('/') != std::string_view::npos;
    if (negated != names_slash || inside.find_first_of("[\\") != std::string_view::npos) return false;
    for (std::size_t i = 1; i + 1 < inside.size(); ++i) {
      if (inside[i] == '-' && !negated && inside[i - 1] <= '/' && inside[i + 1] >= '/') return false;
    }
    at_ = end + 1;
    return true;
  }

  void Glob() {
    if (!name_.text.ends_with('*')) name_.text += '*';
    name_.glob = true;
  }

  void PushName() {
    cover_.steps.push_back({catalog::FoldName(name_.text), name_.glob});  // as the places compare names
    name_ = {};
  }

  PathCover Finish(Places::Extent extent) {
    // What is left is a whole name, or the beginning of one of which everything may follow.
    if (!name_.text.empty()) PushName();
    cover_.extent = extent;
    return std::move(cover_);
  }

  std::string_view regex_;
  std::size_t at_ = 0;
  PathStep name_;
  PathCover cover_;
};

const std::string* TextOf(const sbpl::Filter& filter) {
  return filter.arguments.empty() ? nullptr : std::get_if<std::string>(&filter.arguments.back().value);
}

bool TakesPaths(const catalog::Operation& operation, const catalog::Catalog& catalog) {
  const catalog::Filter* path = catalog.FindFilter("path");
  const bool by_name = operation.name.starts_with("file-") || operation.name.starts_with("process-exec") || operation.name == "file*";
  return by_name && path != nullptr && catalog.Applies(*path, operation);
}

class Judge {
 public:
  Judge(const RiskyRule& rule, const catalog::Catalog& catalog, const Places& places)
      : rule_(rule), catalog_(catalog), places_(places) {}

  RuleRisk Run() {
    for (const catalog::Operation* operation : Leaves()) {
      if (!TakesPaths(*operation, catalog_)) {
        Raise(Named(*operation));
        continue;
      }
      const Reach reach = ReachOf(*operation, catalog_);
      if (!reaches_.insert(reach).second) continue;
      Raise(rule_.filter == nullptr ? OfCover(Everything(), reach) : OfFilter(*rule_.filter, reach));
    }
    for (const Reach reach : reaches_) Floating(reach);
    return std::move(result_);
  }

 private:
  // The operations and everything below them.
  std::vector<const catalog::Operation*> Leaves() const {
    std::vector<const catalog::Operation*> leaves;
    for (const catalog::Operation& operation : catalog_.operations()) {
      for (const catalog::Operation* at = &operation; at != nullptr; at = catalog_.Parent(*at)) {
        if (std::find(rule_.operations.begin(), rule_.operations.end(), at->name) == rule_.operations.end()) continue;
        leaves.push_back(&operation);
        break;
      }
    }
    return leaves;
  }

  void Raise(RuleRisk other) {
    if (other.word == Word::kNeeded) result_.word = Word::kNeeded;
    if (!result_.reason.empty() && other.risk <= result_.risk) return;
    result_.risk = other.risk;
    result_.reason = std::move(other.reason);
  }

  // Exact names have the operation's own risk, patterns a step more, no filter at all two.
  RuleRisk Named(const catalog::Operation& operation) const {
    int risk = static_cast<int>(places_.OperationRisk(operation.name));
    if (rule_.filter == nullptr) risk += 2;
    else if (!IsExact(*rule_.filter)) ++risk;
    risk = std::min(risk, static_cast<int>(Risk::kSevere));
    return {static_cast<Risk>(risk), fmt::format("operation {}", operation.name),
            rule_.filter == nullptr ? Word::kNeeded : Word::kNotNeeded};
  }

  bool IsExact(const sbpl::Filter& filter) const {
    if (filter.name == "require-any") {
      return std::all_of(filter.subfilters.begin(), filter.subfilters.end(), [&](const auto& one) { return IsExact(one); });
    }
    if (filter.name == "require-all") {
      return std::any_of(filter.subfilters.begin(), filter.subfilters.end(), [&](const auto& one) { return IsExact(one); });
    }
    const catalog::Filter* known = catalog_.FindFilter(filter.name);
    if (known == nullptr || known->match != catalog::MatchKind::kExact) return false;
    const std::string* text = TextOf(filter);
    return text == nullptr || !text->ends_with(":*");  // (local ip "localhost:*")
  }

  RuleRisk OfFilter(const sbpl::Filter& filter, Reach reach) const {
    const std::string* text = TextOf(filter);
    if (filter.name == "path" && text != nullptr) return OfCover({catalog::StepsOf(*text), Places::Extent::kNodes}, reach);
    if (filter.name == "subpath" && text != nullptr) return OfCover({catalog::StepsOf(*text), Places::Extent::kTree}, reach);
    if (filter.name == "path-regex" && text != nullptr) return OfCover(CoverOfRegex(*text), reach);
    if (filter.name == "path-prefix" && text != nullptr) {
      PathCover cover{catalog::StepsOf(*text), Places::Extent::kTree};
      if (!cover.steps.empty()) cover.steps.back() = {cover.steps.back().text + "*", true};
      return OfCover(std::move(cover), reach);
    }
    if (filter.name == "require-any") return Greatest(filter, reach);
    if (filter.name == "require-all") return Least(filter, reach);
    return OfCover(Everything(), reach);
  }

  RuleRisk Greatest(const sbpl::Filter& filter, Reach reach) const {
    RuleRisk greatest;
    for (const sbpl::Filter& one : filter.subfilters) {
      RuleRisk its = OfFilter(one, reach);
      if (its.word == Word::kNeeded) greatest.word = Word::kNeeded;
      if (!greatest.reason.empty() && its.risk <= greatest.risk) continue;
      greatest.risk = its.risk;
      greatest.reason = std::move(its.reason);
    }
    return greatest;
  }

  // What all of them match, each of them matches.
  RuleRisk Least(const sbpl::Filter& filter, Reach reach) const {
    RuleRisk least = OfCover(Everything(), reach);
    for (const sbpl::Filter& one : filter.subfilters) {
      RuleRisk its = OfFilter(one, reach);
      const Word word = std::min(least.word, its.word);
      if (its.risk < least.risk || (its.risk == least.risk && its.word < least.word)) least = std::move(its);
      least.word = word;
    }
    return least;
  }

  RuleRisk OfCover(PathCover cover, Reach reach) const {
    const catalog::Survey survey = places_.Ask(cover.steps, cover.extent, reach, Places::Owner::kAnybody);
    const bool shape = std::any_of(cover.steps.begin(), cover.steps.end(), [](const PathStep& step) { return step.glob; });
    const catalog::Width needed = cover.extent == Places::Extent::kTree ? catalog::Width::kTree
                                  : shape                               ? catalog::Width::kShape
                                                                        : catalog::Width::kExact;
    return {survey.treatment.risk, survey.reason, survey.treatment.width < needed ? Word::kNeeded : Word::kNotNeeded};
  }

  // Secrets whose names turn up anywhere are not in what the places say of a folder: rules are to leave them out. Asked of
  // the rule itself, with an example of each.
  void Floating(Reach reach) {
    if (rule_.filter == nullptr || (result_.risk == Risk::kSevere && result_.word == Word::kNeeded)) return;
    std::set<std::string> folders;
    Folders(*rule_.filter, folders);
    if (folders.empty()) return;
    sbpl::Profile alone;
    sbpl::Rule rule;
    rule.action = access::Action::kAllow;
    const std::string_view operation = OperationOf(reach);
    rule.operations = {{std::string(operation), "", {}}};
    rule.filters = {*rule_.filter};
    alone.rules = {rule};
    alone.macos = std::string(catalog_.version());
    const auto policy = sbpl::Policy::Compile(alone, {});
    if (!policy) return;  // a regex that no profile could hold
    const auto below = [](const std::string& folder, const std::string& path) {
      return path.starts_with(folder) && path.substr(folder.size()).starts_with('/');
    };
    for (const std::string& example : places_.Examples(reach, {kHome}, folders)) {
      if (std::none_of(folders.begin(), folders.end(), [&](const std::string& one) { return below(one, example); })) continue;
      const sbpl::Verdict verdict = policy->Decide(sbpl::QueryFromAccess(operation, example));
      if (verdict.decision == sbpl::Decision::kDeny || verdict.rule != &alone.rules.front()) continue;
      const catalog::Survey survey = places_.AskPath(example, reach, Places::Owner::kAnybody);
      Raise({survey.treatment.risk, survey.reason, Word::kNeeded});
    }
  }

  std::string_view OperationOf(Reach reach) const {
    for (const catalog::Operation* operation : Leaves()) {
      if (TakesPaths(*operation, catalog_) && ReachOf(*operation, catalog_) == reach) return operation->name;
    }
    return "file-read-data";
  }

  static void Folders(const sbpl::Filter& filter, std::set<std::string>& folders) {
    for (const sbpl::Filter& one : filter.subfilters) {
      if (filter.name != "require-not") Folders(one, folders);
    }
    const std::string* text = TextOf(filter);
    if (text == nullptr || !text->starts_with('/')) return;
    if (filter.name == "subpath" || filter.name == "path-prefix") folders.insert(*text == "/" ? "" : *text);
  }

  const RiskyRule& rule_;
  const catalog::Catalog& catalog_;
  const Places& places_;
  std::set<Reach> reaches_;
  RuleRisk result_;
};

}  // namespace

PathCover CoverOfRegex(std::string_view regex) { return RegexReader(regex).Read(); }

RuleRisk RiskOfRule(const RiskyRule& rule, const catalog::Catalog& catalog, const Places& places) {
  return Judge(rule, catalog, places).Run();
}

RuleRisk RiskOfAccess(const catalog::Operation& operation, std::string_view target, const catalog::Catalog& catalog, const Places& places) {
  if (!target.starts_with('/') || !TakesPaths(operation, catalog)) {
    return {places.OperationRisk(operation.name), fmt::format("operation {}", operation.name), Word::kNotNeeded};
  }
  const catalog::Survey survey = places.AskPath(target, ReachOf(operation, catalog), Places::Owner::kAnybody);
  return {survey.treatment.risk, survey.reason, survey.treatment.width < catalog::Width::kExact ? Word::kNeeded : Word::kNotNeeded};
}

}  // namespace sbtune::tune
