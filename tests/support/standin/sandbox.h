// What stands for the kernel's sandbox in tests: the real decision engine over the profile that sandbox-exec was
// given, and records in the stand-in's log, byte for byte as the kernel writes them, messages included.
#pragma once

#include <optional>
#include <string>

#include "profiles/sbpl/policy.h"

namespace standin {

// The environment variables by which sandbox-exec's stand-in hands the sandbox down to what it starts.
inline constexpr const char* kProfileVariable = "STANDIN_SANDBOX_PROFILE";  // the profile's text
inline constexpr const char* kLogVariable = "STANDIN_SANDBOX_LOG";          // the file `heartbeats` of the log's stand-in

class Sandbox {
 public:
  // Exits with 65 and a sentence when the profile does not load, as the real one does.
  Sandbox(const std::string& text, std::string log);

  // Writes a denial; `rest` is what stands behind "deny(1) ".
  void Log(const std::string& process, long pid, const std::string& rest) const;
  // Whether the access passes; logs it as `process` and `pid` when not.
  [[nodiscard]] bool Allows(const std::string& process, long pid, const std::string& operation,
                            const std::optional<std::string>& target) const;

 private:
  sbtune::sbpl::LoadResult loaded_;
  std::optional<sbtune::sbpl::Policy> policy_;
  std::string log_;
};

}  // namespace standin
