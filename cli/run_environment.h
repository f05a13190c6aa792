// The environment in which `sbtune run` starts a command. Pure but for reading the one that is given.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace sbtune::cli {

enum class StartWith : std::uint8_t { kEverything, kLittle };  // --clean-env

// `current` is NAME=VALUE; `settings` are --env's: NAME=VALUE sets, NAME passes ours on. Kept with --clean-env: HOME,
// LANG, LC_*, LOGNAME, PATH, SHELL, TERM, TMPDIR, TZ, USER.
[[nodiscard]] base::Result<std::vector<std::string>> MakeEnvironment(std::span<const std::string> current, StartWith start,
                                                                     std::span<const std::string> settings);

[[nodiscard]] std::vector<std::string> OwnEnvironment();

}  // namespace sbtune::cli
