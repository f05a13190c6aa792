// The questions of `sbtune doctor`, one function each, so that each can be asked of stand-ins.
//
//   for (const Check& check : {CheckTool(tool), …}) out += DoctorLine(check);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/subprocess.h"
#include "daemon/config/config.h"

namespace sbtune::cli {

enum class Outcome { kOk, kFailed, kSkipped };

struct Check {
  std::string name;
  Outcome outcome = Outcome::kOk;
  std::string text;  // what was found; of a failure also what to do next
  bool operator==(const Check&) const = default;
};

// The log tool, the account and the sandbox, in the words of daemon/live.
[[nodiscard]] std::vector<Check> CheckPreflight(const config::Config& config);
[[nodiscard]] Check CheckDatabase(const config::Config& config, std::int64_t now_ns);
// The socket's folder and mode; whether a daemon answers, of the same version, and live.
[[nodiscard]] std::vector<Check> CheckDaemon(const config::Config& config, const std::string& our_version);
// What sbtuned's own words mean: "daemon", "storing" (only where it fails) and "versions".
[[nodiscard]] std::vector<Check> JudgeStatus(const std::string& status_json, const std::string& our_version);
// Provokes one denial under `sandbox_exec` and waits until it comes through the log stream.
[[nodiscard]] Check CheckWholePath(const config::Config& config, const std::string& sandbox_exec,
                                   std::int64_t limit_ns);

// "ok       database      …"
[[nodiscard]] std::string DoctorLine(const Check& check);
// {"schema":"sbtune.doctor/1","checks":[{"name","outcome","text"}]}
[[nodiscard]] std::string DoctorJson(const std::vector<Check>& checks);

}  // namespace sbtune::cli
