// A file of our own that a profile forbids, to provoke one denial: its record proves that the log is followed.
//
//   const CanaryFile canary;
//   if (canary.path().empty()) …   // no temporary folder to be had
#pragma once

#include <string>

namespace sbtune::cli {

// Made by mkstemp in $TMPDIR, removed again.
class CanaryFile {
 public:
  CanaryFile();
  ~CanaryFile();
  CanaryFile(const CanaryFile&) = delete;
  CanaryFile& operator=(const CanaryFile&) = delete;

  // As the kernel compares and logs it: /private/tmp, not /tmp.
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace sbtune::cli
