// Which records of the log belong to one run: those with the run's tag, and those without a tag from a process that
// was in its tree at the time. Pure. Records from processes of which nothing is known are decided at the end, when
// all tags and snapshots are in.
//
//   RunRecords records(nonce, tree);
//   records.Add(record, now_ns);  …  RunFindings found = std::move(records).Finish(canaries);
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "core/access/denial_group.h"
#include "daemon/protocol/record.h"
#include "daemon/tracing/process_tree.h"

namespace sbtune::tracing {

struct RunFindings {
  std::vector<access::DenialGroup> denials;  // of the run, most frequent first; tags as logged
  std::uint64_t by_tag = 0;                  // records that the tag proved
  std::uint64_t by_pid = 0;                  // records that the process tree brought in
  std::uint64_t doubtful = 0;                // without a tag, from a process that nobody saw: left out
  std::uint64_t doubtful_long = 0;           // of these: so long that the kernel may have cut a tag off
  std::uint64_t untrusted = 0;               // anyone may have written them: left out
  std::uint64_t overflow = 0;                // more than is kept
  std::map<std::string, std::uint64_t> others;  // denials of other processes meanwhile, by name
};

class RunRecords {
 public:
  // `tree` must outlive this.
  RunRecords(std::string nonce, ProcessTree& tree) : nonce_(std::move(nonce)), tree_(tree) {}

  // `now_ns` stands for the time of a record that has none.
  void Add(const protocol::LiveRecord& record, std::int64_t now_ns);
  // Denials about `canaries` (our own provocations) are left out.
  [[nodiscard]] RunFindings Finish(std::span<const std::string> canaries) &&;

 private:
  void Count(const protocol::LiveRecord& record);
  [[nodiscard]] access::DenialGroup* SameAccess(const protocol::LiveRecord& record);

  using Key = std::tuple<std::string, std::string, std::string, std::string, int, int>;
  const std::string nonce_;
  ProcessTree& tree_;
  std::map<Key, access::DenialGroup> groups_;
  std::vector<protocol::LiveRecord> waiting_;  // without a tag
  RunFindings found_;
};

}  // namespace sbtune::tracing
