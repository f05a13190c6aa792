#include "profiles/tune/generalize/general_plan.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "profiles/catalog/glob.h"
#include "profiles/sbpl/edit/rule_text.h"
#include "profiles/tune/generalize/deny_guard.h"
#include "profiles/tune/generalize/filter_reach.h"
#include "profiles/tune/generalize/filter_text.h"
#include "profiles/tune/generalize/helper_words.h"
#include "profiles/tune/generalize/names.h"

namespace sbtune::tune {
namespace {

constexpr std::size_t kPortsNeeded = 3;
constexpr std::uint32_t kFirstEphemeralPort = 32768;  // 49152 on macOS, 32768 on Linux

std::string ValueIn(const std::string& parameter, const Context& context) {
  return parameter.empty() ? "/" : context.parameters.at(parameter);
}

// Only somebody who writes log lines himself, or asks for a path before it is looked up, spells one otherwise. Places and
// trees go by components, and must not be told that "/private/tmp/../../Users" is a temporary file.
bool IsCanonical(std::string_view path) {
  if (path == "/") return true;
  if (!path.starts_with('/') || path.ends_with('/')) return false;
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view name = path.substr(0, path.find('/'));
    if (name.empty() || name == "." || name == "..") return false;
    path.remove_prefix(name.size());
  }
  return true;
}

bool IsPathWant(const Want& want) {
  return want.exact.filter && want.exact.filter->name == "path" && want.after == nullptr && !want.query.second_path;
}

// The one named thing that the want is about, where it is nothing else: "global-name", "com.example.service".
std::optional<std::pair<std::string, std::string>> NameOf(const Want& want, const catalog::Catalog& catalog) {
  if (!want.exact.filter || want.after != nullptr || want.exact.filter->arguments.size() != 1) return std::nullopt;
  const catalog::Filter* filter = catalog.FindFilter(want.exact.filter->name);
  const auto* value = std::get_if<std::string>(&want.exact.filter->arguments[0].value);
  if (filter == nullptr || filter->argument != catalog::ArgumentType::kString || value == nullptr) return std::nullopt;
  return std::pair(std::string(filter->name), *value);
}

// The port of "localhost:51234", where the want is a connection of this machine with itself and nothing else.
std::optional<std::uint32_t> LoopbackPort(const Want& want) {
  if (!want.exact.filter || want.after != nullptr) return std::nullopt;
  const sbpl::Filter& filter = *want.exact.filter;
  if ((filter.name != "local" && filter.name != "remote") || filter.arguments.size() != 2) return std::nullopt;
  const auto* address = std::get_if<std::string>(&filter.arguments[1].value);
  constexpr std::string_view kLoopback = "localhost:";
  if (address == nullptr || !address->starts_with(kLoopback)) return std::nullopt;
  std::uint32_t port = 0;
  const char* begin = address->data() + kLoopback.size();
  const auto [end, error] = std::from_chars(begin, address->data() + address->size(), port);
  if (error != std::errc() || end != address->data() + address->size()) return std::nullopt;
  return port;
}

class Planner {
 public:
  explicit Planner(const GeneralPlanRequest& request)
      : request_(request),
        placement_(request.contexts.runs(), request.contexts.parameters(), request.places),
        exact_(request.contexts.wants().size(), true) {
    for (const Context& context : request.contexts.list()) {
      guards_.emplace_back(*context.profile, request.catalog, request.places);
    }
  }

  base::Result<GeneralPlan> Run() {
    Paths();
    Names();
    Ports();
    if (auto done = Rest(); !done) return std::unexpected(done.error());
    Sort();
    std::sort(plan_.asked.begin(), plan_.asked.end(),
              [](const Left& a, const Left& b) { return a.evidence < b.evidence; });
    return std::move(plan_);
  }

 private:
  const Want& WantAt(std::size_t index) const { return request_.contexts.wants()[index]; }
  const std::vector<std::uint32_t>& RunsAt(std::size_t index) const { return request_.contexts.met()[index].runs; }

