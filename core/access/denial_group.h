// What the store knows about one kind of denial: everything that was counted under the same process, operation,
// target and class of origin, merged over runs. This is the evidence that the policy side works from; it owns its
// strings.
//
//   store->VisitGroups(filter, [&](const access::DenialGroup& group) { evidence.push_back(group); });
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/access/record.h"

namespace sbtune::access {

struct DenialGroup {
  std::string process = {};    // raw bytes, as logged; empty where the log gave none
  std::string operation = {};  // as logged
  std::optional<std::string> target = {};
  Action action = Action::kDeny;
  Provenance provenance = Provenance::kText;
  bool platform_policy = false;  // said by the record itself or by sandboxd's report about it: no edit can fix it
  bool ambiguous = false;        // more than one reading: never suggest from it
  std::optional<std::string> tag = {};  // of `(with message "…")`
  std::vector<std::string> runs = {};   // names, sorted, distinct; confidence comes from these, never from `count`
  std::vector<std::string> hosts = {};  // the same; runs of unknown host add nothing
  std::uint64_t count = 0;         // occurrences with a record of their own
  std::uint64_t duplicates = 0;    // further occurrences that the kernel only counted
  std::optional<std::int64_t> first_seen_ns = {};  // since 1970 UTC; absent where no record had a time
  std::optional<std::int64_t> last_seen_ns = {};

  bool operator==(const DenialGroup&) const = default;
};

}  // namespace sbtune::access
