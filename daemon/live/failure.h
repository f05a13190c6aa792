// Why a `log` child ended, and whether trying again can help. Exit code 64 means many things, so the text on
// stderr decides.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/subprocess.h"

namespace sbtune::live {

enum class Remedy : std::uint8_t { kRetry, kUserMustAct };

struct Failure {
  Remedy remedy = Remedy::kRetry;
  std::string reason;  // one sentence without full stop, with what to do when the user must act
  bool operator==(const Failure&) const = default;
};

[[nodiscard]] Failure ClassifyExit(base::ExitStatus status, std::string_view stderr_text);

}  // namespace sbtune::live
