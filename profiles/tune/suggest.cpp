#include "profiles/tune/suggest.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "profiles/tune/check_set.h"
#include "profiles/tune/describe.h"
#include "profiles/tune/edited_files.h"

namespace sbtune::tune {
namespace {

constexpr int kMostRounds = 16;  // of mending an edit; one or none is usual

class Suggester {
 public:
  Suggester(const SuggestRequest& request, sbpl::ProfileFiles& files, const catalog::Catalog& catalog,
            const sbpl::Policy& policy, const std::span<const ChosenRule>* chosen)
      : request_(request), files_(files), catalog_(catalog), policy_(policy), chosen_(chosen),
        inserter_(request.profile, catalog) {}

  base::Result<Answer> Run() {
    auto sifted = Sift(request_.evidence, request_.profile, policy_, catalog_, request_.overrides);
    if (!sifted) return std::unexpected(sifted.error());
    sifted_ = std::move(*sifted);
    for (const sbpl::Merging merging : {sbpl::Merging::kIntoRules, sbpl::Merging::kNewRulesOnly}) {
      auto answer = Try(merging);
      if (!answer || answer->certificate.holds()) return answer;
      failure_ = answer->certificate;
    }
    return base::Fail(WhyNot(failure_));
  }

 private:
  // One edit and its proof. Denials that the edit does not help are taken out, additions that turn out not to be
  // needed are left out, and the rest is proven anew.
  base::Result<Answer> Try(sbpl::Merging merging) {
    passed_over_.assign(sifted_.wants.size(), false);
    for (int round = 0;; ++round) {
      auto answer = Attempt(merging);
      if (!answer || round == kMostRounds) return answer;
      const Certificate& proof = answer->certificate;
      if (!proof.not_allowed.empty()) {
        GiveUp(proof.not_allowed);
      } else if (!proof.not_necessary.empty()) {
        PassOver(plan_[proof.not_necessary.front()]);
      } else {
        return answer;
      }
    }
  }

  void PassOver(const Planned& planned) {
    for (const std::vector<std::size_t>& wants : planned.wants) {
      for (const std::size_t want : wants) passed_over_[want] = true;
    }
  }

  void GiveUp(const std::vector<std::size_t>& wants) {
    for (const std::size_t want : wants) {
      sifted_.left.push_back({sifted_.wants[want].evidence,
                              {Reason::kNotEffective, chosen_ == nullptr ? "even an exact rule for it does not let it pass"
                                                                  : "the chosen rule does not let it pass"},
                              nullptr});
    }
    std::sort(sifted_.left.begin(), sifted_.left.end(),
              [](const Left& a, const Left& b) { return a.evidence < b.evidence; });
    std::vector<Want> kept;
    for (std::size_t i = 0; i < sifted_.wants.size(); ++i) {
      if (!std::binary_search(wants.begin(), wants.end(), i)) kept.push_back(std::move(sifted_.wants[i]));
    }
    sifted_.wants = std::move(kept);
    passed_over_.assign(sifted_.wants.size(), false);
  }

  base::Result<Answer> Attempt(sbpl::Merging merging) {
    const OperationSets none;
    const OperationSets& mergeable = merging == sbpl::Merging::kIntoRules ? inserter_.MergeableOperations() : none;
    auto plan = chosen_ != nullptr
                    ? base::Result<Plan>(PlanChosen())
                    : MakePlan({sifted_.wants, passed_over_, request_.profile, catalog_, mergeable, request_.options});
    if (!plan) return std::unexpected(plan.error());
    plan_ = std::move(*plan);
    const auto insertion = inserter_.Insert(AdditionsOf(plan_), merging);
    if (!insertion) return std::unexpected(insertion.error());
    Answer answer;
    answer.left = sifted_.left;
    answer.denials = sifted_.left.size() + sifted_.wants.size();
    answer.fragments = ApplyInsertion(request_.profile, *insertion);
    if (auto done = Prove(*insertion, answer); !done) return std::unexpected(done.error());
    answer.suggestions = DescribeAdditions(request_.profile, sifted_.wants, plan_, *insertion, answer.fragments);
    return answer;
  }

  // Copies: in memory only while they are inserted.
  static std::vector<sbpl::Addition> AdditionsOf(const Plan& plan) {
    std::vector<sbpl::Addition> additions;
    additions.reserve(plan.size());
    for (const Planned& planned : plan) additions.push_back(planned.addition);
    return additions;
  }

