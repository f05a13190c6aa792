#include "cli/diff_paths.h"

#include <filesystem>

namespace sbtune::cli {

DiffPath DiffPathOf(const std::string& name, const std::string& folder) {
  const std::filesystem::path base = std::filesystem::path(folder).lexically_normal();
  const std::filesystem::path full = (base / name).lexically_normal();
  const std::filesystem::path inside = full.lexically_relative(base);
  if (!inside.empty() && *inside.begin() != "..") return {inside.string(), false};
  return {full.relative_path().string(), true};
}

}  // namespace sbtune::cli