  // By name as volumes compare them: a profile that denies read P.SB is the same file.
  bool IsOwnFile(const std::string& path) const {
    return std::any_of(request_.own_paths.begin(), request_.own_paths.end(),
                       [&](const std::string& own) { return catalog::FoldName(own) == catalog::FoldName(path); });
  }

  bool Permits(const PathFilter& filter, const std::string& operation) {
    const std::string& parameter = placement_.roots()[filter.root].parameter;
    const std::span<const Context> contexts = request_.contexts.list();
    for (std::size_t i = 0; i < contexts.size(); ++i) {
      const std::string value = ValueIn(parameter, contexts[i]);
      if (guards_[i].Meets(operation, filter, value)) return false;
      const auto operation_known = request_.catalog.FindOperation(operation);
      if (ReachOf(*operation_known->operation, request_.catalog) != catalog::Reach::kWrite) continue;
      const PathFilter folded = Folded(filter);
      for (const std::string& own : request_.own_paths) {
        if (Lets(folded, catalog::FoldCase(value), catalog::FoldCase(own), request_.places)) return false;
      }
    }
    return true;
  }

  void Paths() {
    std::map<std::string, std::string> spellings;  // of paths that compare as one
    const auto spell = [&](const std::string& path) -> const std::string& {
      const bool folds = request_.options.case_rule == sbpl::CaseRule::kFoldPaths;
      std::string& spelling = spellings.try_emplace(folds ? catalog::FoldCase(path) : path, path).first->second;
      spelling = std::min(spelling, path);
      return spelling;
    };
    for (std::size_t i = 0; i < exact_.size(); ++i) {
      if (IsPathWant(WantAt(i))) (void)spell(*WantAt(i).query.path);
    }
    std::vector<PathDenial> denials;
    for (std::size_t i = 0; i < exact_.size(); ++i) {
      const Want& want = WantAt(i);
      if (!IsPathWant(want)) continue;
      exact_[i] = false;
      if (!IsCanonical(*want.query.path)) {
        Ask(i, Reason::kAskFirst, "the path is not written as the kernel compares paths (//, /./, /../ or a slash at the end); "
                                  "to allow exactly it: the same command without --generalize, with --target");
        continue;
      }
      const catalog::Reach reach = ReachOf(*want.operation, request_.catalog);
      if (reach == catalog::Reach::kWrite && IsOwnFile(*want.query.path)) {
        Ask(i, Reason::kNeverSuggested, "it is a file of the profile itself");
        continue;
      }
      denials.push_back({std::string(want.operation->name), spell(*want.query.path), reach, RunsAt(i),
                         static_cast<std::uint32_t>(i)});
    }
    GeneralizeOptions options;
    options.tree = request_.tree;
    options.budget = request_.budget;
    options.permits = [this](const PathFilter& filter, const std::string& operation) {
      return Permits(filter, operation);
    };
    const Generalized result = GeneralizePaths(denials, placement_, request_.places, options);
    for (const GeneralRule& rule : result.rules) AddPathRule(rule);
    for (const Asked& asked : result.asked) {
      const bool never = asked.survey.treatment.width == catalog::Width::kNever;
      Ask(asked.id, never ? Reason::kNeverSuggested : Reason::kAskFirst,
          fmt::format("{} ({}); to allow exactly it: the same command without --generalize, with --target",
                      never ? "no suggestion writes there" : "not without your word", asked.survey.reason));
    }
  }

  void Ask(std::size_t want, Reason reason, std::string text) {
    plan_.asked.push_back({WantAt(want).evidence, {reason, std::move(text)}, nullptr});
  }

