#include "profiles/coverage/proof.h"

#include "profiles/sbpl/print.h"
#include "profiles/sbpl/query.h"
#include "profiles/tune/check_set.h"

namespace sbtune::coverage {
namespace {

class Prover {
 public:
  explicit Prover(const ProofRequest& request) : request_(request), newest_(NewestOf(request.samples)) {}

  base::Status Sample(const coverage::Sample& sample, const sbpl::Profile& before, const sbpl::Profile& after) {
    const auto old_policy = sbpl::Policy::Compile(before, request_.options);
    if (!old_policy) return std::unexpected(old_policy.error());
    const auto new_policy = sbpl::Policy::Compile(after, request_.options);
    if (!new_policy) return std::unexpected(new_policy.error());
    for (const tune::Evidence& evidence : sample.evidence) {
      if (Speaks(evidence)) Recorded(evidence, *old_policy, *new_policy);
    }
    for (const tune::Probe& probe : tune::MakeCheckSet({}, {}, before, old_policy->catalog())) {
      ++proof_.probes;
      if (old_policy->Decide(probe.query).decision == sbpl::Decision::kAllow) continue;
      if (new_policy->Decide(probe.query).decision != sbpl::Decision::kAllow) continue;
      proof_.opened.push_back(probe.query.operation + " " + probe.query.raw_target.value_or(""));
    }
    return {};
  }

  Proof Take() { return std::move(proof_); }

 private:
  void Recorded(const tune::Evidence& evidence, const sbpl::Policy& before, const sbpl::Policy& after) {
    const sbpl::Query query = sbpl::QueryFromAccess(evidence.operation, evidence.target);
    const sbpl::Decision was = before.Decide(query).decision;
    const sbpl::Decision is = after.Decide(query).decision;
    ++proof_.recorded;
    if (was == is) return;
    if (is == sbpl::Decision::kAllow) {
      proof_.opened.push_back(tune::Describe(evidence));
    } else if (InWindow(evidence, request_.window_ns, newest_)) {
      proof_.changed.push_back(tune::Describe(evidence));
    } else {
      proof_.closed.push_back(tune::Describe(evidence));
    }
  }

  const ProofRequest& request_;
  std::optional<std::int64_t> newest_;
  Proof proof_;
};

bool AsIntended(const sbpl::Profile& profile, const std::vector<std::string>& intended) {
  if (profile.rules.size() != intended.size()) return false;
  for (std::size_t i = 0; i < intended.size(); ++i) {
    if (sbpl::Print(profile.rules[i]) != intended[i]) return false;
  }
  return true;
}

}  // namespace

base::Result<Proof> Prove(const ProofRequest& request, sbpl::ProfileFiles& before, sbpl::ProfileFiles& after) {
  Prover prover(request);
  bool intended = false;
  for (std::size_t i = 0; i < request.samples.size(); ++i) {
    const Sample& sample = request.samples[i];
    const auto old_profile = LoadFor(request.load, sample, before);
    if (!old_profile) return std::unexpected(old_profile.error());
    const auto new_profile = LoadFor(request.load, sample, after);
    if (!new_profile) return std::unexpected(new_profile.error().Within("the edited profile"));
    if (i == 0) intended = AsIntended(new_profile->profile, request.intended);
    if (auto done = prover.Sample(sample, old_profile->profile, new_profile->profile); !done) {
      return std::unexpected(done.error());
    }
  }
  Proof proof = prover.Take();
  proof.rules_as_intended = intended;
  return proof;
}

}  // namespace sbtune::coverage
