#include "daemon/proposals/decided.h"

#include <set>

namespace sbtune::proposals {

std::size_t DropDecided(std::vector<tune::Evidence>& evidence, std::span<const store::StoredDecision> decisions) {
  std::set<std::pair<std::string, std::optional<std::string>>> closed;
  for (const store::StoredDecision& one : decisions) {
    if (one.answer != store::Answer::kAllow) closed.emplace(one.operation, one.target);
  }
  return std::erase_if(evidence, [&](const tune::Evidence& one) {
    return one.action == access::Action::kDeny && closed.contains({one.operation, one.target});
  });
}

}  // namespace sbtune::proposals
