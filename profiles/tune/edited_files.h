// Profile files with some of them edited: what `files` holds, but for the given texts.
#pragma once

#include <map>
#include <string>

#include "profiles/sbpl/profile.h"

namespace sbtune::tune {

class EditedFiles final : public sbpl::ProfileFiles {
 public:
  EditedFiles(std::map<std::string, std::string> texts, sbpl::ProfileFiles& files)
      : texts_(std::move(texts)), files_(files) {}

  [[nodiscard]] base::Result<std::string> Read(const std::string& path) override {
    const auto edited = texts_.find(path);
    return edited == texts_.end() ? files_.Read(path) : base::Result<std::string>(edited->second);
  }
  [[nodiscard]] bool Exists(const std::string& path) override { return texts_.contains(path) || files_.Exists(path); }

 private:
  std::map<std::string, std::string> texts_;
  sbpl::ProfileFiles& files_;
};

}  // namespace sbtune::tune
