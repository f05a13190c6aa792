#include "profiles/tune/generalize/ladder.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "profiles/catalog/glob.h"
#include "profiles/sbpl/edit/string_literal.h"
#include "profiles/tune/generalize/deny_guard.h"
#include "profiles/tune/generalize/filter_text.h"
#include "profiles/tune/generalize/general_plan.h"
#include "profiles/tune/generalize/filter_reach.h"
#include "profiles/tune/generalize/generalize.h"
#include "profiles/tune/generalize/placement.h"
#include "profiles/tune/generalize/rule_risk.h"

namespace sbtune::tune {
namespace {

using catalog::Places;
using catalog::Reach;

constexpr std::size_t kMostForms = 8;
constexpr std::size_t kMostPaths = 20'000;  // of the tree that are asked about one by one for one form

std::vector<std::string> Components(std::string_view rest) {
  std::vector<std::string> names;
  while (!rest.empty()) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    names.emplace_back(rest.substr(0, slash));
    rest.remove_prefix(std::min(slash + 1, rest.size()));
  }
  return names;
}

}  // namespace

struct Ladder::State {
  const LadderRequest request;
  const catalog::Catalog& catalog;
  sbpl::Policy policy;
  std::vector<RunFacts> runs;
  Placement placement;
  mutable DenyGuard guard;
  std::map<std::size_t, Want> wants;  // by evidence
};

namespace {

struct Folder {
  std::uint32_t root = 0;
  std::vector<std::string> names;
};

class Climber {
 public:
  // Everything of Ladder::State but its wants.
  struct Tools {
    const LadderRequest& request;
    const catalog::Catalog& catalog;
    const sbpl::Policy& policy;
    const Placement& placement;
    DenyGuard& guard;
  };
  Climber(Tools tools, std::vector<const Want*> wants) : it_(tools), wants_(std::move(wants)) {
    std::set<std::string> operations;
    for (const Want* want : wants_) operations.emplace(want->operation->name);
    operations_.assign(operations.begin(), operations.end());
  }

  std::vector<WiderForm> Run() {
    for (const Want* want : wants_) {
      if (want->after != nullptr || !want->exact.filter || want->query.second_path) return {};
    }
    if (auto folder = CommonFolder()) {
      ClimbFolders(std::move(*folder));
    } else if (operations_.size() == 1) {
      ClimbNames();
    }
    Family();
    return std::move(forms_);
  }

 private:
  const Root& RootOf(const Folder& folder) const { return it_.placement.roots()[folder.root]; }
  std::string ValueOf(const Folder& folder) const {
    return RootOf(folder).parameter.empty() ? "/" : it_.request.exact.load.parameters.at(RootOf(folder).parameter);
  }
  std::string PathOf(const Folder& folder) const {
    std::string path = RootOf(folder).parameter.empty() ? "" : ValueOf(folder);
    for (const std::string& name : folder.names) path += "/" + name;
    return path.empty() ? "/" : path;
  }

  std::optional<Folder> CommonFolder() const {
    std::optional<Folder> common;
    for (const Want* want : wants_) {
      if (want->exact.filter->name != "path" || !want->query.path->starts_with('/')) return std::nullopt;
      const Placed placed = it_.placement.Place(*want->query.path, 0);
      Folder folder{placed.root, Components(placed.rest)};
      for (const std::string& name : folder.names) {
        if (name.empty() || name == "." || name == "..") return std::nullopt;
      }
      if (folder.names.empty()) return std::nullopt;
      folder.names.pop_back();
      if (!common) common = folder;
      if (common->root != folder.root) return std::nullopt;
      const auto [end, other] = std::mismatch(common->names.begin(), common->names.end(), folder.names.begin(), folder.names.end());
      common->names.erase(end, common->names.end());
    }
    return common;
  }

  void ClimbFolders(Folder folder) {
    const std::string path = PathOf(folder);
    const bool beside = std::all_of(wants_.begin(), wants_.end(), [&](const Want* want) {
      return want->query.path->substr(0, want->query.path->rfind('/')) == (path == "/" ? "" : path);
    });
    if (beside && !AddFolder(folder, catalog::Width::kShape)) return;
    while (forms_.size() < kMostForms && AddFolder(folder, catalog::Width::kTree)) {
      if (folder.names.empty()) return;
      folder.names.pop_back();
    }
  }

  bool IsOwn(const Folder& folder) const {
    if (RootOf(folder).own) return true;
    std::string path = RootOf(folder).parameter.empty() ? "" : ValueOf(folder);
    for (const std::string& name : folder.names) {
      path += "/" + name;
      if (it_.request.places.IsOwnerFolder(path)) return true;
    }
    return false;
  }

