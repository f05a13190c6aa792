#include "daemon/proposals/evidence.h"

#include <sys/stat.h>

#include <algorithm>

#include <fmt/format.h>

#include "daemon/proposals/current.h"
#include "daemon/proposals/platform/change_time.h"

namespace sbtune::proposals {
base::Result<Evidence> ReadEvidence(store::Store& store, const config::ProfileSettings& settings) {
  Evidence evidence;
  store::Filter filter;
  filter.process.only = settings.process;
  filter.action = std::nullopt;
  const auto count = store::CountGroups(store, filter.process);
  if (!count) return std::unexpected(count.error());
  evidence.group_count = *count;
  base::Status done;
  if (*count <= kMostGroups) {
    done = store.VisitGroups(filter, [&](const access::DenialGroup& group) { evidence.groups.push_back(group); });
  }
  if (!done) return std::unexpected(done.error());
  auto decisions = store::DecisionBook(store).List();
  if (!decisions) return std::unexpected(decisions.error());
  std::ranges::copy_if(*decisions, std::back_inserter(evidence.decisions),
                       [&](const store::StoredDecision& one) { return one.profile == KeyOf(settings); });
  auto runs = store.Runs();
  if (!runs) return std::unexpected(runs.error());
  for (const store::Run& run : *runs) evidence.runs.push_back({run.name, run.parameters});
  return evidence;
}

void DenialMarks::Watch(std::span<const config::ProfileSettings> profiles) {
  processes_.clear();
  for (const config::ProfileSettings& one : profiles) processes_.push_back({.only = one.process, .except = {}});
  denials_.assign(profiles.size(), 0);
  seen_ = {};
}

base::Status DenialMarks::Look(store::Store& store) {
  const auto now = store::ReadMarks(store);
  if (!now) return std::unexpected(now.error());
  if (now->pruning != seen_.pruning || now->run != seen_.run) {
    for (std::int64_t& one : denials_) ++one;
  } else if (now->group != seen_.group) {
    const auto processes = store::ProcessesSince(store, seen_.group);
    if (!processes) return std::unexpected(processes.error());
    for (std::size_t i = 0; i < denials_.size(); ++i) {
      denials_[i] += std::ranges::any_of(*processes, [&](const std::string& name) { return processes_[i].Matches(name); });
    }
  }
  seen_ = *now;
  return {};
}

std::string StampOf(std::span<const std::string> files) {
  std::string stamp;
  for (const std::string& file : files) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
      stamp += "absent;";
    } else {
      stamp += fmt::format("{}:{}:{}:{};", status.st_dev, status.st_ino, status.st_size, platform::ChangedNs(status));
    }
  }
  return stamp;
}

}  // namespace sbtune::proposals