  // Operations of one family together, and those apart for which the profile has a rule that takes the filter.
  std::vector<std::vector<std::string>> Split(std::vector<std::string> operations) const {
    std::vector<std::vector<std::string>> sets;
    std::vector<const std::vector<std::string>*> candidates;
    for (const std::vector<std::string>& set : request_.mergeable) candidates.push_back(&set);
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const auto* a, const auto* b) { return a->size() > b->size(); });
    for (const std::vector<std::string>* set : candidates) {
      if (!std::includes(operations.begin(), operations.end(), set->begin(), set->end())) continue;
      std::vector<std::string> rest;
      std::set_difference(operations.begin(), operations.end(), set->begin(), set->end(), std::back_inserter(rest));
      operations = std::move(rest);
      sets.push_back(*set);
    }
    std::map<std::string_view, std::vector<std::string>> families;
    for (std::string& operation : operations) families[FamilyOf(operation)].push_back(std::move(operation));
    for (auto& [family, members] : families) sets.push_back(std::move(members));
    return sets;
  }

  // The parent, or the operation itself where that is nearly everything's.
  std::string_view FamilyOf(const std::string& name) const {
    const auto found = request_.catalog.FindOperation(name);
    const catalog::Operation* parent = request_.catalog.Parent(*found->operation);
    if (parent == nullptr || parent->name == "default" || parent->name == "file*") return found->operation->name;
    return parent->name;
  }

  // With the values of the profile as it was given; in the profile's own words where it has some.
  sbpl::Filter Write(const PathFilter& filter, const Root& root) const {
    std::vector<sbpl::Filter> filters;
    for (const Context& context : request_.contexts.list()) {
      filters.push_back(MakeFilter(filter, root, ValueIn(root.parameter, context), request_.places));
      if (request_.wording == Wording::kPlain || context.profile->helpers.empty()) break;
    }
    if (filters.size() == request_.contexts.list().size() && request_.wording == Wording::kHelpers) {
      HelperWords(request_.contexts.list()).Use(filters);
    }
    return std::move(filters.front());
  }

  void AddPathRule(const GeneralRule& rule) {
    const Root& root = placement_.roots()[rule.filter.root];
    for (const std::vector<std::string>& operations : Split(rule.operations)) {
      GeneralPlanned item;
      item.planned.addition = {operations, Write(rule.filter, root), nullptr};
      for (const std::string& operation : operations) item.planned.wants.push_back(Covered(rule.covers, operation));
      item.path = rule.filter;
      item.root = root.parameter;
      item.risk = rule.risk;
      item.risk_reason = rule.risk_reason;
      if (rule.filter.kind == FilterKind::kTree) item.step = Step::kFolder;
      if (rule.filter.kind == FilterKind::kShape) item.step = Step::kShape;
      item.planned.width = item.step == Step::kExact ? Width::kExact : Width::kWide;
      if (item.step == Step::kFolder) item.planned.opens.push_back("everything in the folder, but for what it leaves out");
      if (item.step == Step::kShape) item.planned.opens.push_back("every path of the form " + Form(rule.filter, root));
      Widths(item.planned);
      plan_.items.push_back(std::move(item));
    }
  }

  static std::string Form(const PathFilter& filter, const Root& root) {
    std::string form = root.parameter.empty() ? "" : "<" + root.parameter + ">";
    for (const NamePattern& step : filter.steps) form += "/" + step.Describe();
    return form;
  }

  std::vector<std::size_t> Covered(const std::vector<std::uint32_t>& covers, const std::string& operation) const {
    std::vector<std::size_t> wants;
    for (const std::uint32_t id : covers) {
      if (WantAt(id).operation->name == operation) wants.push_back(id);
    }
    return wants;
  }

  // What the exact answer would already have to say of the operations.
  void Widths(Planned& planned) const {
    std::set<std::string> opens(planned.opens.begin(), planned.opens.end());
    for (std::size_t i = 0; i < planned.wants.size(); ++i) {
      const Want& first = WantAt(planned.wants[i].front());
      opens.insert(first.exact.opens.begin(), first.exact.opens.end());
      std::vector<std::string_view> below;
      for (const catalog::Operation& other : request_.catalog.operations()) {
        for (const auto* at = request_.catalog.Parent(other); at != nullptr; at = request_.catalog.Parent(*at)) {
          if (at == first.operation) below.push_back(other.name);
        }
      }
      if (below.empty()) continue;
      opens.insert(fmt::format("where no rule names them, on the same target also {}", fmt::join(below, ", ")));
    }
    planned.opens.assign(opens.begin(), opens.end());
    if (!opens.empty()) planned.width = Width::kWide;
  }

  void Names() {
    std::vector<NameDenial> denials;
    for (std::size_t i = 0; i < exact_.size(); ++i) {
      if (!exact_[i]) continue;
      const Want& want = WantAt(i);
      auto name = NameOf(want, request_.catalog);
      if (!name) continue;
      denials.push_back({want.operation, std::move(name->first), std::move(name->second), RunsAt(i),
                         static_cast<std::uint32_t>(i)});
    }
    for (NameRule& rule : GeneralizeNames(denials, request_.catalog)) {
      const bool denied = std::any_of(guards_.begin(), guards_.end(), [&](DenyGuard& guard) {
        return guard.MeetsName(rule.operation->name, rule.filter);
      });
      if (denied) continue;  // the names stay exact
      const Step step = rule.filter.name.ends_with("-prefix") ? Step::kPrefix : Step::kShape;
      AddNamed(*rule.operation, std::move(rule.filter), step, std::move(rule.opens), rule.covers);
    }
  }

  void AddNamed(const catalog::Operation& operation, sbpl::Filter filter, Step step, std::string opens,
                const std::vector<std::uint32_t>& covers) {
    GeneralPlanned item;
    item.planned.addition = {{std::string(operation.name)}, std::move(filter), nullptr};
    item.planned.wants = {{covers.begin(), covers.end()}};
    item.planned.width = Width::kWide;
    item.planned.opens = {std::move(opens)};
    item.step = step;
    item.risk = RiskOf(operation.name, step);
    item.risk_reason = fmt::format("operation {}", operation.name);
    for (const std::uint32_t id : covers) exact_[id] = false;
    Widths(item.planned);
    plan_.items.push_back(std::move(item));
  }

  // A step above the operation's own for what is wider than the evidence.
  catalog::Risk RiskOf(std::string_view operation, Step step) const {
    const catalog::Risk risk = request_.places.OperationRisk(operation);
    if (step == Step::kExact || risk == catalog::Risk::kSevere) return risk;
    return static_cast<catalog::Risk>(static_cast<int>(risk) + 1);
  }

  // The runs that had the system pick a port of this machine for them, by asking for port 0.
  std::set<std::uint32_t> RunsThatAskForPorts() const {
    std::set<std::uint32_t> runs;
    for (std::size_t i = 0; i < exact_.size(); ++i) {
      if (WantAt(i).operation->name != "network-bind" || LoopbackPort(WantAt(i)) != 0U) continue;
      runs.insert(RunsAt(i).begin(), RunsAt(i).end());
    }
    return runs;
  }

  // Three ports tell; or two that each belong to one run, where those runs are known to take what the system picks.
  bool AreEnoughPorts(const std::vector<std::size_t>& wants, const std::set<std::uint32_t>& asking) const {
    std::set<std::uint32_t> runs;
    for (const std::size_t want : wants) runs.insert(RunsAt(want).begin(), RunsAt(want).end());
    if (runs.size() < 2 || wants.size() >= kPortsNeeded) return runs.size() >= 2;
    return std::all_of(wants.begin(), wants.end(), [&](std::size_t want) {
      return RunsAt(want).size() == 1 && asking.contains(RunsAt(want).front());
    });
  }

  // Programs that talk to themselves take a port that the system picks, another one in each run.
  void Ports() {
    const std::set<std::uint32_t> asking = RunsThatAskForPorts();
    std::map<std::tuple<std::string_view, std::string, std::string>, std::vector<std::size_t>> groups;
    for (std::size_t i = 0; i < exact_.size(); ++i) {
      const Want& want = WantAt(i);
      const auto port = exact_[i] ? LoopbackPort(want) : std::nullopt;
      if (!port || *port < kFirstEphemeralPort) continue;
      groups[{want.operation->name, want.exact.filter->name, want.exact.filter->arguments[0].alias}].push_back(i);
    }
    for (const auto& [key, wants] : groups) {
      if (!AreEnoughPorts(wants, asking)) continue;
      const bool denied = std::any_of(guards_.begin(), guards_.end(),
                                      [&](DenyGuard& guard) { return guard.HasDenies(std::get<0>(key)); });
      if (denied) continue;
      sbpl::Filter filter = *WantAt(wants.front()).exact.filter;
      filter.arguments[1] = {"localhost:*", "", {}};
      AddNamed(*WantAt(wants.front()).operation, std::move(filter), Step::kPrefix,
               "every port of this machine itself, by TCP and by UDP", {wants.begin(), wants.end()});
      std::erase_if(plan_.items.back().planned.opens, [](const std::string& opens) { return opens.starts_with("port "); });
    }
  }

  // Everything else as the exact answer has it.
  base::Status Rest() {
    std::vector<Want> wants;
    std::vector<std::size_t> numbers;
    for (std::size_t i = 0; i < exact_.size(); ++i) {
      if (!exact_[i]) continue;
      wants.push_back(WantAt(i));
      numbers.push_back(i);
    }
    auto plan = PlanExactly(wants);
    if (!plan) return std::unexpected(plan.error());
    for (Planned& planned : *plan) {
      GeneralPlanned item;
      for (std::vector<std::size_t>& covered : planned.wants) {
        for (std::size_t& want : covered) want = numbers[want];
      }
      for (const std::string& operation : planned.addition.operations) {
        const catalog::Risk risk = RiskOf(operation, planned.width == Width::kWide ? Step::kPrefix : Step::kExact);
        if (!item.risk_reason.empty() && risk <= item.risk) continue;
        item.risk = risk;
        item.risk_reason = fmt::format("operation {}", operation);
      }
      item.planned = std::move(planned);
      plan_.items.push_back(std::move(item));
    }
    return {};
  }

  base::Result<Plan> PlanExactly(const std::vector<Want>& wants) const {
    const std::vector<bool> none_passed_over(wants.size(), false);
    return MakePlan({wants, none_passed_over, request_.profile, request_.catalog, request_.mergeable, request_.options});
  }

  void Sort() {
    std::vector<std::tuple<std::vector<std::string>, std::string, std::size_t>> keys;
    for (std::size_t i = 0; i < plan_.items.size(); ++i) {
      const sbpl::Addition& addition = plan_.items[i].planned.addition;
      std::string text;
      if (addition.filter) text = sbpl::FilterText(*addition.filter, {}).value_or("");
      keys.emplace_back(addition.operations, std::move(text), i);
    }
    std::sort(keys.begin(), keys.end());
    std::vector<GeneralPlanned> sorted;
    for (const auto& [operations, text, index] : keys) sorted.push_back(std::move(plan_.items[index]));
    plan_.items = std::move(sorted);
  }

  const GeneralPlanRequest& request_;
  Placement placement_;
  std::vector<DenyGuard> guards_;  // per context
  std::vector<bool> exact_;        // wants that no wider rule has taken
  GeneralPlan plan_;
};

}  // namespace

