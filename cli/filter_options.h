// The options by which denials and stats choose what to show.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/glob_options.h"
#include "core/base/result.h"
#include "sql/store/store.h"

namespace CLI {
class App;
}

namespace sbtune::cli {

struct FilterOptions {
  std::vector<std::string> runs;
  std::vector<std::string> except_runs;
  AccessFilter access;
  std::string since;
  std::string until;
  std::string action = "deny";
};

inline constexpr const char* kFilterHelp =
    "TIMEs are a date and time (2026-03-03, 2026-03-03T14:05:06Z, with +02:00 for a zone, else UTC), @SECONDS since\n"
    "1970, or how long ago (90s, 30m, 2h, 7d, 2w). Counts are kept by the hour: of each process, operation and\n"
    "target, an hour counts whole when it saw a record in the time asked for.\n";

void AddFilterOptions(CLI::App& command, FilterOptions& options);

[[nodiscard]] base::Result<store::Filter> ToFilter(const FilterOptions& options, std::int64_t now_ns);

}  // namespace sbtune::cli
