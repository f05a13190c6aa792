// Whole files, read and written with errors that a user can act on. For profiles, configuration and the like;
// logs of any size go through daemon/ingest instead.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace sbtune::base {

inline constexpr std::size_t kMaxTextFile = 64u << 20;  // bytes

// The bytes of a regular file, or of standard input for "-". Fails on a folder, and past `max_bytes`.
[[nodiscard]] Result<std::string> ReadFile(const std::string& path, std::size_t max_bytes = kMaxTextFile);

// Replaces the file through a temporary beside it and rename(2): readers see the old bytes or the new ones.
// Keeps the mode of an existing file; a new one gets 0600. A link is followed; a device or a pipe (/dev/stdout) is
// written into, not replaced.
[[nodiscard]] Status WriteFileAtomically(const std::string& name, std::string_view bytes);

}  // namespace sbtune::base