  // Of kShape: the names in the folder; of kTree: everything in it.
  bool AddFolder(const Folder& folder, catalog::Width width) {
    const auto owner = IsOwn(folder) ? Places::Owner::kProgram : Places::Owner::kAnybody;
    PathFilter filter{FilterKind::kTree, folder.root, {}, {}};
    for (const std::string& name : folder.names) filter.steps.push_back(NamePattern::Plain(name));
    WiderForm form;
    form.operations = operations_;
    for (const std::string& operation : operations_) {
      const Reach reach = ReachOf(*it_.catalog.FindOperation(operation)->operation, it_.catalog);
      if (!Permits(folder, filter, operation, reach)) return false;
      const catalog::Survey survey =
          it_.request.places.Ask(catalog::StepsOf(PathOf(folder)), Places::Extent::kTree, reach, owner);
      if (survey.treatment.width < width) return false;
      Take(form, survey.treatment.risk, survey.reason);
      // What is installed holds nobody's secrets; anywhere else they stay closed.
      if (owner == Places::Owner::kProgram || width == catalog::Width::kShape) LeaveOut(filter, reach);
    }
    form.filter = MakeFilter(filter, RootOf(folder), ValueOf(folder), it_.request.places);
    form.step = width == catalog::Width::kTree ? "folder" : "names";
    form.opens = width == catalog::Width::kTree ? "everything in " + PathOf(folder) : "every name in " + PathOf(folder);
    if (width == catalog::Width::kShape) NamesOnly(folder, form.filter);
    if (!filter.leave_out.empty()) form.opens += ", but for what it leaves out";
    Count(folder, filter, width, form);
    Push(std::move(form));
    return true;
  }

  bool Permits(const Folder& folder, const PathFilter& filter, const std::string& operation, Reach reach) const {
    if (it_.guard.Meets(operation, filter, ValueOf(folder))) return false;
    if (reach != Reach::kWrite) return true;
    const std::string path = catalog::FoldCase(PathOf(folder));
    return std::none_of(it_.request.own_paths.begin(), it_.request.own_paths.end(), [&](const std::string& own) {
      const std::string folded = catalog::FoldCase(own);
      return path == "/" || (folded.starts_with(path) && folded.substr(path.size()).starts_with('/'));
    });
  }

  void LeaveOut(PathFilter& filter, Reach reach) const {
    std::set<std::uint32_t> floats(filter.leave_out.begin(), filter.leave_out.end());
    for (std::uint32_t i = 0; i < it_.request.places.Floats().size(); ++i) {
      if (it_.request.places.Floats()[i].place_class->At(reach).width < catalog::Width::kExact) floats.insert(i);
    }
    filter.leave_out.assign(floats.begin(), floats.end());
  }

  // Puts a regex for the folder's direct children in the place of its subpath.
  void NamesOnly(const Folder& folder, sbpl::Filter& filter) const {
    sbpl::Filter& tree = filter.subfilters.empty() ? filter : filter.subfilters.front();
    const Root& root = RootOf(folder);
    std::string rest;
    for (const std::string& name : folder.names) rest += "/" + QuoteForRegex(name);
    rest += "/[^/]+$";
    const bool plain = root.parameter.empty();
    const std::string regex = plain ? "^" + rest : "^" + QuoteForRegex(ValueOf(folder)) + rest;
    const std::string text = plain ? RegexLiteral(regex)
                                   : fmt::format("(string-append \"^\" (regex-quote (param {})) {})",
                                                 sbpl::StringLiteral(root.parameter).value_or("\"\""), RegexLiteral(rest));
    tree = {"path-regex", "regex", {{regex, text, {}}}, {}, {}};
  }

  void Count(const Folder& folder, const PathFilter& filter, catalog::Width width, WiderForm& form) const {
    const ReferenceTree* tree = it_.request.tree;
    if (tree == nullptr) return;
    const std::string path = PathOf(folder);
    std::set<std::string> seen;
    for (const Want* want : wants_) seen.insert(*want->query.path);
    std::size_t asked = 0;
    for (const ReferenceTree::Node node : OpenedIn(*tree, filter, ValueOf(folder), it_.request.places)) {
      const std::string at = tree->Path(node);
      if (seen.contains(at) || (width == catalog::Width::kShape && (at == path || at.rfind('/') > path.size()))) continue;
      const bool ask = ++asked <= kMostPaths;  // further ones count as closed so far
      for (const std::string& operation : operations_) {
        const bool open = ask && it_.policy.Decide(sbpl::QueryFromAccess(operation, at)).decision == sbpl::Decision::kAllow;
        form.opened[operation] += open ? 0 : 1;
      }
    }
  }

  void ClimbNames() {
    std::string common;
    const std::string kind = wants_.front()->exact.filter->name;
    const catalog::Filter* prefix = it_.catalog.FindFilter(kind + "-prefix");
    if (prefix == nullptr || !it_.catalog.Applies(*prefix, *wants_.front()->operation)) return;
    for (const Want* want : wants_) {
      const sbpl::Filter& filter = *want->exact.filter;
      const auto* name = filter.arguments.size() == 1 ? std::get_if<std::string>(&filter.arguments[0].value) : nullptr;
      if (filter.name != kind || name == nullptr) return;
      if (want == wants_.front()) common = *name;
      common.erase(std::mismatch(common.begin(), common.end(), name->begin(), name->end()).first, common.end());
    }
    if (wants_.size() == 1) common.pop_back();  // a name is no beginning of itself
    for (std::size_t dot = common.rfind('.'); dot != std::string::npos && dot > 0; dot = common.rfind('.', dot - 1)) {
      if (forms_.size() == kMostForms || !AddPrefix(*prefix, common.substr(0, dot + 1))) return;
    }
  }

