// Profiles in memory, for tests of the loader.
#pragma once

#include <map>
#include <string>

#include "profiles/sbpl/profile.h"

namespace sbtune::test {

class MemoryFiles final : public sbpl::ProfileFiles {
 public:
  explicit MemoryFiles(std::map<std::string, std::string> files) : files_(std::move(files)) {}
  [[nodiscard]] base::Result<std::string> Read(const std::string& path) override {
    const auto found = files_.find(path);
    if (found == files_.end()) return base::Fail("cannot open " + path + ": no such file");
    return found->second;
  }
  [[nodiscard]] bool Exists(const std::string& path) override { return files_.contains(path); }

 private:
  std::map<std::string, std::string> files_;
};

// A profile of one file, "p.sb".
[[nodiscard]] inline sbpl::LoadResult LoadText(const std::string& text) {
  MemoryFiles files({{"p.sb", text}});
  sbpl::LoadOptions options;
  options.paths = {"p.sb"};
  return sbpl::LoadProfile(options, files);
}

}  // namespace sbtune::test
