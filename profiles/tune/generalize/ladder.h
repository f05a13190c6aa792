// The wider forms that a person may choose for a suggestion, one step after the other, each with what it opens: the
// folder's own names, the folder, its parent, …; for dotted names shorter and shorter beginnings. They need no evidence
// of several runs, since somebody looks at each, but go no further than the places permit, past no deny of the
// profile, and never to its own files.
//
//   auto ladder = Ladder::Make({request, places, &tree, own_paths});
//   for (const WiderForm& form : ladder->Above(suggestion.evidence)) …   // each holds what the one before it holds
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "profiles/catalog/places.h"
#include "profiles/sbpl/rule.h"
#include "profiles/tune/generalize/reference_tree.h"
#include "profiles/tune/suggest.h"

namespace sbtune::tune {

struct WiderForm {
  std::string step;                     // names, folder, prefix, family
  std::vector<std::string> operations;  // canonical, sorted
  sbpl::Filter filter;
  catalog::Risk risk = catalog::Risk::kNone;
  std::string risk_reason;
  std::string opens;                            // in words
  std::map<std::string, std::uint64_t> opened;  // as in Breadth
};

struct LadderRequest {
  const SuggestRequest& exact;  // outlives the ladder, and so do the others
  const catalog::Places& places;
  const ReferenceTree* tree = nullptr;
  std::span<const std::string> own_paths;
};

class Ladder {
 public:
  [[nodiscard]] static base::Result<Ladder> Make(const LadderRequest& request);
  Ladder(Ladder&&) noexcept;
  ~Ladder();

  // Of all of this evidence (indices) together; empty where there is no form for it. Risk never falls from step to step.
  [[nodiscard]] std::vector<WiderForm> Above(std::span<const std::size_t> evidence) const;

 private:
  struct State;
  explicit Ladder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sbtune::tune
