// The history of proposals, told of what `sbtune apply` writes into a profile that sbtuned looks after: its
// auto_apply must not write again what a person takes back. Silent where no sbtuned is set up for the profile.
//
//   ApplyHistory history(options.daemon, proposal, invocation);
//   … history.Begin(rules); … history.End(backup);
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/daemon_access.h"
#include "profiles/review/proposal.h"
#include "sql/store/proposals.h"

namespace sbtune::cli {

class ApplyHistory {
 public:
  ApplyHistory(const DaemonOptions& options, const review::Proposal& proposal, const Invocation& invocation)
      : options_(options), proposal_(proposal), invocation_(invocation) {}

  // Before the file is written. What fails here is told and holds nothing up.
  void Begin(const std::vector<std::string>& rules);
  void End(const std::optional<std::string>& backup);  // absent: it was not written

 private:
  base::Status Record(const std::vector<std::string>& rules);
  void Tell(const base::Error& error) const;

  const DaemonOptions& options_;
  const review::Proposal& proposal_;
  const Invocation& invocation_;
  std::optional<store::Store> store_;
  std::int64_t entry_ = 0;  // of the history; 0: none
};

}  // namespace sbtune::cli
