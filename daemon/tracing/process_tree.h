// Which processes descend from one, over time, as snapshots of the process table show it. Pure. A number that was
// given to another process later is told apart by the process's start; a process that lived between two snapshots is
// not seen at all, which is why a record's tag counts for more than its pid.
//
//   ProcessTree tree(root, now);
//   tree.Observe(snapshot, now);  …  tree.Confirm(pid, time);   // a record with our tag came from it
//   tree.WasMember(pid, record_time) == Membership::kYes
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace sbtune::tracing {

struct ProcessSighting {
  std::int64_t pid = 0;
  std::int64_t parent = 0;
  std::uint64_t start = 0;  // when it began, in any unit; with the pid it names one process
  bool operator==(const ProcessSighting&) const = default;
};

enum class Membership : std::uint8_t {
  kYes,
  kNo,       // somebody else had that pid at the time
  kUnknown,  // nobody was seen with it, or it changed hands about then
};

class ProcessTree {
 public:
  // Times are the wall clock's, as in records.
  ProcessTree(std::int64_t root, std::int64_t now_ns);

  void Observe(std::span<const ProcessSighting> table, std::int64_t now_ns);
  // The process that had the pid at that time is one of ours, whatever the table said.
  void Confirm(std::int64_t pid, std::int64_t time_ns);

  [[nodiscard]] Membership WasMember(std::int64_t pid, std::int64_t time_ns) const;
  [[nodiscard]] std::size_t seen() const { return lives_.size(); }  // members so far
  [[nodiscard]] std::size_t alive() const;                          // at the last observation

 private:
  struct Life {
    std::int64_t pid = 0;
    std::uint64_t start = 0;    // 0: not known yet
    std::int64_t from_ns = 0;   // the last moment at which it surely was not there
    std::int64_t to_ns = 0;     // kAlive, or the first moment at which it surely was gone
    [[nodiscard]] bool Covers(std::int64_t time_ns) const { return from_ns <= time_ns && time_ns <= to_ns; }
  };
  static constexpr std::int64_t kAlive = INT64_MAX;

  using Lives = std::multimap<std::int64_t, Life>;  // by pid
  [[nodiscard]] static bool Covered(const Lives& lives, std::int64_t pid, std::int64_t time_ns);

  Lives lives_;   // of ours
  Lives others_;  // of processes that are not
  std::int64_t observed_ns_;                  // the last time
};

}  // namespace sbtune::tracing
