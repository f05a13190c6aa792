#include "cli/remembered.h"

#include <filesystem>
#include <set>

#include "cli/proposal_file.h"

namespace sbtune::cli {

base::Result<std::string> ProfileKey(std::span<const std::string> profiles) {
  const auto folder = CurrentFolder();
  if (!folder) return folder;
  return (std::filesystem::path(*folder) / profiles.front()).lexically_normal().string();
}

base::Result<std::vector<store::StoredDecision>> LoadDecisions(const DatabaseOptions& database, const std::string& profile) {
  auto store = OpenDatabase(database, Purpose::kRead);
  if (!store) return std::unexpected(store.error());
  auto all = store::DecisionBook(*store).List();
  if (all) std::erase_if(*all, [&](const store::StoredDecision& one) { return one.profile != profile; });
  return all;
}

std::size_t DropDecided(std::vector<tune::Evidence>& evidence, std::span<const store::StoredDecision> decisions) {
  std::set<std::pair<std::string, std::optional<std::string>>> closed;
  for (const store::StoredDecision& one : decisions) {
    if (one.answer != store::Answer::kAllow) closed.emplace(one.operation, one.target);
  }
  return std::erase_if(evidence, [&](const tune::Evidence& one) {
    return one.action == access::Action::kDeny && closed.contains({one.operation, one.target});
  });
}

}  // namespace sbtune::cli
