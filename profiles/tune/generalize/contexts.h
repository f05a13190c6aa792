// The profile as each run saw it: loaded with the parameters that the run had, and asked about that run's denials.
// A rule in terms of (param "CWD") is proven in every context, each with its own CWD.
//
//   auto contexts = Contexts::Make(request…, files);
//   contexts->wants()[i].query, contexts->met()[i].runs …
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "profiles/sbpl/policy.h"
#include "profiles/sbpl/profile.h"
#include "profiles/tune/evidence.h"
#include "profiles/tune/generalize/placement.h"
#include "profiles/tune/sift.h"

namespace sbtune::tune {

// Where a want was met: a rule shall allow it in every one of these contexts.
struct Met {
  std::vector<std::uint32_t> runs;      // sorted; indices of Contexts::runs()
  std::vector<std::uint32_t> contexts;  // sorted
};

struct Context {
  std::map<std::string, std::string> parameters;  // that the profile is loaded with
  std::vector<std::uint32_t> runs;
  std::unique_ptr<sbpl::Profile> loaded;          // null: the profile as it was given
  const sbpl::Profile* profile = nullptr;
  std::unique_ptr<sbpl::Policy> policy;
};

struct ContextRequest {
  const sbpl::Profile& profile;  // loaded without errors
  const sbpl::LoadOptions& load;
  const sbpl::PolicyOptions& options;
  std::span<const Evidence> evidence;
  std::span<const RulePlace> overrides;
  std::span<const RunFacts> runs;  // what is known of runs, by name; others had what `load` says
};

class Contexts {
 public:
  // Fails where the profile does not load with the parameters of a run; the sentence names the run.
  [[nodiscard]] static base::Result<Contexts> Make(const ContextRequest& request, sbpl::ProfileFiles& files);

  // Every run that the evidence names, with the parameters by which the profile can tell it from others: those
  // that it asks for, and those that it is loaded with. Sorted by name.
  [[nodiscard]] std::span<const RunFacts> runs() const { return runs_; }
  [[nodiscard]] std::span<const std::string> parameters() const { return names_; }
  // The first is the profile as it was given; runs need not have it.
  [[nodiscard]] std::span<const Context> list() const { return contexts_; }
  // By evidence, each of which has one at most; their `after` and `overridden` are rules of the profile as it was given.
  [[nodiscard]] std::span<const Want> wants() const { return wants_; }
  [[nodiscard]] std::span<const Met> met() const { return met_; }  // of each want
  [[nodiscard]] const std::vector<Left>& left() const { return left_; }  // their rules are of the profile as it was given
  [[nodiscard]] std::size_t denials() const { return denials_; }

 private:
  class Maker;
  std::vector<std::string> names_;
  std::vector<RunFacts> runs_;
  std::vector<Context> contexts_;
  std::vector<Want> wants_;
  std::vector<Met> met_;
  std::vector<Left> left_;
  std::size_t denials_ = 0;
};

// "agent.sb:12:3: unbound variable: x", of the first error.
[[nodiscard]] std::string FirstError(const sbpl::LoadResult& loaded);

}  // namespace sbtune::tune
