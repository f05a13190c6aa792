#include "cli/remembered.h"

#include <filesystem>

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

}  // namespace sbtune::cli
