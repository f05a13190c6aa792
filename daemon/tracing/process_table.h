// The running processes: numbers, parents, starts.
#pragma once

#include <memory>
#include <vector>

#include "daemon/tracing/process_tree.h"

namespace sbtune::tracing {

class ProcessTable {
 public:
  virtual ~ProcessTable() = default;
  // Empty where the system does not tell.
  [[nodiscard]] virtual std::vector<ProcessSighting> Read() = 0;
};

// sysctl on macOS, /proc elsewhere.
[[nodiscard]] std::unique_ptr<ProcessTable> SystemProcessTable();

}  // namespace sbtune::tracing
