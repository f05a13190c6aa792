// Applying a proposal: looked at again as if a stranger had written it, written, loaded from the disk and decided
// again; on a bad outcome the old bytes come back.
//
//   auto examined = Examine(proposal, files);     // nothing is written: the diff, and what it adds
//   auto applied = Apply(proposal, files);
#pragma once

#include <string>
#include <vector>

#include "core/base/replace_file.h"
#include "core/base/result.h"
#include "profiles/review/proposal.h"

namespace sbtune::review {

struct FileChange {
  std::string path;
  std::string before;
  std::string after;
};

struct Examined {
  std::vector<FileChange> changes;
  std::vector<std::string> added;  // every rule that the profile gets, one operation and one filter each
};

// Refuses, with the reason and the next step: a file that is not what it was; one that is no part of the proposal's own
// profile; a text that does not load, that does not allow what is listed, or that does anything else than add allows.
[[nodiscard]] base::Result<Examined> Examine(const Proposal& proposal, sbpl::ProfileFiles& files);

// Examines, writes each file (base::ReplaceFile), and asks the profile on the disk again. Either all files change or,
// but for a crash between two of them, none.
[[nodiscard]] base::Result<std::vector<base::Replaced>> Apply(const Proposal& proposal, sbpl::ProfileFiles& files,
                                                              const base::ReplaceHook& hook = {});

}  // namespace sbtune::review
