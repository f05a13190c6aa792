#include "profiles/tune/generalize/suggest_general.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "profiles/sbpl/query.h"
#include "profiles/tune/describe.h"
#include "profiles/tune/edited_files.h"
#include "profiles/tune/generalize/contexts.h"
#include "profiles/tune/generalize/filter_reach.h"
#include "profiles/tune/generalize/general_plan.h"
#include "profiles/tune/generalize/general_proof.h"

namespace sbtune::tune {
namespace {

constexpr int kMostRounds = 16;  // of mending an edit; one or none is usual

class Suggester {
 public:
  Suggester(const GeneralRequest& request, sbpl::ProfileFiles& files, const catalog::Catalog& catalog,
            Contexts contexts)
      : request_(request), exact_(request.exact), files_(files), catalog_(catalog), contexts_(std::move(contexts)),
        inserter_(exact_.profile, catalog) {
    own_paths_.assign(request.own_paths.begin(), request.own_paths.end());
    for (std::size_t id = 0; id < exact_.profile.sources.size(); ++id) {
      const std::string name(exact_.profile.sources.Name(static_cast<base::SourceId>(id)));
      // "/tmp/agent.sb" is denied as "/private/tmp/agent.sb".
      own_paths_.push_back(sbpl::QueryFromAccess("file-write-data", name).path.value_or(name));
    }
  }

  base::Result<Answer> Run() {
    // A function of the profile may not yet be defined, or be another one, where a rule has to stand: then without.
    if (!exact_.profile.helpers.empty()) {
      auto answer = Try(sbpl::Merging::kIntoRules, Wording::kHelpers);
      if (answer && answer->certificate.holds()) return answer;
    }
    base::Result<Answer> answer = base::Fail("");
    for (const sbpl::Merging merging : {sbpl::Merging::kIntoRules, sbpl::Merging::kNewRulesOnly}) {
      answer = Try(merging, Wording::kPlain);
      if (!answer || answer->certificate.holds()) return answer;
    }
    return base::Fail(WhyNot(answer->certificate));
  }

 private:
  // One edit and its proof. Denials that it does not help are given up, rules that are not needed left out.
  base::Result<Answer> Try(sbpl::Merging merging, Wording wording) {
    const OperationSets none;
    const OperationSets& mergeable = merging == sbpl::Merging::kIntoRules ? inserter_.MergeableOperations() : none;
    auto plan = MakeGeneralPlan({exact_.profile, exact_.options, contexts_, catalog_, request_.places, mergeable,
                                 request_.tree, request_.budget, own_paths_, wording});
    if (!plan) return std::unexpected(plan.error());
    plan_ = std::move(*plan);
    for (int round = 0;; ++round) {
      auto answer = Attempt(merging);
      if (!answer || round == kMostRounds) return answer;
      const Certificate& proof = answer->certificate;
      if (!proof.not_allowed.empty()) {
        GiveUp(proof.not_allowed);
      } else if (!proof.not_necessary.empty()) {
        Drop();
      } else {
        return answer;
      }
    }
  }

  void Drop() {
    for (auto part = droppable_.rbegin(); part != droppable_.rend(); ++part) {
      RemoveOperation(plan_.items[part->item].planned, part->operation);
    }
    DropEmptyItems();
  }

  void GiveUp(const std::vector<std::size_t>& wants) {
    for (const std::size_t want : wants) {
      plan_.asked.push_back({contexts_.wants()[want].evidence,
                             {Reason::kNotEffective, "even an exact rule for it does not let it pass"},
                             nullptr});
    }
    for (GeneralPlanned& item : plan_.items) {
      for (std::vector<std::size_t>& covered : item.planned.wants) {
        std::erase_if(covered, [&](std::size_t want) { return std::binary_search(wants.begin(), wants.end(), want); });
      }
    }
    for (GeneralPlanned& item : plan_.items) {  // the item's other operations stay
      Planned& planned = item.planned;
      for (std::size_t operation = planned.wants.size(); operation-- > 0;) {
        if (planned.wants[operation].empty()) RemoveOperation(planned, operation);
      }
    }
    DropEmptyItems();
  }

  static void RemoveOperation(Planned& planned, std::size_t operation) {
    const auto at = static_cast<std::ptrdiff_t>(operation);
    planned.addition.operations.erase(planned.addition.operations.begin() + at);
    planned.wants.erase(planned.wants.begin() + at);
  }

  void DropEmptyItems() {
    std::erase_if(plan_.items, [](const GeneralPlanned& item) { return item.planned.wants.empty(); });
  }

