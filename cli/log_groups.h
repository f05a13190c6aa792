// A captured log as evidence, without a store: its denials and recorded allows, grouped and counted.
//
//   base::Result<std::vector<access::DenialGroup>> groups = GroupsOfLog("denials.log", skipped);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/access/denial_group.h"
#include "core/base/result.h"

namespace sbtune::cli {

// "-" is standard input. The file's name stands for the run. Groups come in the order of first meeting. Records
// that the capture holds twice (kernel and sandboxd) are not told apart here: counts may be too high, which no
// suggestion looks at. Lines beyond the limit on their length are left out and added to `skipped_lines`.
[[nodiscard]] base::Result<std::vector<access::DenialGroup>> GroupsOfLog(const std::string& path,
                                                                         std::uint64_t& skipped_lines);

}  // namespace sbtune::cli
