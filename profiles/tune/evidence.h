// What was denied, merged so that the order in which runs were recorded, and recording the same twice, change
// nothing: a set union. Confidence comes from distinct runs and hosts, never from the count.
//
//   const std::vector<Evidence> evidence = MergeEvidence(groups);   // sorted by operation, target, standing
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/access/denial_group.h"
#include "core/access/record.h"

namespace sbtune::tune {

// Whether a record may speak for a change of the profile.
enum class Standing : std::uint8_t {
  kUsable,
  kAmbiguous,       // the line has more than one reading
  kUntrusted,       // somebody else than the kernel or sandboxd wrote it
  kPlatformPolicy,  // the system's own profile denied it
};

struct Evidence {
  std::string operation;  // as logged
  std::optional<std::string> target;
  access::Action action = access::Action::kDeny;
  Standing standing = Standing::kUsable;
  bool maybe_cut = false;               // at the length limit of a kernel record: the target may go on
  std::vector<std::string> processes = {};   // sorted, distinct; so are these:
  std::vector<std::string> runs = {};
  std::vector<std::string> hosts = {};
  std::uint64_t count = 0;              // occurrences, duplicates included
  std::optional<std::int64_t> first_seen_ns = {};
  std::optional<std::int64_t> last_seen_ns = {};
  bool text_only = false;  // told by text logs alone, which prove no origin; used because the user handed them over
  bool operator==(const Evidence&) const = default;
};

[[nodiscard]] std::vector<Evidence> MergeEvidence(std::span<const access::DenialGroup> groups);

// "file-read-data /etc/hosts", raw bytes; for messages.
[[nodiscard]] std::string Describe(const Evidence& evidence);

}  // namespace sbtune::tune