  base::Result<Answer> Attempt(sbpl::Merging merging) {
    const auto insertion = inserter_.Insert(AdditionsOf(plan_), merging);
    if (!insertion) return std::unexpected(insertion.error());
    Answer answer;
    answer.denials = contexts_.denials();
    answer.left = contexts_.left();
    answer.left.insert(answer.left.end(), plan_.asked.begin(), plan_.asked.end());
    std::sort(answer.left.begin(), answer.left.end(),
              [](const Left& a, const Left& b) { return a.evidence < b.evidence; });
    answer.fragments = ApplyInsertion(exact_.profile, *insertion);
    EditedFiles files(EditedTexts(exact_.profile, answer.fragments), files_);
    auto proof = ProveGeneral({exact_.profile, exact_.load, exact_.options, exact_.evidence, contexts_,
                               plan_, *insertion, catalog_, request_.places},
                              files);
    if (!proof) return std::unexpected(proof.error());
    if (!proof->forbidden.empty()) {
      return base::Fail(fmt::format("nothing is proposed: a rule would open {}; please report this",
                                    proof->forbidden.front()));
    }
    answer.certificate = std::move(proof->certificate);
    droppable_ = std::move(proof->droppable);
    Describe(*insertion, proof->returns, answer);
    return answer;
  }

  // Copies: in memory only while they are inserted.
  static std::vector<sbpl::Addition> AdditionsOf(const GeneralPlan& plan) {
    std::vector<sbpl::Addition> additions;
    additions.reserve(plan.items.size());
    for (const GeneralPlanned& item : plan.items) additions.push_back(item.planned.addition);
    return additions;
  }

  void Describe(const sbpl::Insertion& insertion, const std::vector<std::vector<std::size_t>>& returns,
                Answer& answer) const {
    const std::span<const Want> wants = contexts_.wants();
    Plan plan;
    for (const GeneralPlanned& item : plan_.items) plan.push_back(item.planned);
    answer.suggestions = DescribeAdditions(exact_.profile, wants, plan, insertion, answer.fragments);
    for (std::size_t i = 0; i < answer.suggestions.size(); ++i) {
      Suggestion& suggestion = answer.suggestions[i];
      suggestion.returns.clear();
      for (const std::size_t want : returns[i]) suggestion.returns.push_back(wants[want].evidence);
      const GeneralPlanned& item = plan_.items[i];
      suggestion.breadth = Breadth{std::string(Name(item.step)), std::string(catalog::Name(item.risk)), item.risk_reason,
                                   OpenedBy(item)};
    }
  }

  // Counted where the first run was.
  std::map<std::string, std::uint64_t> OpenedBy(const GeneralPlanned& item) const {
    std::map<std::string, std::uint64_t> opened;
    if (request_.tree == nullptr || !item.path) return opened;
    const auto& list = contexts_.list();
    const Context& context = list.size() > 1 && list.front().runs.empty() ? list[1] : list.front();
    const std::string value = item.root.empty() ? "/" : context.parameters.at(item.root);
    std::set<ReferenceTree::Node> seen;
    for (const std::vector<std::size_t>& wants : item.planned.wants) {
      for (const std::size_t want : wants) {
        const auto node = request_.tree->Find(*contexts_.wants()[want].query.path);
        if (node) seen.insert(*node);
      }
    }
    const std::vector<ReferenceTree::Node> nodes = OpenedIn(*request_.tree, *item.path, value, request_.places);
    for (const std::string& operation : item.planned.addition.operations) {
      std::uint64_t& count = opened[operation];
      for (const ReferenceTree::Node node : nodes) {
        if (seen.contains(node)) continue;
        const sbpl::Query query = sbpl::QueryFromAccess(operation, request_.tree->Path(node));
        count += context.policy->Decide(query).decision == sbpl::Decision::kAllow ? 0 : 1;
      }
    }
    return opened;
  }

  static std::string WhyNot(const Certificate& certificate) {
    std::string why = certificate.difference;
    if (why.empty() && !certificate.unexplained.empty()) {
      const Opened& first = certificate.unexplained.front();
      why = fmt::format("it would also change {} {}", first.operation, first.target.value_or(""));
    }
    if (why.empty() && !certificate.not_necessary.empty()) why = "a rule of it is not needed";
    if (why.empty()) why = "a denial remains";
    return fmt::format("nothing is proposed: no edit of this profile could be proven ({})", why);
  }

  const GeneralRequest& request_;
  const SuggestRequest& exact_;
  sbpl::ProfileFiles& files_;
  const catalog::Catalog& catalog_;
  Contexts contexts_;
  sbpl::RuleInserter inserter_;
  std::vector<std::string> own_paths_;
  GeneralPlan plan_;
  std::vector<Part> droppable_;  // of the last proof
};

}  // namespace

base::Result<Answer> SuggestGeneral(const GeneralRequest& request, sbpl::ProfileFiles& files) {
  const auto catalog = catalog::Catalog::ForVersion(request.exact.profile.macos);
  if (!catalog) return std::unexpected(catalog.error());
  auto contexts = Contexts::Make({request.exact.profile, request.exact.load, request.exact.options,
                                  request.exact.evidence, request.exact.overrides, request.runs},
                                 files);
  if (!contexts) return std::unexpected(contexts.error());
  return Suggester(request, files, **catalog, std::move(*contexts)).Run();
}

}  // namespace sbtune::tune
