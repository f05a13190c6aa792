// The whole program in a folder of its own, for tests of import, denials and stats.
#pragma once

#include <string>
#include <vector>

#include "tests/support/command.h"
#include "tests/support/temp_folder.h"

namespace sbtune::test {

class StorePlace {
 public:
  [[nodiscard]] CommandResult Run(std::vector<std::string> arguments, CommandOptions options = {}) const;
  // With --db a.db; fails the test unless it succeeds.
  CommandResult Import(const std::vector<std::string>& arguments, const std::string& input = "") const;
  // All that the store counts, as the program itself prints it.
  [[nodiscard]] std::string Everything(const std::string& database = "a.db") const;
  [[nodiscard]] const std::string& folder() const { return folder_.path(); }
  [[nodiscard]] std::string operator/(const std::string& name) const { return folder_ / name; }

 private:
  TempFolder folder_;
};

// Denials in several forms, duplicates, reports with and without their denial, noise.
[[nodiscard]] std::string SomeLog(std::uint64_t seed, int records);

}  // namespace sbtune::test
