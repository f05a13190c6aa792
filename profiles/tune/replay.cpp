#include "profiles/tune/replay.h"

#include "profiles/sbpl/query.h"

namespace sbtune::tune {

std::vector<Replayed> Replay(std::span<const Evidence> evidence, const sbpl::Policy& policy) {
  std::vector<Replayed> answers;
  for (std::size_t i = 0; i < evidence.size(); ++i) {
    if (evidence[i].action != access::Action::kDeny || evidence[i].standing != Standing::kUsable) continue;
    answers.push_back({i, policy.Decide(sbpl::QueryFromAccess(evidence[i].operation, evidence[i].target))});
  }
  return answers;
}

}  // namespace sbtune::tune
