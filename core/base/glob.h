// Shell-like patterns over raw bytes, for filters that users type.
//
//   GlobMatches("/Users/*/Library/*", path)
//
// `*` any bytes (a slash too), `?` one byte, `[a-z]` and `[!a-z]` one byte of a set, a backslash takes the next byte
// as it is. The whole text must match; case counts. Time is at most pattern × text, never more.
#pragma once

#include <string_view>

namespace sbtune::base {

[[nodiscard]] bool GlobMatches(std::string_view pattern, std::string_view text);

}  // namespace sbtune::base
