#include "profiles/tune/suggest.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "profiles/tune/check_set.h"
#include "profiles/tune/edited_files.h"

namespace sbtune::tune {
namespace {

constexpr int kMostRounds = 16;  // of mending an edit; one or none is usual

class Suggester {
 public:
  Suggester(const SuggestRequest& request, sbpl::ProfileFiles& files, const catalog::Catalog& catalog,
            const sbpl::Policy& policy)
      : request_(request), files_(files), catalog_(catalog), policy_(policy), inserter_(request.profile, catalog) {}

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
                              {Reason::kNotEffective, "even an exact rule for it does not let it pass"},
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
    auto plan = MakePlan({sifted_.wants, passed_over_, request_.profile, catalog_, mergeable, request_.options});
    if (!plan) return std::unexpected(plan.error());
    plan_ = std::move(*plan);
    std::vector<sbpl::Addition> additions;
    for (const Planned& planned : plan_) additions.push_back(planned.addition);
    const auto insertion = inserter_.Insert(additions, merging);
    if (!insertion) return std::unexpected(insertion.error());
    Answer answer;
    answer.left = sifted_.left;
    answer.denials = sifted_.left.size() + sifted_.wants.size();
    for (const sbpl::FragmentEdit& edit : insertion->fragments) {
      const std::string_view before = request_.profile.sources.Text(request_.profile.fragments[edit.fragment]);
      answer.fragments.push_back({edit.fragment, edit.edits, sbpl::ApplyEdits(before, edit.edits)});
    }
    if (auto done = Prove(*insertion, answer); !done) return std::unexpected(done.error());
    Describe(*insertion, answer);
    return answer;
  }

  base::Status Prove(const sbpl::Insertion& insertion, Answer& answer) {
    std::map<std::string, std::string> texts;  // all of the user's files: standard input can be read only once
    for (const base::SourceId id : request_.profile.fragments) {
      texts[std::string(request_.profile.sources.Name(id))] = request_.profile.sources.Text(id);
    }
    for (const EditedFragment& edited : answer.fragments) {
      texts[std::string(request_.profile.sources.Name(request_.profile.fragments[edited.fragment]))] = edited.text;
    }
    EditedFiles files(std::move(texts), files_);
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

  void Describe(const sbpl::Insertion& insertion, Answer& answer) const {
    std::map<std::uint32_t, const EditedFragment*> edited;
    for (const EditedFragment& fragment : answer.fragments) edited[fragment.fragment] = &fragment;
    LineCounter lines;
    for (std::size_t i = 0; i < plan_.size(); ++i) {
      const sbpl::Placement& place = insertion.places[i];
      const std::string& text = edited.at(place.fragment)->text;
      Suggestion suggestion = Covering(plan_[i]);
      suggestion.text = text.substr(place.begin, place.length);
      suggestion.fragment = place.fragment;
      suggestion.line = lines.LineAt(place.fragment, text, place.begin);
      suggestion.merged = place.merged_into.has_value();
      answer.suggestions.push_back(std::move(suggestion));
    }
  }

  Suggestion Covering(const Planned& planned) const {
    Suggestion suggestion;
    suggestion.operations = planned.addition.operations;
    suggestion.width = planned.width;
    suggestion.opens = planned.opens;
    for (const std::vector<std::size_t>& wants : planned.wants) {
      suggestion.returns.push_back(sifted_.wants[wants.front()].evidence);
      for (const std::size_t index : wants) {
        const Want& want = sifted_.wants[index];
        suggestion.evidence.push_back(want.evidence);
        if (want.overridden != nullptr) suggestion.overrides.push_back(WhereIs(*want.overridden, request_.profile));
      }
    }
    std::sort(suggestion.evidence.begin(), suggestion.evidence.end());
    std::sort(suggestion.overrides.begin(), suggestion.overrides.end());
    suggestion.overrides.erase(std::unique(suggestion.overrides.begin(), suggestion.overrides.end()),
                               suggestion.overrides.end());
    return suggestion;
  }

  // Line numbers of places, in linear time as long as places of one fragment come in ascending order.
  class LineCounter {
   public:
    std::uint32_t LineAt(std::uint32_t fragment, std::string_view text, std::uint32_t offset) {
      State& state = states_[fragment];
      if (offset < state.offset) state = {};
      const auto begin = text.begin() + state.offset;
      state.line += static_cast<std::uint32_t>(std::count(begin, text.begin() + offset, '\n'));
      state.offset = offset;
      return state.line;
    }

   private:
    struct State {
      std::uint32_t offset = 0;
      std::uint32_t line = 1;
    };
    std::map<std::uint32_t, State> states_;
  };

  const SuggestRequest& request_;
  sbpl::ProfileFiles& files_;
  const catalog::Catalog& catalog_;
  const sbpl::Policy& policy_;
  sbpl::RuleInserter inserter_;
  Sifted sifted_;
  std::vector<bool> passed_over_;  // of the wants
  Plan plan_;
  Certificate failure_;
};

}  // namespace

base::Result<Answer> Suggest(const SuggestRequest& request, sbpl::ProfileFiles& files) {
  const auto catalog = catalog::Catalog::ForVersion(request.profile.macos);
  if (!catalog) return std::unexpected(catalog.error());
  const auto policy = sbpl::Policy::Compile(request.profile, request.options);
  if (!policy) return std::unexpected(policy.error());
  return Suggester(request, files, **catalog, *policy).Run();
}

}  // namespace sbtune::tune
