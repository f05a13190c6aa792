// Private to the cli: whether this system starts agents with launchd.
#pragma once

namespace sbtune::cli::platform {

[[nodiscard]] bool HasLaunchd();

}  // namespace sbtune::cli::platform
