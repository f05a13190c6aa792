// What else to look at when a command failed under a profile and no denial explains it. Looks at files, changes
// nothing.
//
//   for (const std::string& hint : HintsFor({…})) …   // one sentence each, fit for a terminal
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/subprocess.h"
#include "profiles/sbpl/policy.h"

namespace sbtune::cli {

struct PostMortem {
  std::string program;              // the path that was executed
  std::vector<std::string> argv;    // as the user gave it
  base::ExitStatus status;
  std::int64_t begin_ns = 0;        // when it was started
  std::string home;                 // where ~/Library is; may be empty
  const sbpl::Policy& policy;       // of the profile
  const std::map<std::string, std::uint64_t>& others;  // denials of other processes meanwhile
};

[[nodiscard]] std::vector<std::string> HintsFor(const PostMortem& what);

// Crash reports of that program (its file's name) in `folder` that are not older; newest first.
[[nodiscard]] std::vector<std::string> CrashReports(const std::string& folder, const std::string& program,
                                                    std::int64_t not_before_ns);

}  // namespace sbtune::cli