std::string_view Name(Step step) {
  switch (step) {
    case Step::kExact: return "exact";
    case Step::kShape: return "shape";
    case Step::kPrefix: return "prefix";
    case Step::kFolder: return "folder";
  }
  return "exact";
}

catalog::Reach ReachOf(const catalog::Operation& operation, const catalog::Catalog& catalog) {
  using catalog::Reach;
  if (operation.name == "file-read-metadata" || operation.name == "file-test-existence") return Reach::kStat;
  if (operation.name == "file-map-executable") return Reach::kRun;
  for (const catalog::Operation* at = &operation; at != nullptr; at = catalog.Parent(*at)) {
    if (at->name == "file-read*") return Reach::kRead;
    if (at->name == "process-exec*") return Reach::kRun;
  }
  return Reach::kWrite;
}

base::Result<GeneralPlan> MakeGeneralPlan(const GeneralPlanRequest& request) { return Planner(request).Run(); }

sbpl::Addition AdditionIn(const GeneralPlanned& item, const Context& context, const catalog::Places& places) {
  sbpl::Addition addition = item.planned.addition;
  if (item.path) {
    const Root root{item.root, {}, false};
    addition.filter = MakeFilter(*item.path, root, ValueIn(item.root, context), places);
  }
  return addition;
}

}  // namespace sbtune::tune