  // The chosen rules, each with the wants whose operation it names, itself or by its family.
  Plan PlanChosen() const {
    Plan plan;
    for (const ChosenRule& rule : *chosen_) {
      Planned planned{{rule.operations, rule.filter, nullptr}, {}, Width::kWide, {"what the chosen rule covers"}};
      for (const std::string& operation : rule.operations) planned.wants.push_back(WantsOf(rule, operation));
      const bool needed = std::any_of(planned.wants.begin(), planned.wants.end(), [](const auto& wants) { return !wants.empty(); });
      std::vector<std::string> operations;  // without those that nothing was denied for
      std::vector<std::vector<std::size_t>> wants;
      for (std::size_t i = 0; i < planned.wants.size(); ++i) {
        if (planned.wants[i].empty()) continue;
        operations.push_back(rule.operations[i]);
        wants.push_back(std::move(planned.wants[i]));
      }
      if (!needed) continue;
      planned.addition.operations = std::move(operations);
      planned.wants = std::move(wants);
      plan.push_back(std::move(planned));
    }
    return plan;
  }

  std::vector<std::size_t> WantsOf(const ChosenRule& rule, const std::string& operation) const {
    std::vector<std::size_t> wants;
    for (std::size_t i = 0; i < sifted_.wants.size(); ++i) {
      const Want& want = sifted_.wants[i];
      if (passed_over_[i] || std::find(rule.evidence.begin(), rule.evidence.end(), want.evidence) == rule.evidence.end()) continue;
      const catalog::Operation* at = want.operation;
      while (at != nullptr && at->name != operation) at = catalog_.Parent(*at);
      if (at != nullptr) wants.push_back(i);
    }
    return wants;
  }

  base::Status Prove(const sbpl::Insertion& insertion, Answer& answer) {
    EditedFiles files(EditedTexts(request_.profile, answer.fragments), files_);
    const sbpl::LoadResult loaded = sbpl::LoadProfile(request_.load, files);
    if (!loaded.ok()) return base::Fail(LoadFailure(loaded));
    const std::vector<Probe> probes =
        MakeCheckSet(request_.evidence, sifted_.wants, request_.profile, catalog_);
    auto certificate = Certify({request_.profile, policy_, loaded.profile, request_.options, sifted_.wants, plan_,
                                insertion, probes});
    if (!certificate) return std::unexpected(certificate.error());
    answer.certificate = std::move(*certificate);
    return {};
  }

  static std::string LoadFailure(const sbpl::LoadResult& loaded) {
    for (const base::Diagnostic& item : loaded.diagnostics.items()) {
      if (item.severity == base::Severity::kError) {
        return fmt::format("nothing is proposed: the edited profile would not load ({}: {}); please report this",
                           loaded.profile.sources.Where(item.range), item.message);
      }
    }
    return "nothing is proposed: the edited profile would not load; please report this";
  }

  std::string WhyNot(const Certificate& certificate) const {
    std::string why = certificate.difference;
    if (why.empty() && !certificate.unexplained.empty()) {
      const Opened& first = certificate.unexplained.front();
      why = fmt::format("it would also change {} {}", first.operation, first.target.value_or(""));
    }
    if (why.empty() && !certificate.not_necessary.empty()) why = "a rule of it is not needed";
    if (why.empty()) why = "a denial remains";
    return fmt::format("nothing is proposed: no edit of this profile could be proven exact ({})", why);
  }

  const SuggestRequest& request_;
  sbpl::ProfileFiles& files_;
  const catalog::Catalog& catalog_;
  const sbpl::Policy& policy_;
  const std::span<const ChosenRule>* chosen_;  // null: exact rules
  sbpl::RuleInserter inserter_;
  Sifted sifted_;
  std::vector<bool> passed_over_;  // of the wants
  Plan plan_;
  Certificate failure_;
};

base::Result<Answer> Run(const SuggestRequest& request, const std::span<const ChosenRule>* chosen, sbpl::ProfileFiles& files) {
  const auto catalog = catalog::Catalog::ForVersion(request.profile.macos);
  if (!catalog) return std::unexpected(catalog.error());
  const auto policy = sbpl::Policy::Compile(request.profile, request.options);
  if (!policy) return std::unexpected(policy.error());
  return Suggester(request, files, **catalog, *policy, chosen).Run();
}

}  // namespace

base::Result<Answer> Suggest(const SuggestRequest& request, sbpl::ProfileFiles& files) { return Run(request, nullptr, files); }

base::Result<Answer> SuggestChosen(const SuggestRequest& request, std::span<const ChosenRule> chosen, sbpl::ProfileFiles& files) {
  return Run(request, &chosen, files);
}

}  // namespace sbtune::tune
