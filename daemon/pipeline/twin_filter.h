// Keeps sandboxd's repetition of a kernel's denial out of what watchers see. The store merges twins on its own, in
// either order; this is for the eye, and lets a report through that comes before its denial.
//
//   if (filter.IsRepetition(record)) …  // false for the denial itself, true for the report up to 2 s after it
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>

#include "daemon/protocol/record.h"

namespace sbtune::pipeline {

class TwinFilter {
 public:
  [[nodiscard]] bool IsRepetition(const protocol::LiveRecord& record);

 private:
  struct Seen {
    std::uint64_t twin = 0;
    std::int64_t time_ns = 0;
  };
  std::deque<Seen> order_;
  std::unordered_map<std::uint64_t, std::int64_t> newest_;  // time of the newest denial of that twin
};

}  // namespace sbtune::pipeline