  // Two parts at least: a maker alone, or the system's own "com.apple.", says nothing of the service.
  bool AddPrefix(const catalog::Filter& prefix, const std::string& beginning) {
    const auto text = sbpl::StringLiteral(beginning);
    const auto dots = std::count(beginning.begin(), beginning.end(), '.');
    if (!text || dots < 2 || (dots == 2 && catalog::FoldCase(beginning) == "com.apple.")) return false;
    WiderForm form;
    form.filter = {std::string(prefix.name), std::string(prefix.name), {{beginning, *text, {}}}, {}, {}};
    if (it_.guard.MeetsName(operations_.front(), form.filter)) return false;
    form.step = "prefix";
    form.operations = operations_;
    form.opens = "every name that begins with " + beginning;
    const RuleRisk risk = RiskOfRule({operations_, &form.filter}, it_.catalog, it_.request.places);
    if (risk.word == Word::kNeeded) return false;
    Take(form, risk.risk, risk.reason);
    Push(std::move(form));
    return true;
  }

  // Where two members of a family were seen, the family as a whole, at the widest filter.
  void Family() {
    if (forms_.empty() || operations_.size() < 2) return;
    const catalog::Operation* family = it_.catalog.Parent(*it_.catalog.FindOperation(operations_.front())->operation);
    for (const std::string& operation : operations_) {
      if (it_.catalog.Parent(*it_.catalog.FindOperation(operation)->operation) != family) return;
    }
    if (family == nullptr || family->name == "default" || family->name == "file*") return;
    WiderForm form = forms_.back();
    form.step = "family";
    form.operations = {std::string(family->name)};
    const RuleRisk risk = RiskOfRule({form.operations, &form.filter}, it_.catalog, it_.request.places);
    const auto below = [&](const catalog::Operation* at) {
      while (at != nullptr && at != family) at = it_.catalog.Parent(*at);
      return at != nullptr;
    };
    for (const catalog::Operation& operation : it_.catalog.operations()) {
      if (below(&operation) && it_.guard.HasDenies(operation.name)) return;
    }
    if (risk.word == Word::kNeeded) return;
    form.opens += fmt::format("; all of {}", family->name);
    form.opened.clear();
    Take(form, risk.risk, risk.reason);
    Push(std::move(form));
  }

  static void Take(WiderForm& form, catalog::Risk risk, const std::string& reason) {
    if (!form.risk_reason.empty() && risk <= form.risk) return;
    form.risk = risk;
    form.risk_reason = reason;
  }

  // A wider form holds what the narrower one holds: the greater risk of both is its own.
  void Push(WiderForm form) {
    if (!forms_.empty() && forms_.back().risk > form.risk) {
      form.risk = forms_.back().risk;
      form.risk_reason = forms_.back().risk_reason;
    }
    forms_.push_back(std::move(form));
  }

  Tools it_;
  std::vector<const Want*> wants_;
  std::vector<std::string> operations_;
  std::vector<WiderForm> forms_;
};

}  // namespace

base::Result<Ladder> Ladder::Make(const LadderRequest& request) {
  const sbpl::Profile& profile = request.exact.profile;
  const auto catalog = catalog::Catalog::ForVersion(profile.macos);
  if (!catalog) return std::unexpected(catalog.error());
  auto policy = sbpl::Policy::Compile(profile, request.exact.options);
  if (!policy) return std::unexpected(policy.error());
  auto sifted = Sift(request.exact.evidence, profile, *policy, **catalog, request.exact.overrides);
  if (!sifted) return std::unexpected(sifted.error());
  std::vector<RunFacts> runs = {{"", request.exact.load.parameters}};
  Placement placement(runs, profile.parameters_used, request.places);
  auto state = std::unique_ptr<State>(new State{request, **catalog, std::move(*policy), std::move(runs), std::move(placement),
                                                DenyGuard(profile, **catalog, request.places), {}});
  for (Want& want : sifted->wants) state->wants.emplace(want.evidence, std::move(want));
  return Ladder(std::move(state));
}

Ladder::Ladder(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ladder::Ladder(Ladder&&) noexcept = default;
Ladder::~Ladder() = default;

std::vector<WiderForm> Ladder::Above(std::span<const std::size_t> evidence) const {
  std::vector<const Want*> wants;
  for (const std::size_t index : evidence) {
    const auto want = state_->wants.find(index);
    if (want == state_->wants.end()) return {};
    wants.push_back(&want->second);
  }
  if (wants.empty()) return {};
  return Climber({state_->request, state_->catalog, state_->policy, state_->placement, state_->guard}, std::move(wants)).Run();
}

}  // namespace sbtune::tune
