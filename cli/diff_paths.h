// The names of files in a diff, so that patch(1) takes them.
#pragma once

#include <string>

namespace sbtune::cli {

// Programs that apply diffs refuse absolute names and "..": a file in or below `folder` is named from there, any
// other from the root, without the leading slash. `name` may be relative to `folder`. Links are not followed.
struct DiffPath {
  std::string name;
  bool from_root = false;  // apply with patch -p0 -d /
};
[[nodiscard]] DiffPath DiffPathOf(const std::string& name, const std::string& folder);

}  // namespace sbtune::cli
