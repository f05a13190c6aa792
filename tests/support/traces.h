// The recorded programs beside the checkout (see shared_data.h): what each of them accessed in each of its
// runs, written as denials, with a reference tree and paths that no suggestion may open.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sbtune::test {

struct TracedAccess {
  std::string operation;
  std::string target;         // empty: none
  std::uint64_t records = 0;  // with duplicates
};

struct TracedRun {
  std::map<std::string, std::string> parameters;  // CWD, HOME
  std::vector<TracedAccess> accesses;  // by operation, target; without those that version 1 allows anyway
  std::uint64_t allowed_anyway = 0;    // records of those
};

struct Traces {
  std::map<std::string, std::vector<TracedRun>> programs;
  std::string universe;  // one path a line
  std::vector<std::string> canaries;
};

// Absent where the folder is.
[[nodiscard]] std::optional<Traces> LoadTraces();

}  // namespace sbtune::test
